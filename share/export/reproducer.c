/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `export FILE.c` puts in front of the calls of a scenario: of these sections those that
 * it needs. A line that begins with "section NAME" starts one, and names those that it needs.
 * PAGE is defined in front of them: the page size of the scenario's machine.
 */
/* section base */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define HUGE_PAGE (PAGE / 8 * PAGE) /* of a huge entry: a table is a page of 8-byte entries */
#define AT(address) ((char *)(uintptr_t)(address))

/*
 * The processes take turns: OBSERVER looks, P0 is the scenario's parent, P1 its child, and so
 * on. All of them go through scenario(), and each carries out what is its own.
 */
enum { OBSERVER = -1, P0, P1, P2, P3, P4, P5, P6, P7, PROCESSES };

static struct {
	atomic_int done; /* turns that are over */
	atomic_int failed; /* the exit status */
	pid_t pid[PROCESSES];
	struct {
		int fd, table; /* and in whose descriptors it is */
		int heir;      /* what fork made of it */
		bool unread;   /* its events are not read */
	} uffd[32];
	char *place[32]; /* where the kernel has put a mapping */
	char unsaid[PAGE]; /* what could not be printed yet */
} *shared;

static int me = OBSERVER, turns;
static bool active;
static bool may_limit; /* what all programs of the machine meet */
static void (*meanwhile)(void);
static void (*restore)(void); /* what the observer has set for the machine */
static void (*relax)(void);   /* the same, of what is for the processes' calls only */

/* Prints a line; what a file in memory has no room for is printed later, by the observer. */
__attribute__((format(printf, 2, 3))) static void say(int fd, const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (*shared->unsaid || write(fd, line, strlen(line)) != (ssize_t)strlen(line))
		strncat(shared->unsaid, line, sizeof(shared->unsaid) - strlen(shared->unsaid) - 1);
}

static void say_rest(int fd)
{
	char text[sizeof(shared->unsaid)];

	strcpy(text, shared->unsaid);
	*shared->unsaid = '\0';
	if (*text && write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		_exit(2);
}

static void end_with(int status)
{
	if (restore)
		restore();
	if (me == OBSERVER)
		say_rest(2);
	_exit(status);
}

static void leave_failed(int status)
{
	shared->failed = status;
	end_with(status);
}

static void missing(const char *what)
{
	say(2, "this machine lacks something: %s\n", what);
	leave_failed(77);
}

static void fail(int line, const char *what)
{
	say(2, "line %d: %s: %s\n", line, what, strerror(errno));
	leave_failed(2);
}

static long check(long result, int line, const char *what)
{
	if (result == -1)
		fail(line, what);
	return result;
}
#define CHECK(call) check((long)(call), __LINE__, #call)

/* True in the process whose turn it is; the others wait until it is over. */
static bool turn(int who)
{
	const struct timespec moment = {0, 200000};
	int mine = turns++;
	time_t end = time(NULL) + 120;

	if (active)
		shared->done = mine;
	while (shared->done < mine) {
		if (shared->failed)
			end_with(shared->failed);
		if (time(NULL) > end) {
			say(2, "a process did not take its turn\n");
			leave_failed(2);
		}
		if (meanwhile)
			meanwhile();
		nanosleep(&moment, NULL);
	}
	active = who == me;
	return active;
}

/* section moment base */
static void moment(const char *what)
{
	if (relax)
		relax();
	say_rest(1);
	printf("%s\n", what);
	CHECK(fflush(stdout));
}

/* section observe moment */
struct runs {
	size_t first, next; /* pages */
	uint64_t bits;
};

static void print_run(const struct runs *run)
{
	uint64_t bits = run->bits;

	if (run->next == run->first)
		return;
	if (run->next == run->first + 1)
		printf("    %zu", run->first);
	else
		printf("    %zu-%zu", run->first, run->next - 1);
	printf(" %s%s%s%s\n", bits >> 63 & 1 ? "present" : bits >> 62 & 1 ? "swap" : "none",
	       bits >> 61 & 1 ? " file" : "", bits >> 57 & 1 ? " uffd-wp" : "",
	       bits >> 58 & 1 ? " guard" : "");
}

/* The entries as pagemap shows them: "swap" is whatever is not present and not empty. */
static void show_entries(pid_t pid, const char *start, size_t first, size_t end)
{
	struct runs run = {first, first, 0};
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	for (size_t page = first; page < end; page++) {
		uint64_t bits = 0;

		if (pread(fd, &bits, sizeof(bits), (off_t)(((uintptr_t)start / PAGE + page) * sizeof(bits))) !=
		    sizeof(bits)) {
			printf("    pagemap: %s\n", strerror(errno));
			break;
		}
		bits &= UINT64_C(7) << 61 | UINT64_C(3) << 57; /* present, swap, file, guard, uffd-wp */
		if (bits != run.bits || run.next == run.first) {
			print_run(&run);
			run = (struct runs){page, page, bits};
		}
		run.next = page + 1;
	}
	print_run(&run);
	close(fd);
}

/* What smaps and pagemap show of `pages` pages from there on. */
static void show(const char *who, int process, const char *name, const char *start, size_t pages)
{
	uintptr_t from = (uintptr_t)start, to = from + pages * PAGE, low = 0, high = 0, a, b;
	char path[64], line[512];
	FILE *smaps;

	snprintf(path, sizeof(path), "/proc/%d/smaps", (int)shared->pid[process]);
	smaps = fopen(path, "re");
	while (smaps && fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%lx-%lx ", &a, &b) == 2) {
			low = a > from ? a : from;
			high = b < to ? b : to;
			if (low >= to)
				break;
		} else if (low < high && !strncmp(line, "VmFlags: ", 9)) {
			size_t first = (low - from) / PAGE, end = (high - from) / PAGE;

			printf("  %s %s %zu-%zu: %s", who, name, first, end - 1, line + 9);
			if (end - first > 1UL << 22)
				printf("    too many pages to list\n");
			else
				show_entries(shared->pid[process], start, first, end);
		}
	}
	if (smaps)
		fclose(smaps);
	CHECK(fflush(stdout));
}

/* section left_out base */
static void left_out(const char *command, const char *why)
{
	say(1, "left out: %s, as %s\n", command, why);
}

/* section touch base */
#include <setjmp.h>

static sigjmp_buf back;

static void jump_back(int number)
{
	siglongjmp(back, number);
}

static void access_pages(volatile char *start, size_t size, bool store)
{
	for (size_t at = 0; at < size; at += PAGE)
		if (store)
			start[at] = 1;
		else
			(void)start[at];
}

/* A load or a store in each page; says which signal ends it, if one does. */
static void touch(char *start, size_t size, bool store, unsigned patience)
{
	struct sigaction action = {.sa_handler = jump_back};
	int number;

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	number = sigsetjmp(back, 1);
	if (number) {
		say(1, "touch: %s\n", number == SIGSEGV ? "SIGSEGV" : number == SIGBUS ? "SIGBUS" : "blocked");
	} else {
		alarm(patience); /* a page may wait for a userfaultfd */
		access_pages(start, size, store);
	}
	alarm(0);
}

/* section memfd base */
/* A file in memory: shmem, or hugetlb with MFD_HUGETLB. */
static int memory_file(unsigned flags)
{
	int fd = memfd_create("scenario", flags | MFD_CLOEXEC);

	if (fd < 0 && flags & MFD_HUGETLB)
		missing("hugetlb pages of the size of a huge entry");
	return (int)CHECK(fd);
}

/* section hugefile memfd */
/* That size is a flag: MFD_HUGE_2MB where small pages have 4 KiB, MFD_HUGE_32MB where 16 KiB. */
#define MFD_HUGE_PAGE ((unsigned)__builtin_ctzl(HUGE_PAGE) << 26)

/* section disk base */
#include <sys/vfs.h>

/* A file on a disk, without a name. Those of tmpfs are shmem, and overlayfs is another case. */
static int disk_file(void)
{
	const char *const folders[] = {getenv("TMPDIR"), "/var/tmp", "/tmp", "."};

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		struct statfs fs;
		int fd;

		if (!folders[i] || statfs(folders[i], &fs) || fs.f_type == 0x01021994 ||
		    (unsigned long)fs.f_type == 0x858458f6UL || fs.f_type == 0x794c7630)
			continue;
		fd = open(folders[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (fd >= 0)
			return fd;
	}
	missing("a folder on a disk, for a temporary file: set TMPDIR");
	return -1;
}

/* All of it is in the page cache. */
static void fill_file(int fd, size_t from, size_t to)
{
	static const char page[PAGE];

	for (; from < to; from += PAGE)
		CHECK(pwrite(fd, page, PAGE, (off_t)from) == (ssize_t)PAGE ? 0 : -1);
}

/* section secret base */
#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

static int secret_file(void)
{
	int fd = (int)CHECK(syscall(SYS_memfd_secret, O_CLOEXEC));

	CHECK(ftruncate(fd, INT64_C(1) << 42)); /* its size can be set once */
	return fd;
}

/* section map base */
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 8
#endif

/* section huge map */
/* mmap() of huge pages. */
static void huge(void *result)
{
	if (result == MAP_FAILED && errno == ENOMEM)
		missing("huge pages: /proc/sys/vm/nr_hugepages");
	CHECK(result);
}

/* section apart map */
/* Memory policies keep VMAs apart; these mean the same on a machine with one node. */
static void set_policy(char *start, size_t size, int policy)
{
	static const int modes[] = {0 /* default */, 1, 2, 3 /* of node 0 */, 4 /* local */};
	const unsigned long node = 1;
	bool named = policy >= 1 && policy <= 3;

	CHECK(syscall(SYS_mbind, start, size, modes[policy], named ? &node : NULL, named ? 64 : 0, 0));
}

/* VMAs that were joined share an anon_vma: it gets its policy elsewhere, and is moved. */
static void map_apart(char *at, size_t size, int prot, int flags, int fd, off_t offset, int policy)
{
	size_t all = (size + 3 * HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
	char *room;

	CHECK(mmap(at, size, PROT_NONE,
		   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0));
	room = (char *)CHECK(mmap(NULL, all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
	CHECK(munmap(room, all));
	room = AT(((uintptr_t)room + HUGE_PAGE) & ~(HUGE_PAGE - 1));
	CHECK(mmap(room, size, prot, flags | MAP_FIXED_NOREPLACE, fd, offset));
	set_policy(room, size, policy);
	CHECK(mremap(room, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, at));
}

/* section ring map */
/* An io_uring's ring: a driver's mapping, where the kernel likes. code: what smaps must say. */
static char *map_ring(size_t size, const char *code)
{
	uint32_t params[30] = {0};
	uintptr_t a, b, low = 0;
	char line[512], *at;
	bool found = false;
	FILE *smaps;
	int fd;

	params[1] = (uint32_t)(size / 16 < 8 ? 8 : size / 16); /* cq_entries, 16 bytes each */
	params[2] = 1 << 3;				       /* IORING_SETUP_CQSIZE */
	fd = (int)CHECK(syscall(SYS_io_uring_setup, 4, params));
	at = (char *)CHECK(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	smaps = fopen("/proc/self/smaps", "re");
	while (smaps && fgets(line, sizeof(line), smaps))
		if (sscanf(line, "%lx-%lx ", &a, &b) == 2)
			low = a;
		else if (low == (uintptr_t)at && !strncmp(line, "VmFlags: ", 9))
			found = strstr(line, code) != NULL;
	if (smaps)
		fclose(smaps);
	if (!found)
		missing("a driver's mapping of that kind; this kernel's io_uring has another one");
	return at;
}

/* section madvise base */
#ifndef MADV_COLD
#define MADV_COLD 20
#define MADV_PAGEOUT 21
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#define MADV_GUARD_REMOVE 103
#endif

/* section pageout madvise */
static bool any_present(const char *start, size_t size)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	bool any = false;

	for (size_t at = 0; at < size && !any; at += PAGE) {
		uint64_t bits = 0;

		any = pread(fd, &bits, sizeof(bits), (off_t)(((uintptr_t)start + at) / PAGE * sizeof(bits))) !=
			      sizeof(bits) || bits >> 63;
	}
	close(fd);
	return any;
}

static bool has_swap(void)
{
	FILE *swaps = fopen("/proc/swaps", "re");
	char line[256];
	int lines = 0;

	while (swaps && fgets(line, sizeof(line), swaps))
		lines++;
	if (swaps)
		fclose(swaps);
	return lines > 1;
}

/* The first passes may only move pages to the end of a list. */
static void page_out(char *start, size_t size)
{
	for (int pass = 0; pass < 8; pass++) {
		CHECK(madvise(start, size, MADV_PAGEOUT));
		if (!any_present(start, size))
			return;
	}
	if (!has_swap())
		missing("swap");
}

/* section mseal base */
#ifndef SYS_mseal
#define SYS_mseal 462
#endif

/* section mlock2 base */
#ifndef MLOCK_ONFAULT
#define MLOCK_ONFAULT 1
#endif

/* section mremap base */
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

/* section poke base */
/* A debugger's store: it writes what the mapping forbids. */
static void poke(const char *start, size_t size)
{
	int fd = (int)CHECK(open("/proc/self/mem", O_WRONLY | O_CLOEXEC));

	for (size_t at = 0; at < size; at += PAGE)
		CHECK(pwrite(fd, "\1", 1, (off_t)((uintptr_t)start + at)) == 1 ? 0 : -1);
	close(fd);
}

/* section clear_refs base */
static void clear_soft_dirty(void)
{
	int fd = (int)CHECK(open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC));

	CHECK(write(fd, "4", 1) == 1 ? 0 : -1);
	close(fd);
}

/* section pin base */
#include <sys/uio.h>

/* A long-term pin for writing: a fixed buffer of an io_uring. */
static int pin(char *start, size_t size)
{
	struct iovec buffer = {start, size};
	uint32_t params[30] = {0};
	int ring = (int)CHECK(syscall(SYS_io_uring_setup, 4, params));

	CHECK(syscall(SYS_io_uring_register, ring, 0 /* IORING_REGISTER_BUFFERS */, &buffer, 1));
	return ring;
}

/* section unpin pin */
static void unpin(int ring)
{
	CHECK(syscall(SYS_io_uring_register, ring, 1 /* IORING_UNREGISTER_BUFFERS */, NULL, 0));
}

/* section read_pin base */
#include <sys/uio.h>

/*
 * A pin for reading, for a moment: no system call takes one that lasts. It replaces a page that
 * is shared with one of the process's own, as one that lasts does.
 */
static void pin_for_reading(char *start, size_t size)
{
	for (size_t at = 0; at < size; at += PAGE) {
		char byte;
		const struct iovec to = {&byte, 1}, from = {start + at, 1};

		CHECK(process_vm_readv(getpid(), &to, 1, &from, 1, 0));
	}
}

static void say_released(const char *command)
{
	say(1, "note: %s: released at once, as no system call pins for reading and for long\n", command);
}

/* section hold base */
#include <sys/uio.h>

/* A reference without a pin: pages in a pipe that is not read. Returns its end for reading. */
static int hold(char *start, size_t size)
{
	int ends[2];

	CHECK(pipe2(ends, O_CLOEXEC));
	CHECK(fcntl(ends[1], F_SETPIPE_SZ, (int)size));
	while (size) {
		struct iovec buffer = {start, size};
		long got = CHECK(vmsplice(ends[1], &buffer, 1, SPLICE_F_NONBLOCK));

		start += got;
		size -= (size_t)got;
	}
	return ends[0];
}

/* section unhold hold */
static void let_go(int pipe, size_t size)
{
	char page[PAGE];

	for (; size; size -= PAGE)
		CHECK(read(pipe, page, PAGE) == (ssize_t)PAGE ? 0 : -1);
}

/* section uffd base */
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>

/* A program that has no right to handle the kernel's own faults may still handle others. */
static void uffd_open(int number, uint64_t features)
{
	struct uffdio_api api = {.api = UFFD_API, .features = features};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		fd = (int)CHECK(syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | 1));
	if (ioctl(fd, UFFDIO_API, &api) && errno == EINVAL)
		missing("features of userfaultfd");
	shared->uffd[number].fd = (int)CHECK(fcntl(fd, F_DUPFD_CLOEXEC, 3)); /* 0 is none */
	close(fd);
	shared->uffd[number].table = me <= P0 ? P0 : me;
}

/* section request uffd */
/* The kernel says EAGAIN while the memory map changes. */
static int uffd_request(int number, unsigned long request, void *argument)
{
	int result;

	do
		result = ioctl(shared->uffd[number].fd, request, argument);
	while (result && errno == EAGAIN);
	return result;
}

/* section register request */
static void uffd_register(int number, char *start, size_t size, uint64_t mode)
{
	struct uffdio_register argument = {.range = {(uintptr_t)start, size}, .mode = mode};

	CHECK(uffd_request(number, UFFDIO_REGISTER, &argument));
}

/* section unregister request */
static void uffd_unregister(int number, char *start, size_t size)
{
	struct uffdio_range argument = {(uintptr_t)start, size};

	CHECK(uffd_request(number, UFFDIO_UNREGISTER, &argument));
}

/* section protect request */
#ifndef UFFDIO_RWPROTECT
#define UFFDIO_RWPROTECT _IOWR(UFFDIO, 0x09, struct uffdio_writeprotect)
#endif

/* on: protects, else takes the protection away. */
static void uffd_protect(int number, char *start, size_t size, bool on, bool rwp)
{
	struct uffdio_writeprotect argument = {.range = {(uintptr_t)start, size}, .mode = on};

	CHECK(uffd_request(number, rwp ? UFFDIO_RWPROTECT : UFFDIO_WRITEPROTECT, &argument));
}

/* section poison uffd */
#ifndef UFFDIO_POISON
struct uffdio_poison {
	struct uffdio_range range;
	__u64 mode;
	__s64 updated;
};
#define UFFDIO_POISON _IOWR(UFFDIO, 0x08, struct uffdio_poison)
#endif

static void uffd_poison(int number, char *start, size_t size)
{
	struct uffdio_poison argument = {.range = {(uintptr_t)start, size}};

	CHECK(ioctl(shared->uffd[number].fd, UFFDIO_POISON, &argument));
}

/* section zeropage uffd */
static void uffd_zeropage(int number, char *start, size_t size)
{
	struct uffdio_zeropage argument = {.range = {(uintptr_t)start, size}};

	CHECK(ioctl(shared->uffd[number].fd, UFFDIO_ZEROPAGE, &argument));
}

/* section continue uffd */
static void uffd_continue(int number, char *start, size_t size, bool wp)
{
	struct uffdio_continue argument = {.range = {(uintptr_t)start, size}, .mode = wp ? 2 : 0};

	CHECK(ioctl(shared->uffd[number].fd, UFFDIO_CONTINUE, &argument));
}

/* section copy uffd */
static void uffd_copy(int number, char *start, size_t size, bool wp)
{
	char *zeroes = (char *)CHECK(mmap(NULL, size, PROT_READ,
					  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
	struct uffdio_copy argument = {
		.dst = (uintptr_t)start, .src = (uintptr_t)zeroes, .len = size, .mode = wp ? 2 : 0,
	};

	CHECK(ioctl(shared->uffd[number].fd, UFFDIO_COPY, &argument));
	munmap(zeroes, size);
}

/* section move uffd */
#ifndef UFFDIO_MOVE
struct uffdio_move {
	__u64 dst, src, len, mode;
	__s64 move;
};
#define UFFDIO_MOVE _IOWR(UFFDIO, 0x05, struct uffdio_move)
#endif

static void uffd_move(int number, char *to, char *from, size_t size)
{
	struct uffdio_move argument = {.dst = (uintptr_t)to, .src = (uintptr_t)from, .len = size};

	CHECK(ioctl(shared->uffd[number].fd, UFFDIO_MOVE, &argument));
}

/* section close uffd */
static void uffd_close(int number)
{
	close(shared->uffd[number].fd);
	shared->uffd[number].fd = 0;
}

/* section events uffd */
/* Somebody has to read the event of a fork, or it waits. */
static void read_events(void)
{
	for (size_t i = 0; i < sizeof(shared->uffd) / sizeof(*shared->uffd); i++) {
		struct uffd_msg message;
		int fd = shared->uffd[i].table == P0 && !shared->uffd[i].unread ? shared->uffd[i].fd : 0;

		if (!fd || read(fd, &message, sizeof(message)) != (ssize_t)sizeof(message))
			continue;
		if (message.event == UFFD_EVENT_FORK)
			shared->uffd[i].heir = (int)message.arg.fork.ufd;
	}
}

/* section reader events */
static void uffd_reader(int number, bool on)
{
	shared->uffd[number].unread = !on;
}

/* section inherit events */
/* The context that the last fork has made of one is another one from here on. */
static void uffd_inherit(int from, int to)
{
	CHECK(shared->uffd[from].heir ? 0 : -1);
	shared->uffd[to].fd = shared->uffd[from].heir;
	shared->uffd[to].table = P0;
	shared->uffd[from].heir = 0;
}

/* section copies base */
/* The copy of a userfaultfd's descriptor would keep it open. */
static void close_copies(int table)
{
	for (size_t i = 0; i < sizeof(shared->uffd) / sizeof(*shared->uffd); i++)
		if (shared->uffd[i].fd && shared->uffd[i].table == table)
			close(shared->uffd[i].fd);
}

/* section fork copies */
static void fork_as(int child)
{
	int table = me;
	pid_t pid = (pid_t)CHECK(fork());

	if (pid) {
		shared->pid[child] = pid;
		return;
	}
	me = child;
	active = false;
	close_copies(table);
}

/* section fork_fails base */
#include <sys/wait.h>

static void fork_fails(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	say(1, "fork: %s\n", pid < 0 ? strerror(errno) : "it does not fail");
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

/* section waits fork */
#include <poll.h>

/* A fork that waits until its event is read: its turn is over before it is. */
static void fork_waits(int child)
{
	shared->done = turns;
	fork_as(child);
	active = false;
}

static bool has_unread_event(void)
{
	for (size_t i = 0; i < sizeof(shared->uffd) / sizeof(*shared->uffd); i++) {
		struct pollfd event = {.fd = shared->uffd[i].fd, .events = POLLIN};

		if (event.fd && shared->uffd[i].unread && poll(&event, 1, 0) == 1)
			return true;
	}
	return false;
}

/* The page tables are copied when the kernel has an event that is not read. */
static void wait_for_event(int child)
{
	const struct timespec moment = {0, 200000};
	time_t end = time(NULL) + 60;

	while (!has_unread_event() && !shared->pid[child] && time(NULL) < end) {
		meanwhile();
		nanosleep(&moment, NULL);
	}
	say(1, "the fork %s\n", has_unread_event() ? "waits for the reader of its event" : "does not wait");
}

/* section borrow copies */
/* Waits until all turns before that one are over. */
static void wait_for(int number)
{
	const struct timespec moment = {0, 200000};

	while (shared->done < number) {
		if (shared->failed)
			_exit(shared->failed);
		nanosleep(&moment, NULL);
	}
}

/* A child in this memory, with a stack of its own. With CLONE_VFORK it has ended the turn. */
static void borrow(int child, int (*function)(void *), int flags)
{
	static _Alignas(16) char stacks[PROCESSES][1 << 16];

	CHECK(clone(function, stacks[child] + sizeof(stacks[child]), flags | CLONE_PARENT_SETTID | SIGCHLD,
		    NULL, &shared->pid[child]));
	active = !(flags & CLONE_VFORK);
}

/* section spawn base */
#include <spawn.h>

static void spawn(void)
{
	char *words[] = {(char[]){"true"}, NULL};
	pid_t pid;

	errno = posix_spawnp(&pid, words[0], NULL, NULL, words, environ);
	CHECK(errno ? -1 : 0);
}

/* section leave gone */
static void leave(void)
{
	shared->done = turns;
	_exit(0);
}

/* section gone base */
/* Waits until it has given its memory up. */
static void wait_gone(int process)
{
	const struct timespec moment = {0, 1000000};
	char path[64], name[64], state = 0;
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)shared->pid[process]);
	while (state != 'Z' && (stat = fopen(path, "re"))) {
		if (fscanf(stat, "%*d %63s %c", name, &state) != 2)
			state = 'Z';
		fclose(stat);
		nanosleep(&moment, NULL);
	}
	shared->pid[process] = 0;
}

/* section knob base */
/* Files of /proc and /sys that set something for the machine. The observer puts them back. */
static struct {
	char path[96], before[64];
} knobs[16];
static size_t knob_count;

static bool write_knob(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* "always [madvise] never": the word in brackets is the one that counts. */
static bool read_knob(const char *path, char text[64])
{
	char all[256] = "";
	char *from = all;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, all, sizeof(all) - 1);

	if (fd >= 0)
		close(fd);
	if (strchr(all, '['))
		from = strchr(all, '[') + 1;
	snprintf(text, 64, "%.*s", (int)strcspn(from, "]\n"), from);
	return n > 0;
}

static void restore_knobs(void)
{
	while (knob_count) {
		knob_count--;
		write_knob(knobs[knob_count].path, knobs[knob_count].before);
	}
}

static void restore_at(int number)
{
	restore_knobs();
	_exit(128 + number);
}

static void set_knob(const char *path, const char *text)
{
	const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	size_t i = 0;

	while (i < knob_count && strcmp(knobs[i].path, path))
		i++;
	if (i == knob_count && i < sizeof(knobs) / sizeof(*knobs) && read_knob(path, knobs[i].before)) {
		snprintf(knobs[i].path, sizeof(knobs[i].path), "%s", path);
		knob_count++;
	}
	restore = restore_knobs;
	for (size_t s = 0; s < sizeof(signals) / sizeof(*signals); s++)
		signal(signals[s], restore_at);
	if (i < knob_count && write_knob(path, text))
		return;
	say(2, "%s cannot be set: %s%s\n", path, strerror(errno), geteuid() ? "; run this as root" : "");
	missing(path);
}

/* section number knob */
static uint64_t number_in(const char *path)
{
	char text[64] = "";

	read_knob(path, text);
	return strtoull(text, NULL, 10);
}

/* section leave_to number */
static void need_leave(void)
{
	if (!may_limit)
		missing("leave to set limits that all programs on it meet: run this with --may-limit");
}

/* section pool leave_to */
static void pool_path(const char *file, char path[96])
{
	snprintf(path, 96, "/sys/kernel/mm/hugepages/hugepages-%lukB/%s", HUGE_PAGE >> 10, file);
}

static uint64_t pool(const char *file)
{
	char path[96];

	pool_path(file, path);
	return number_in(path);
}

static void set_pool(const char *file, uint64_t pages)
{
	char path[96], text[32];

	pool_path(file, path);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)pages);
	set_knob(path, text);
}

/* So many for this program, of which it has `own`, and what others use besides. */
static void limit_huge_pages(uint64_t pages, uint64_t own)
{
	need_leave();
	pages += pool("nr_hugepages") - pool("free_hugepages") + pool("resv_hugepages") - own;
	set_pool("nr_overcommit_hugepages", 0);
	set_pool("nr_hugepages", pages);
	if (pool("nr_hugepages") != pages)
		missing("memory for a pool of huge pages");
}

/* section commit leave_to */
#define OVERCOMMIT "/proc/sys/vm/overcommit_"

/* A line of /proc/meminfo, in pages. */
static int64_t meminfo(const char *name)
{
	char text[8192] = "";
	const char *at;
	int fd = (int)CHECK(open("/proc/meminfo", O_RDONLY | O_CLOEXEC));

	CHECK(read(fd, text, sizeof(text) - 1));
	close(fd);
	at = strstr(text, name);
	return at ? strtoll(at + strlen(name), NULL, 10) / (int64_t)(PAGE >> 10) : 0;
}

/* Not while the observer prints: a file in memory takes some, too. */
static void relax_commit(void)
{
	for (size_t i = 0; i < knob_count; i++)
		if (!strcmp(knobs[i].path, OVERCOMMIT "memory"))
			write_knob(knobs[i].path, knobs[i].before);
}

/* So many pages can be promised beside those that are, those of all programs included. */
static void limit_commit(int64_t room)
{
	char text[32], ratio[64];
	int64_t pages, swap = meminfo("SwapTotal:");

	need_leave();
	pages = meminfo("Committed_AS:") + room;
	if (pages <= swap)
		missing("a limit below its swap: swapoff -a");
	snprintf(text, sizeof(text), "%lld", (long long)((pages - swap) * (int64_t)(PAGE >> 10)));
	set_knob("/proc/sys/vm/admin_reserve_kbytes", "0");
	set_knob("/proc/sys/vm/user_reserve_kbytes", "0");
	/* Either of the two sets the other to 0: what is put back last has to be the one that counts. */
	if (!number_in(OVERCOMMIT "kbytes") && read_knob(OVERCOMMIT "ratio", ratio))
		set_knob(OVERCOMMIT "ratio", ratio);
	set_knob(OVERCOMMIT "kbytes", text);
	relax = relax_commit;
	set_knob(OVERCOMMIT "memory", "2"); /* each time, as this makes the kernel's counter exact */
}

/* section commit_fork commit */
/* Pages that fork promises for memory of this program, beside the `own` of the scenario. */
static int64_t promised_beside(int process, int64_t own)
{
	char path[64], line[512];
	uintptr_t a, b;
	int64_t pages = 0, all = 0;
	FILE *smaps;

	snprintf(path, sizeof(path), "/proc/%d/smaps", (int)shared->pid[process]);
	smaps = fopen(path, "re");
	while (smaps && fgets(line, sizeof(line), smaps))
		if (sscanf(line, "%lx-%lx ", &a, &b) == 2)
			pages = (int64_t)((b - a) / PAGE);
		else if (!strncmp(line, "VmFlags: ", 9) && strstr(line, " ac") && !strstr(line, " dc"))
			all += pages;
	if (smaps)
		fclose(smaps);
	return all - own;
}

/* section machine base */
#include <sys/utsname.h>

/* The system calls are the same on all of them. */
static void note_machine(const char *predicted)
{
	struct utsname name;

	if (!uname(&name) && strcmp(name.machine, predicted))
		say(1, "note: this machine is %s, and the predictions are for %s\n", name.machine, predicted);
}

/* section zeroes base */
/*
 * Do loads of untouched memory map a page of zeroes, which all share? Not so on kernels for some
 * virtual machines: there each takes a page, and fork copies what it would have left out.
 */
static void note_zero_page(bool predicted)
{
	volatile const char *page = (char *)CHECK(mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
						       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	int fd = (int)CHECK(open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
	uint64_t bits = 0;
	bool here;

	(void)*page;
	CHECK(pread(fd, &bits, sizeof(bits), (off_t)((uintptr_t)page / PAGE * sizeof(bits))) == sizeof(bits) ? 0 : -1);
	here = !(bits >> 56 & 1); /* of a page that is mapped once it is set */
	if (here != predicted)
		say(1, "note: loads of untouched memory %s on this machine, and %s in the predictions\n",
		    here ? "map the page of zeroes" : "take pages of their own",
		    here ? "take pages of their own" : "map the page of zeroes");
	close(fd);
	munmap((void *)(uintptr_t)page, PAGE);
}

/* section levels base */
/* The kernel maps where five levels reach only if somebody asks for it. */
static void need_levels(int levels)
{
	char *high = (char *)CHECK(mmap(AT(UINT64_C(1) << 48), PAGE, PROT_NONE,
					MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));

	munmap(high, PAGE);
	if (((uint64_t)(uintptr_t)high >> 48 ? 5 : 4) != levels)
		missing("another number of levels of page tables");
}

/* section vmas map */
#define VMAS_MAX (1UL << 17)

/* Mappings of no use until there can be no more, but so many. Each is apart from the next. */
static void limit_vmas(size_t spare)
{
	static size_t count;
	static char *room;

	if (!room) {
		free(malloc(1)); /* the heap is a VMA, too */
		room = (char *)CHECK(mmap(NULL, 2 * VMAS_MAX * PAGE, PROT_NONE,
					  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
		CHECK(munmap(room, 2 * VMAS_MAX * PAGE));
	}
	while (mmap(room + 2 * count * PAGE, PAGE, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0) != MAP_FAILED)
		if (++count == VMAS_MAX)
			missing("a vm.max_map_count of 131072 at most");
	if (errno != ENOMEM)
		fail(__LINE__, "mmap");
	for (; spare && count; spare--)
		CHECK(munmap(room + 2 * --count * PAGE, PAGE));
	if (spare)
		missing("room for so many VMAs: vm.max_map_count");
}

/* section contents base */
/* As a debugger does: that leaves entries as they are. */
static void write_content(int memory, char *page, const uint64_t content[2])
{
	bool written = pwrite(memory, content, 16, (off_t)(uintptr_t)page) == 16;

	if (!written && errno == EIO)
		missing("leave to store into its own read-only memory: proc_mem.force_override=always");
	CHECK(written ? 0 : -1);
}

/* Pages that are this process's alone all get the same content, or with 0 one that nothing else has. */
static void set_contents(char *start, size_t size, uint64_t same)
{
	static uint64_t number;
	int memory = (int)CHECK(open("/proc/self/mem", O_RDWR | O_CLOEXEC));
	int pagemap = (int)CHECK(open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));

	for (size_t at = 0; at < size; at += PAGE) {
		const uint64_t content[2] = {same ? same << 32 : (uint64_t)getpid(), same ? same : ++number};
		uint64_t bits = 0;

		CHECK(pread(pagemap, &bits, sizeof(bits), (off_t)(((uintptr_t)start + at) / PAGE * sizeof(bits))) ==
				      sizeof(bits) ? 0 : -1);
		if (bits >> 63 && bits >> 56 & 1)
			write_content(memory, start + at, content);
	}
	close(memory);
	close(pagemap);
}

/* section ksm number */
#define KSM "/sys/kernel/mm/ksm/"

/* It merges what it has seen unchanged twice. */
static void merge_equal(void)
{
	const struct timespec moment = {0, 2000000};
	uint64_t end;
	time_t late = time(NULL) + 60;

	if (!access(KSM "smart_scan", F_OK))
		set_knob(KSM "smart_scan", "0");
	set_knob(KSM "pages_to_scan", "100000");
	set_knob(KSM "sleep_millisecs", "1");
	set_knob(KSM "run", "1");
	end = number_in(KSM "full_scans") + 4;
	while (number_in(KSM "full_scans") < end) {
		if (time(NULL) > late)
			missing("a ksmd that has looked at all pages within a minute");
		nanosleep(&moment, NULL);
	}
	set_knob(KSM "run", "0");
}

/* section run base */
static void scenario(void);

static int run(void *unused)
{
	(void)unused;
	me = P0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	scenario();
	return 0;
}

/* The last turn: the observer ends all others. */
static void finish(void)
{
	while (!turn(OBSERVER))
		;
	for (int i = 0; i < PROCESSES; i++)
		if (shared->pid[i])
			kill(shared->pid[i], SIGKILL);
	if (restore)
		restore();
}

int main(int argc, char **argv)
{
	static _Alignas(16) char stack[1 << 18];
	char size[80];

	may_limit = argc == 2 && !strcmp(argv[1], "--may-limit");
	if (argc > 1 && !may_limit) {
		dprintf(2, "usage: %s [--may-limit]\n", argv[0]);
		return 2;
	}
	shared = (void *)CHECK(mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	snprintf(size, sizeof(size), "pages of %lu KiB, as it has pages of %ld KiB", PAGE >> 10,
		 sysconf(_SC_PAGESIZE) >> 10);
	if (sysconf(_SC_PAGESIZE) != (long)PAGE)
		missing(size);
	shared->pid[P0] = (pid_t)CHECK(clone(run, stack + sizeof(stack), CLONE_FILES | SIGCHLD, NULL));
	scenario();
	return 0;
}
