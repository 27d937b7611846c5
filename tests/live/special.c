/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * special WHAT: a process with a kind of memory that programs seldom have. Prints "ready" and
 * its number, and waits until standard input ends. "skip WHY" and status 77: that is not to
 * be had here. Swap, huge pages and ksmd are acquired from the machine for that time.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "live/acquire.h"
#include "observe/uapi.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)
#define GIB ((size_t)1 << 30)
#define PAGE 4096

static char *place = (char *)0x200000000000;
static struct acquired acquired;

static void skip(const char *why)
{
	printf("skip %s: %s\n", why, strerror(errno));
	fflush(stdout);
	acquire_restore(&acquired);
	exit(77);
}

static void need(const char *what, long result)
{
	if (result < 0)
		skip(what);
}

static char *map(const char *what, size_t size, int flags, int fd)
{
	char *at = mmap(place, size, PROT_READ | PROT_WRITE, flags | MAP_FIXED_NOREPLACE, fd, 0);

	if (at == MAP_FAILED)
		skip(what);
	place += (size + 2 * GIB) & ~(GIB - 1);
	return at;
}

static char *anon(size_t size)
{
	char *at = map("mmap", size, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	madvise(at, size, MADV_NOHUGEPAGE);
	return at;
}

static void write_pages(char *at, size_t size)
{
	for (size_t i = 0; i < size; i += PAGE)
		((volatile char *)at)[i] = 1;
}

static void read_pages(const char *at, size_t size)
{
	for (size_t i = 0; i < size; i += PAGE)
		(void)((volatile const char *)at)[i];
}

/* --- kinds of memory ---------------------------------------------------------------------- */

static void locked(void)
{
	char *at = anon(MIB);

	need("mlock", mlock(at, 512 * KIB));
	at = anon(MIB);
	write_pages(at, 64 * KIB);
	need("mlock2", mlock2(at, MIB, MLOCK_ONFAULT));
}

static bool ksm_merged(void)
{
	char line[128];
	long pages = 0;
	FILE *file = fopen("/proc/self/ksm_stat", "re");

	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "ksm_merging_pages %ld", &pages);
	if (file)
		fclose(file);
	return pages >= 32;
}

static void ksm(void)
{
	char *at = anon(256 * KIB);

	for (size_t i = 0; i < 256 * KIB; i += PAGE)
		at[i] = i < 128 * KIB ? 1 : (char)(2 + i / PAGE);
	need("MADV_MERGEABLE", madvise(at, 256 * KIB, MADV_MERGEABLE));
	errno = EBUSY;
	if (!acquire_ksm(&acquired))
		skip("ksmd");
	for (int i = 0; i < 1000 && !ksm_merged(); i++)
		usleep(10000);
	release_ksm(&acquired);
	if (!ksm_merged())
		skip("ksmd has merged nothing");
}

static void lazyfree(void)
{
	char *at = anon(MIB);

	write_pages(at, MIB);
	need("MADV_FREE", madvise(at, 512 * KIB, MADV_FREE));
	at = anon(MIB);
	write_pages(at, MIB);
	need("MADV_COLD", madvise(at, 512 * KIB, LIVE_MADV_COLD));
}

static void secret(void)
{
	int fd = (int)syscall(SYS_memfd_secret, O_CLOEXEC);

	need("memfd_secret", fd);
	need("ftruncate", ftruncate(fd, 64 * KIB));
	write_pages(map("memfd_secret", 64 * KIB, MAP_SHARED, fd), 32 * KIB);
}

static void droppable(void)
{
	char *at = map("MAP_DROPPABLE", MIB, LIVE_MAP_DROPPABLE | MAP_ANONYMOUS, -1);

	write_pages(at, 512 * KIB);
}

static void hugetlb(void)
{
	char *at;
	int fd;

	errno = ENOMEM;
	if (!acquire_huge_pages(&acquired, 6, 4))
		skip("huge pages");
	at = map("hugetlb", 4 * MIB, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1);
	write_pages(at, 2 * MIB);
	at = map("shared hugetlb", 4 * MIB, MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB, -1);
	write_pages(at, 2 * MIB);
	fd = (int)syscall(SYS_memfd_create, "huge", LIVE_MFD_HUGETLB | LIVE_MFD_HUGE_2MB);
	need("memfd of huge pages", fd < 0 ? -1 : ftruncate(fd, 4 * (off_t)MIB));
	read_pages(map("private hugetlb file", 4 * MIB, MAP_PRIVATE, fd), 2 * MIB);
}

static void thp(void)
{
	char *at = map("thp", 16 * MIB, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	need("MADV_HUGEPAGE", madvise(at, 16 * MIB, MADV_HUGEPAGE));
	write_pages(at, 8 * MIB);
	/* One under a huge entry of which a part was given back, one that is mapped by pages. */
	need("MADV_DONTNEED", madvise(at + 2 * MIB, 64 * KIB, MADV_DONTNEED));
	need("mprotect", mprotect(at + 4 * MIB, PAGE, PROT_READ));
	read_pages(at + 10 * MIB, 2 * MIB); /* the huge zero page */
}

static void mthp(void)
{
	char *at = map("mthp", 4 * MIB, MAP_PRIVATE | MAP_ANONYMOUS, -1), enabled[64] = "";
	int fd = open("/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, enabled, sizeof(enabled) - 1) <= 0 || strstr(enabled, "[never]"))
		skip("huge pages of 64 KiB are not enabled");
	close(fd);
	need("MADV_HUGEPAGE", madvise(at, 4 * MIB, MADV_HUGEPAGE));
	for (size_t i = 0; i < MIB; i += 64 * KIB)
		at[i] = 1;
	need("MADV_DONTNEED", madvise(at + 16 * KIB, 16 * KIB, MADV_DONTNEED));
	need("mprotect", mprotect(at + 256 * KIB, 32 * KIB, PROT_READ));
}

static void large_file(void)
{
	int fd = memfd_create("large", MFD_CLOEXEC);
	char *at, *again;

	need("memfd", fd < 0 ? -1 : ftruncate(fd, 4 * (off_t)MIB));
	at = map("shmem", 4 * MIB, MAP_SHARED, fd);
	need("MADV_HUGEPAGE", madvise(at, 4 * MIB, MADV_HUGEPAGE));
	write_pages(at, 4 * MIB);
	madvise(at, 2 * MIB, LIVE_MADV_COLLAPSE);
	again = map("private shmem", 4 * MIB, MAP_PRIVATE, fd);
	read_pages(again, 4 * MIB);
	again[PAGE] = 1;
}

static void swapped(void)
{
	char *at;

	errno = ENOMEM;
	if (!acquire_swap(&acquired))
		skip("swap");
	at = anon(256 * KIB);
	write_pages(at, 256 * KIB);
	need("MADV_PAGEOUT", madvise(at, 128 * KIB, LIVE_MADV_PAGEOUT));
	madvise(at, 128 * KIB, LIVE_MADV_PAGEOUT);
	read_pages(at, 16 * KIB);
}

/* --- userfaultfd, guards ------------------------------------------------------------------ */

static int open_userfaultfd(uint64_t features)
{
	struct uffdio_api api = {.api = UFFD_API, .features = features};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | LIVE_UFFD_USER_MODE_ONLY);

	need("userfaultfd", fd);
	need("UFFDIO_API", ioctl(fd, UFFDIO_API, &api));
	return fd;
}

/* Memory, private and shared, of which a part is present and a part is write-protected. */
static void protect_some(int fd)
{
	int shm = memfd_create("protected", MFD_CLOEXEC);
	char *at[2];

	need("ftruncate", ftruncate(shm, MIB));
	at[0] = anon(MIB);
	at[1] = map("shmem", MIB, MAP_SHARED, shm);
	for (int i = 0; i < 2; i++) {
		struct uffdio_register registered = {.range = {(unsigned long)at[i], MIB},
						     .mode = UFFDIO_REGISTER_MODE_WP};
		struct uffdio_writeprotect wp = {.range = {(unsigned long)at[i], 256 * KIB},
						 .mode = UFFDIO_WRITEPROTECT_MODE_WP};

		write_pages(at[i], 128 * KIB);
		need("UFFDIO_REGISTER", ioctl(fd, UFFDIO_REGISTER, &registered));
		need("UFFDIO_WRITEPROTECT", ioctl(fd, UFFDIO_WRITEPROTECT, &wp));
	}
}

#define PROTECT_FEATURES (UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM)

static void userfault(void)
{
	protect_some(open_userfaultfd(PROTECT_FEATURES));
}

/* Takes the events of forks, and keeps the descriptors of the children, until it is killed. */
static _Noreturn void monitor(int fd)
{
	struct uffd_msg message;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(fd, &message, sizeof(message)) == sizeof(message))
		;
	_exit(0);
}

/*
 * The children of its forks stay registered, with their bits and markers. The monitor is a process
 * of its own: a fork waits for it, also when all threads are stopped.
 */
static void event_fork(void)
{
	int fd = open_userfaultfd(PROTECT_FEATURES | UFFD_FEATURE_EVENT_FORK);
	pid_t child = fork(); /* nothing is registered yet */

	need("fork", child);
	if (!child)
		monitor(fd);
	protect_some(fd);
}

static void guards(void)
{
	char *at = anon(MIB);

	write_pages(at, 64 * KIB);
	need("MADV_GUARD_INSTALL", madvise(at, 16 * KIB, LIVE_MADV_GUARD_INSTALL));
	at = anon(MIB);
	need("MADV_GUARD_INSTALL", madvise(at, MIB, LIVE_MADV_GUARD_INSTALL));
	need("MADV_GUARD_REMOVE", madvise(at, MIB, LIVE_MADV_GUARD_REMOVE));
}

static void *wait_here(void *data)
{
	(void)data;
	pause();
	return NULL;
}

/* Threads with stacks whose last page is a guard region, side by side: one VMA. */
static void stacks(void)
{
	enum { THREADS = 16 };
	const size_t size = 256 * KIB;
	char *at = anon(THREADS * size);

	for (size_t i = 0; i < THREADS; i++) {
		pthread_attr_t attr;
		pthread_t thread;

		need("MADV_GUARD_INSTALL", madvise(at + i * size, PAGE, LIVE_MADV_GUARD_INSTALL));
		pthread_attr_init(&attr);
		pthread_attr_setstack(&attr, at + i * size + PAGE, size - PAGE);
		if (pthread_create(&thread, &attr, wait_here, NULL))
			skip("a thread");
	}
}

/* --- mappings of drivers -------------------------------------------------------------------- */

static void ring(void)
{
	struct live_io_uring_params params = {0};
	int fd = (int)syscall(SYS_io_uring_setup, 8, &params);
	const off_t offsets[] = {0, 0x8000000, 0x10000000};

	need("io_uring", fd);
	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++)
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offsets[i]);
}

static void perf(void)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr),
				       .config = PERF_COUNT_SW_DUMMY, .exclude_kernel = 1};
	int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);

	need("perf_event_open", fd);
	map("perf", 9 * (size_t)PAGE, MAP_SHARED, fd);
}

static void bpf(void)
{
	union bpf_attr attr = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4096,
			       .max_entries = 16, .map_flags = BPF_F_MMAPABLE};
	int fd = (int)syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));

	need("bpf", fd);
	write_pages(map("a BPF array", 64 * KIB, MAP_SHARED, fd), 16 * KIB);
}

static void dev_zero(void)
{
	int fd = open("/dev/zero", O_RDWR | O_CLOEXEC);

	need("/dev/zero", fd);
	write_pages(map("/dev/zero", MIB, MAP_PRIVATE, fd), 64 * KIB);
	write_pages(map("/dev/zero", MIB, MAP_SHARED, fd), 64 * KIB);
	place += GIB;
	need("growsdown", mmap(place, 64 * KIB, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED ? -1 : 0);
	write_pages(place, 64 * KIB);
}

static void advised(void)
{
	static const int advice[] = {MADV_DONTFORK, MADV_WIPEONFORK, MADV_DONTDUMP, MADV_SEQUENTIAL, MADV_RANDOM};

	for (size_t i = 0; i < ARRAY_SIZE(advice); i++) {
		char *at = anon(MIB);

		write_pages(at, 512 * KIB);
		need("madvise", madvise(at + 256 * KIB, 512 * KIB, advice[i]));
	}
}

static const struct {
	const char *what;
	void (*make)(void);
} specials[] = {
	{"locked", locked}, {"ksm", ksm},	  {"lazyfree", lazyfree}, {"secret", secret},
	{"droppable", droppable}, {"hugetlb", hugetlb}, {"thp", thp}, {"mthp", mthp},
	{"large-file", large_file}, {"swapped", swapped}, {"userfault", userfault}, {"guards", guards},
	{"stacks", stacks}, {"ring", ring}, {"perf", perf}, {"bpf", bpf}, {"dev-zero", dev_zero},
	{"advised", advised}, {"event-fork", event_fork},
};

int main(int argc, char **argv)
{
	char c;

	acquire_init(&acquired);
	for (size_t i = 0; argc == 2 && i < ARRAY_SIZE(specials); i++)
		if (!strcmp(argv[1], specials[i].what)) {
			specials[i].make();
			dprintf(STDOUT_FILENO, "ready %d\n", (int)getpid());
			while (read(STDIN_FILENO, &c, 1) == 1)
				;
			acquire_restore(&acquired);
			return 0;
		}
	fprintf(stderr, "usage: special WHAT\n");
	return 2;
}
