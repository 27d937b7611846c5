/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shapes WHAT: a process whose memory is hard to import. Prints "ready" and its number, and
 * waits until standard input ends. "skip WHY" and status 77: that cannot be had here. Its
 * mappings begin at 0x200000000000, one GiB apart.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "observe/uapi.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)
#define GIB ((size_t)1 << 30)
#define PAGE 4096

static char *place = (char *)0x200000000000;

static char *map_at(char *at, size_t size, int prot, int flags, int fd, off_t offset)
{
	char *got = mmap(at, size, prot, flags | MAP_FIXED_NOREPLACE, fd, offset);

	if (got == at)
		return got;
	perror("shapes: mmap");
	exit(1);
}

/* Private anonymous memory in a GiB of its own. */
static char *anon(size_t size)
{
	char *at = map_at(place, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	place += GIB;
	madvise(at, size, MADV_NOHUGEPAGE);
	return at;
}

/* --- what they are ------------------------------------------------------------------- */

#define CHURNED 400

static void *change(void *at)
{
	for (;;)
		for (size_t i = 0; i < CHURNED; i += 2) {
			mprotect((char *)at + i * 64 * KIB, 64 * KIB, PROT_READ);
			mprotect((char *)at + i * 64 * KIB, 64 * KIB, PROT_READ | PROT_WRITE);
		}
	return NULL;
}

/* Two VMAs become one and two again, all the time. */
static void churn(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, change, anon(CHURNED * 64 * KIB)))
		exit(1);
}

/* More stretches of pages than the kernel's PAGEMAP_SCAN collects at once. */
static void scattered(void)
{
	char *at = anon(1400 * PAGE);

	for (size_t i = 0; i < 700; i++)
		at[i * 2 * PAGE] = 1;
}

static void finish(void)
{
	char c;

	dprintf(STDOUT_FILENO, "ready %d\n", (int)getpid());
	while (read(STDIN_FILENO, &c, 1) == 1)
		;
	_exit(0);
}

static void *go_on(void *main_thread)
{
	pthread_join(*(pthread_t *)main_thread, NULL);
	finish();
	return NULL;
}

/* The main thread ends, another one goes on. */
static void leader(void)
{
	static pthread_t main_thread;
	pthread_t thread;

	main_thread = pthread_self();
	if (pthread_create(&thread, NULL, go_on, &main_thread))
		exit(1);
	pthread_exit(NULL);
}

static void must(const char *what, int result)
{
	if (!result)
		return;
	perror(what);
	exit(1);
}

static void read_pages(const char *at, size_t size)
{
	for (size_t i = 0; i < size; i += PAGE)
		(void)((volatile const char *)at)[i];
}

/* Written once and then split: the half that was never written keeps the anon_vma. */
static void split(void)
{
	char *at = anon(8 * MIB);

	at[0] = 1;
	read_pages(at, 4 * MIB); /* some machines have no zero page: no loads behind it */
	must("mprotect", mprotect(at + 4 * MIB, 4 * MIB, PROT_READ));
}

static int file_of(size_t size)
{
	int fd = memfd_create("shapes", MFD_CLOEXEC);

	must("memfd_create", fd < 0 || ftruncate(fd, (off_t)size));
	return fd;
}

/*
 * A private file mapping as a loader leaves it: a part was written and is read-only now; behind it
 * one that is written, and two that never were. Beside it what was never writable.
 */
static void split_file(void)
{
	int fd = file_of(8 * MIB);
	char *at = map_at(place, 4 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

	at[0] = 1;
	read_pages(at, 4 * MIB);
	must("mprotect", mprotect(at, MIB, PROT_READ) || mprotect(at + 2 * MIB, MIB, PROT_READ));
	at[MIB] = 1;
	read_pages(map_at(at + 4 * MIB, 2 * MIB, PROT_READ, MAP_PRIVATE, fd, 4 * MIB), 2 * MIB);
	/* Writable once, never written: VM_ACCOUNT is left, and proves nothing. */
	at = map_at(at + GIB, 2 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	must("mprotect", mprotect(at, 2 * MIB, PROT_READ));
	read_pages(at, 2 * MIB);
	/* A heap of code, write-protected in part. */
	fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	at = map_at(at + GIB, 16 * KIB, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE, fd, 0);
	at[0] = 1;
	must("mprotect", mprotect(at + 8 * KIB, 8 * KIB, PROT_READ | PROT_EXEC));
	read_pages(at, 16 * KIB);
}

/* Anonymous memory that is not writable: written and emptied, never written, never writable. */
static void not_writable(void)
{
	char *at = anon(2 * MIB);

	at[0] = 1;
	must("mprotect", mprotect(at, 2 * MIB, PROT_READ) || madvise(at, 2 * MIB, MADV_DONTNEED));
	read_pages(at, 2 * MIB);
	at = anon(2 * MIB);
	must("mprotect", mprotect(at, 2 * MIB, PROT_READ));
	read_pages(at, 2 * MIB);
	read_pages(map_at(place, 2 * MIB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 2 * MIB);
}

/* Page tables that stayed when what was in them went; fork walks the second mapping alone. */
static void emptied(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	char *at = map_at(place, 16 * KIB, PROT_READ, MAP_PRIVATE, fd, 0);

	read_pages(at, 16 * KIB);
	must("madvise", madvise(at, 16 * KIB, MADV_DONTNEED));
	place += GIB;
	at = anon(65 * 2 * MIB);
	for (size_t i = 0; i < 65 * 2 * MIB; i += 2 * MIB) {
		at[i] = 1;
		/* Page by page: a kernel may free the table of 2 MiB that are emptied together. */
		must("madvise", i && madvise(at + i, PAGE, MADV_DONTNEED));
	}
}

static char *write_at(char *at, size_t size)
{
	map_at(at, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)[0] = 1;
	return at + size;
}

/*
 * VMAs that touch, and that the kernel has not joined: two anon_vmas; parts of two files, and
 * of one that are not consecutive; memory that was moved.
 */
static void neighbours(void)
{
	const size_t size = 64 * KIB;
	int a = file_of(MIB), b = file_of(MIB);
	char *at = place;

	write_at(at + 2 * size, size);
	write_at(at, size);
	write_at(at + size, size);
	at += GIB;
	for (int i = 0; i < 3; i++)
		read_pages(map_at(at + (size_t)i * size, size, PROT_READ, MAP_SHARED, i == 1 ? b : a, 0), size);
	/* One VMA of two mappings: consecutive parts of one file. */
	map_at(at + 3 * size, size, PROT_READ, MAP_SHARED, a, (off_t)size);
	at += GIB;
	map_at(at, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, a, 0);
	map_at(at + size, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, b, 0);
	map_at(at + 2 * size, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, b, 0)[0] = 1;
	map_at(at + 3 * size, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, b, (off_t)size)[0] = 1;
	at += GIB;
	write_at(at, size);
	write_at(at + GIB, size);
	must("mremap", mremap(at + GIB, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, at + size) != at + size);
}

/* A file that is open for reading only, shared; VM_SHARED is not set. */
static void read_only(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	must("open", fd < 0);
	read_pages(map_at(place, 16 * KIB, PROT_READ, MAP_SHARED, fd, 0), 16 * KIB);
}

static void skip(const char *why)
{
	printf("skip %s: %s\n", why, strerror(errno));
	exit(77);
}

/* Fixed buffers of an io_uring, which pins their pages. */
static void pins(void)
{
	struct live_io_uring_params params = {0};
	char *at = anon(4 * MIB);
	struct iovec buffers[] = {{at, MIB}, {at + 3 * MIB + 100, 2 * PAGE}};
	int ring = (int)syscall(SYS_io_uring_setup, 8, &params);

	if (ring < 0)
		skip("io_uring");
	for (size_t i = 0; i < 2 * MIB; i += PAGE)
		at[i] = 1;
	if (syscall(SYS_io_uring_register, ring, 0 /* IORING_REGISTER_BUFFERS */, buffers, 2))
		skip("fixed buffers");
}

static void fill(unsigned long request)
{
	struct uffdio_api api = {.api = UFFD_API};
	char *at = anon(64 * KIB);
	struct uffdio_register registered = {
		.range = {(unsigned long)at, 64 * KIB}, .mode = UFFDIO_REGISTER_MODE_MISSING};
	struct live_uffdio_fill filled = {.range = {(unsigned long)at, 16 * KIB}};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | LIVE_UFFD_USER_MODE_ONLY);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &registered) ||
	    ioctl(fd, request, &filled))
		skip("userfaultfd");
	/* One more without features, and that was never initialized: its FEATURES lack the kernel's own bit. */
	syscall(SYS_userfaultfd, O_CLOEXEC | LIVE_UFFD_USER_MODE_ONLY);
}

static void poison(void)
{
	fill(LIVE_UFFDIO_POISON);
}

/* Zero pages of a userfaultfd make an anon_vma, others do not. */
static void zeropage(void)
{
	fill(UFFDIO_ZEROPAGE);
}

/* Memory below vm.mmap_min_addr, which needs CAP_SYS_RAWIO. */
static void low(void)
{
	char *at = mmap((void *)0x8000, 64 * KIB, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (at == MAP_FAILED)
		skip("memory below 64 KiB");
	for (size_t i = 0; i < 64 * KIB; i += PAGE)
		((volatile char *)at)[i] = 1;
}

static const struct {
	const char *what;
	void (*make)(void);
} shapes[] = {
	{"churn", churn},
	{"scattered", scattered},
	{"leader", leader},
	{"split", split},
	{"split-file", split_file},
	{"not-writable", not_writable},
	{"neighbours", neighbours},
	{"emptied", emptied},
	{"read-only", read_only},
	{"pins", pins},
	{"poison", poison},
	{"zeropage", zeropage},
	{"low", low},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(shapes) / sizeof(*shapes); i++)
		if (!strcmp(argv[1], shapes[i].what)) {
			shapes[i].make();
			finish();
		}
	fprintf(stderr, "usage: shapes WHAT\n");
	return 2;
}
