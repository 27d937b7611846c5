/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the programs of the findings share that run on a booted kernel, as root
 * and as its only program: they map, fork, and read numbers from /proc.
 */
#ifndef GUEST_H
#define GUEST_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096UL
#define HUGE_PAGE (2UL << 20)

/* Ends the program when a step of the set-up fails: the finding then fails, too. */
#define MUST(condition)                                                                        \
	do {                                                                                   \
		if (!(condition)) {                                                            \
			printf("line %d: %s: %s\n", __LINE__, #condition, strerror(errno));    \
			exit(1);                                                               \
		}                                                                              \
	} while (0)

/* The name of an error, or "0". */
static inline const char *result(long r)
{
	return r < 0 ? strerrorname_np(errno) : "0";
}

/* The first line is the version of the package, which Debian puts into the kernel's. */
__attribute__((constructor)) static void announce(void)
{
	struct utsname name;
	const char *version;
	int length;

	setvbuf(stdout, NULL, _IONBF, 0);
	MUST(!uname(&name));
	version = strstr(name.version, "Debian ");
	version = version ? version + strlen("Debian ") : name.release;
	length = (int)strcspn(version, " ");
	printf("Linux %.*s\n", length, version);
}

static inline void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	MUST(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* The number after KEY in a file of lines "KEY: number ...", -1 if there is none. */
static inline long number_in(const char *path, const char *key)
{
	FILE *file = fopen(path, "re");
	char line[512];
	long value = -1;

	MUST(file);
	while (value < 0 && fgets(line, sizeof(line), file))
		if (!strncmp(line, key, strlen(key)) && line[strlen(key)] == ':')
			value = strtol(line + strlen(key) + 1, NULL, 10);
	fclose(file);
	return value;
}

/* The number that a file consists of. */
static inline long number_of(const char *path)
{
	FILE *file = fopen(path, "re");
	long value;

	MUST(file && fscanf(file, "%ld", &value) == 1);
	fclose(file);
	return value;
}

/* The number after KEY in the lines of smaps about the VMA with that address, -1 if there is none. */
static inline long smaps_number(const volatile void *address, const char *key)
{
	FILE *file = fopen("/proc/self/smaps", "re");
	unsigned long start, end, wanted = (unsigned long)address;
	char line[512];
	long value = -1;
	int here = 0;

	MUST(file);
	while (value < 0 && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			here = start <= wanted && wanted < end;
		else if (here && !strncmp(line, key, strlen(key)) && line[strlen(key)] == ':')
			value = strtol(line + strlen(key) + 1, NULL, 10);
	}
	fclose(file);
	return value;
}

/* One entry of /proc/PID/pagemap; pid 0 is the caller. */
#define PM_PFN ((1ULL << 55) - 1)
#define PM_SWAP (1ULL << 62)
#define PM_PRESENT (1ULL << 63)
static inline uint64_t pagemap(pid_t pid, const volatile void *address)
{
	char path[64];
	uint64_t entry;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid ? pid : getpid());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	MUST(fd >= 0);
	MUST(pread(fd, &entry, 8, (off_t)((uintptr_t)address / PAGE * 8)) == 8);
	close(fd);
	return entry;
}

static inline uint64_t frame(pid_t pid, const volatile void *address)
{
	uint64_t entry = pagemap(pid, address);

	return entry & PM_PRESENT ? entry & PM_PFN : 0;
}

/* How many of these pages have a present entry in the process's page tables. */
static inline int present(pid_t pid, const volatile char *start, int pages)
{
	int n = 0;

	for (int i = 0; i < pages; i++)
		n += !!(pagemap(pid, start + i * PAGE) & PM_PRESENT);
	return n;
}

/* Page faults without I/O that the caller has taken. */
static inline long faults(void)
{
	struct rusage usage;

	MUST(!getrusage(RUSAGE_SELF, &usage));
	return usage.ru_minflt;
}

static inline void *map_memory(size_t size, int protection, int flags)
{
	void *p = mmap(NULL, size, protection, flags, -1, 0);

	MUST(p != MAP_FAILED);
	return p;
}

/* Far from all other mappings, so that nothing joins what is mapped here. */
#define PLACE ((char *)(1UL << 40))

/* Anonymous private memory at that address, which must be free. */
static inline char *map_pages(char *address, int pages)
{
	void *p = mmap(address, (size_t)pages * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	MUST(p == address);
	return p;
}

/* The caller's VMAs in these pages, as page numbers from start, and their permissions. */
static inline void print_vmas(const char *when, const char *start, int pages)
{
	FILE *file = fopen("/proc/self/maps", "re");
	unsigned long from, to, base = (uintptr_t)start;
	const char *separator = ": ";
	char line[512], permissions[5];

	MUST(file);
	printf("%s", when);
	while (fgets(line, sizeof(line), file)) {
		MUST(sscanf(line, "%lx-%lx %4s", &from, &to, permissions) == 3);
		if (to <= base || from >= base + (unsigned long)pages * PAGE)
			continue;
		printf("%s%lu-%lu %s", separator, (from - base) / PAGE, (to - base) / PAGE,
		       permissions);
		separator = ", ";
	}
	printf("\n");
	fclose(file);
}

/* Doubles these pages with mremap(), which needs them to be one VMA, and unmaps them. */
static inline void print_growth(const char *start, int pages)
{
	void *p = (void *)start, *to = mremap(p, pages * PAGE, 2 * pages * PAGE, MREMAP_MAYMOVE);

	printf("    mremap: %s\n", result(to == MAP_FAILED ? -1 : 0));
	MUST(!munmap(to == MAP_FAILED ? p : to, 2 * pages * PAGE));
}

/* An anonymous private range that one huge page can fill; empty. */
static inline char *map_huge_range(void)
{
	char *p = map_memory(2 * HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);

	return (char *)(((uintptr_t)p + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1));
}

/* The same with a huge page in it. */
static inline char *map_huge_page(void)
{
	char *p = map_huge_range();

	MUST(!madvise(p, HUGE_PAGE, MADV_HUGEPAGE));
	memset(p, 1, HUGE_PAGE);
	return p;
}

/* A child that does nothing until it is killed. */
static inline pid_t fork_idle(void)
{
	pid_t pid = fork();

	MUST(pid >= 0);
	if (!pid)
		for (;;)
			pause();
	return pid;
}

static inline void end_child(pid_t pid)
{
	MUST(!kill(pid, SIGKILL));
	MUST(waitpid(pid, NULL, 0) == pid);
}

/* Waits for a child that ends by itself, without an error. */
static inline void await_child(pid_t pid)
{
	int status;

	MUST(pid > 0 && waitpid(pid, &status, 0) == pid && !status);
}

/* Forks, and prints how many of these pages have entries in the parent and in the child. */
static inline void print_fork(const char *when, const volatile char *start, int pages)
{
	pid_t child = fork_idle();

	printf("%s: parent %d entries, child %d\n", when, present(0, start, pages),
	       present(child, start, pages));
	end_child(child);
}

/* Swap on zram, which compresses pages at once and needs no disk. */
static inline void swap_on_zram(void)
{
	static char header[PAGE];
	uint32_t info[3] = {1, (64 << 20) / PAGE - 1, 0};
	int fd;

	write_file("/sys/block/zram0/disksize", "64M");
	memcpy(header + 1024, info, sizeof(info));
	memcpy(header + PAGE - 10, "SWAPSPACE2", 10);
	fd = open("/dev/zram0", O_WRONLY | O_CLOEXEC);
	MUST(fd >= 0 && write(fd, header, PAGE) == (ssize_t)PAGE && !close(fd));
	MUST(!syscall(SYS_swapon, "/dev/zram0", 0));
	write_file("/proc/sys/vm/page-cluster", "0");
}

/* Pages one page out, which may take several tries. */
static inline void page_out(volatile char *page)
{
	for (int i = 0; i < 1000 && !(pagemap(0, page) & PM_SWAP); i++)
		madvise((void *)page, PAGE, MADV_PAGEOUT);
	MUST(pagemap(0, page) & PM_SWAP);
}

#endif
