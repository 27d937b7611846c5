/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process with one mapping of each kind, to be imported and then to fork for
 * real. `target MIB SCATTERED_MIB [WORD...]` builds it, prints "ready", and obeys the
 * letters on standard input: f forks (and prints the child's number and the
 * microseconds that it took; the child waits without touching anything), anything
 * else ends both. Reports what is not available here on standard error. Words:
 *
 *   acquire     swap and huge pages are acquired from the machine, as the probe does
 *   event-fork  its userfaultfd has that feature, and a thread that takes the events
 *   fine        a mapping in which every second page is a zero page, 700000 of them
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "live/acquire.h"
#include "observe/uapi.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)
#define PAGE 4096

/* Each mapping is alone in a GiB of its own, so that its tables are, too. */
static char *place = (char *)0x200000000000;

static char *map(const char *name, size_t size, int flags, int fd)
{
	char *at = mmap(place, size, PROT_READ | PROT_WRITE, flags | MAP_FIXED_NOREPLACE, fd, 0);

	place += (size + ((size_t)2 << 30)) & ~(((size_t)1 << 30) - 1);
	if (at != MAP_FAILED)
		return at;
	fprintf(stderr, "target: %s: %s\n", name, strerror(errno));
	return NULL;
}

static char *anon(const char *name, size_t size)
{
	char *at = map(name, size, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	if (!at)
		exit(1);
	madvise(at, size, MADV_NOHUGEPAGE);
	return at;
}

static void write_pages(char *at, size_t size)
{
	for (size_t i = 0; at && i < size; i += PAGE)
		((volatile char *)at)[i] = 1;
}

static void read_pages(const char *at, size_t size)
{
	for (size_t i = 0; at && i < size; i += PAGE)
		(void)((volatile const char *)at)[i];
}

static void try(const char *name, int result)
{
	if (result < 0)
		fprintf(stderr, "target: %s: %s\n", name, strerror(errno));
}

/* A file without a name on a disk's file system. */
static int make_file(size_t size)
{
	const char *folder = getenv("TMPDIR");
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/vmafork-target.XXXXXX", folder ? folder : "/var/tmp");
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0 || ftruncate(fd, (off_t)size)) {
		perror(path);
		exit(1);
	}
	unlink(path);
	return fd;
}

static void scattered(size_t size)
{
	char *at = anon("scattered", size);
	unsigned long seed = 88172645463325252ul;

	for (size_t i = 0; i < size / PAGE; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		if (seed % 3 == 0)
			write_pages(at + i * PAGE, PAGE);
		else if (seed % 7 == 0)
			read_pages(at + i * PAGE, PAGE);
	}
}

/* More stretches than a scenario can have; zero pages cost no memory. */
static void fine(void)
{
	size_t size = (size_t)1400000 * PAGE;
	char *at = map("fine", size, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);

	try("fine", at ? madvise(at, size, MADV_NOHUGEPAGE) : 0);
	for (size_t i = 0; at && i < size; i += 2 * PAGE)
		read_pages(at + i, PAGE);
}

static void memory(size_t even)
{
	char *at;

	write_pages(anon("even", even), even);
	read_pages(anon("zero pages", 64 * KIB), 64 * KIB);
	anon("untouched", 2 * MIB);

	at = anon("emptied", MIB);
	write_pages(at, MIB);
	madvise(at + 64 * KIB, 64 * KIB, MADV_DONTNEED);

	at = anon("read-only", 64 * KIB);
	write_pages(at, 32 * KIB);
	mprotect(at, 64 * KIB, PROT_READ);
	at = anon("no access", 64 * KIB);
	write_pages(at, 32 * KIB);
	mprotect(at, 64 * KIB, PROT_NONE);

	at = anon("dontfork", 128 * KIB);
	write_pages(at, 128 * KIB);
	try("dontfork", madvise(at, 128 * KIB, MADV_DONTFORK));
	at = anon("wipeonfork", 128 * KIB);
	write_pages(at, 128 * KIB);
	try("wipeonfork", madvise(at, 128 * KIB, MADV_WIPEONFORK));
	at = anon("locked", 32 * KIB);
	try("mlock", mlock(at, 32 * KIB));

	at = anon("guard", 128 * KIB);
	write_pages(at, 64 * KIB);
	try("guard", madvise(at + 16 * KIB, 16 * KIB, LIVE_MADV_GUARD_INSTALL));

}

static unsigned count_swapped(const char *at, size_t size)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	unsigned swapped = 0;
	uint64_t entry;

	for (size_t i = 0; fd >= 0 && i < size; i += PAGE)
		if (pread(fd, &entry, sizeof(entry), (off_t)((uintptr_t)(at + i) / PAGE * 8)) == 8)
			swapped += (entry & PAGEMAP_SWAP) != 0;
	close(fd);
	return swapped;
}

/* Half of each, and of the first a page is read again: it is in the swap cache, maybe. */
static void swapped(void)
{
	char *at = anon("swapped", 256 * KIB), *shm;
	int fd = memfd_create("swapped", MFD_CLOEXEC);

	write_pages(at, 256 * KIB);
	try("pageout", madvise(at, 128 * KIB, LIVE_MADV_PAGEOUT));
	read_pages(at, PAGE);
	if (ftruncate(fd, MIB))
		exit(1);
	shm = map("swapped shmem", MIB, MAP_SHARED, fd);
	write_pages(shm, 256 * KIB);
	try("pageout of shmem", madvise(shm, 128 * KIB, LIVE_MADV_PAGEOUT));
	if (!count_swapped(at, 128 * KIB))
		fprintf(stderr, "target: swap: nothing was swapped\n");
}

static void huge_pages(void)
{
	char *at = map("thp", 16 * MIB, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	try("thp", madvise(at, 16 * MIB, MADV_HUGEPAGE));
	write_pages(at, 8 * MIB);
	at = map("huge zero page", 4 * MIB, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	try("huge zero page", madvise(at, 4 * MIB, MADV_HUGEPAGE));
	read_pages(at, 2 * MIB);
	at = map("hugetlb", 4 * MIB, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1);
	write_pages(at, 2 * MIB);
	at = map("shared hugetlb", 4 * MIB, MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB, -1);
	write_pages(at, 2 * MIB);
}

static void files(void)
{
	int shm = memfd_create("target", MFD_CLOEXEC), guarded = memfd_create("guarded", MFD_CLOEXEC);
	int file = make_file(MIB);
	char *at;

	if (ftruncate(shm, MIB) || ftruncate(guarded, MIB))
		exit(1);
	write_pages(map("shmem", MIB, MAP_SHARED, shm), 512 * KIB);
	at = map("guarded shmem", MIB, MAP_SHARED, guarded);
	write_pages(at, 512 * KIB);
	try("guarded shmem", madvise(at + 512 * KIB, 64 * KIB, LIVE_MADV_GUARD_INSTALL));
	write_pages(map("shared anonymous", 256 * KIB, MAP_SHARED | MAP_ANONYMOUS, -1), 128 * KIB);
	/* Private: read everywhere, written once. */
	at = map("private shmem", MIB, MAP_PRIVATE, shm);
	read_pages(at, 256 * KIB);
	write_pages(at + 64 * KIB, PAGE);
	if (pwrite(file, "x", 1, MIB - 1) != 1)
		exit(1);
	at = map("private file", MIB, MAP_PRIVATE, file);
	read_pages(at, 256 * KIB);
	write_pages(at + 32 * KIB, 8 * KIB);
	at = map("private file, only read", MIB, MAP_PRIVATE, file);
	read_pages(at, 256 * KIB);
	at = map("shared file", MIB, MAP_SHARED, file);
	write_pages(at, 64 * KIB);
}

static void protect(int fd, const char *name, char *at, size_t size)
{
	struct uffdio_register registered = {
		.range = {(unsigned long)at, size}, .mode = UFFDIO_REGISTER_MODE_WP};
	struct uffdio_writeprotect wp = {
		.range = {(unsigned long)at, size / 2}, .mode = UFFDIO_WRITEPROTECT_MODE_WP};

	try(name, ioctl(fd, UFFDIO_REGISTER, &registered));
	try(name, ioctl(fd, UFFDIO_WRITEPROTECT, &wp));
}

/* Takes the events of forks, which wait for that; the descriptors stay open. */
static void *monitor(void *data)
{
	int fd = *(int *)data;
	struct live_uffd_msg message;

	while (read(fd, &message, sizeof(message)) == sizeof(message))
		if (message.event != LIVE_UFFD_EVENT_FORK)
			fprintf(stderr, "target: userfaultfd: event %#x\n", message.event);
	return NULL;
}

static void userfault(bool event_fork)
{
	static int fd;
	struct uffdio_api api = {.api = UFFD_API, .features = UFFD_FEATURE_PAGEFAULT_FLAG_WP};
	pthread_t thread;
	int shm = memfd_create("protected", MFD_CLOEXEC);
	char *at;

	fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | LIVE_UFFD_USER_MODE_ONLY);
	if (event_fork)
		api.features |= UFFD_FEATURE_EVENT_FORK;
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ftruncate(shm, MIB)) {
		try("userfaultfd", -1);
		return;
	}
	if (event_fork && pthread_create(&thread, NULL, monitor, &fd))
		exit(1);
	at = anon("protected", 256 * KIB);
	write_pages(at, 256 * KIB);
	protect(fd, "protected", at, 256 * KIB);
	at = map("protected shmem", MIB, MAP_SHARED, shm);
	write_pages(at, 128 * KIB);
	protect(fd, "protected shmem", at, MIB);
}

/* The bare system call: the C library would run its handlers. */
static pid_t bare_fork(int wait_fd, double *us)
{
	double start;
	pid_t self = getpid(), child;
	char c;

	start = clock_now();
	child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (child == 0) {
		syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		if (syscall(SYS_getppid) == self) /* else it was killed before that */
			syscall(SYS_read, wait_fd, &c, 1);
		syscall(SYS_exit_group, 0);
	}
	*us = (clock_now() - start) * 1e6;
	return child;
}

int main(int argc, char **argv)
{
	size_t even = (argc > 1 ? strtoul(argv[1], NULL, 10) : 64) * MIB;
	size_t sparse = (argc > 2 ? strtoul(argv[2], NULL, 10) : 16) * MIB;
	int fds[2];
	struct acquired acquired;
	bool acquire = false, event_fork = false, in_pieces = false;
	pid_t child;
	double us;
	char c;

	for (int i = 3; i < argc; i++) {
		acquire |= !strcmp(argv[i], "acquire");
		event_fork |= !strcmp(argv[i], "event-fork");
		in_pieces |= !strcmp(argv[i], "fine");
	}
	acquire_init(&acquired);
	if (acquire && acquire_machine(&acquired, -1) != MACHINE_LOCK_TAKEN)
		return 1;
	if (acquire && !acquire_swap(&acquired))
		fprintf(stderr, "target: swap cannot be acquired\n");
	if (acquire && !acquire_huge_pages(&acquired, 4, 2))
		fprintf(stderr, "target: huge pages cannot be acquired\n");
	if (pipe2(fds, O_CLOEXEC))
		return 1;
	/* Once before, so that the way there has been walked. */
	child = bare_fork(fds[0], &us);
	dprintf(STDERR_FILENO, "target: rehearsed with %d, %.1f us\n", (int)child, us);
	if (write(fds[1], "", 1) != 1 || waitpid(child, NULL, 0) != child)
		return 1;
	memory(even);
	swapped();
	scattered(sparse);
	if (in_pieces)
		fine();
	huge_pages();
	files();
	userfault(event_fork);
	dprintf(STDOUT_FILENO, "ready %d\n", (int)getpid());
	while (read(STDIN_FILENO, &c, 1) == 1 && c == 'f') {
		child = bare_fork(fds[0], &us);
		dprintf(STDOUT_FILENO, "%d %.1f\n", (int)child, us);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	acquire_restore(&acquired);
	return 0;
}
