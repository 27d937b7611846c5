/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shapes WHAT: a process whose memory is hard to import. Prints "ready" and its number, and
 * waits until standard input ends. "skip WHY" and status 77: that cannot be had here. Its
 * mappings begin at 0x200000000000, one GiB apart.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

static const struct {
	const char *what;
	void (*make)(void);
} shapes[] = {
	{"churn", churn},
	{"scattered", scattered},
	{"leader", leader},
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
