/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first process of a booted kernel: makes the machine that the probe wants
 * (file systems, modules, a disk, quiet background workers), runs one command,
 * and ends the machine with that command's exit status. Static; libc only.
 *
 *   /init.d/modules    paths of modules, in the order in which they are loaded
 *   /init.d/command    the command's words, each ended by a NUL
 *   /init.d/files      if it is there, the disk becomes / before the command is run,
 *                      with what is in this folder as its /mnt
 *
 * Standard output and the status leave by what the script has given the machine for
 * that; all else goes to the first serial port.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#ifdef __x86_64__
#include <sys/io.h>
#endif

static void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void complain(const char *format, ...)
{
	int err = errno;
	va_list args;

	va_start(args, format);
	fprintf(stderr, "init: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, ": %s\n", strerror(err));
	va_end(args);
}

/* --- the machine ------------------------------------------------------------------ */

static const struct {
	const char *type, *where;
} mounts[] = {
	{"devtmpfs", "/dev"}, {"proc", "/proc"},   {"sysfs", "/sys"},
	{"tmpfs", "/tmp"},    {"debugfs", "/sys/kernel/debug"},
};

static void mount_one(const char *type, const char *what, const char *where)
{
	mkdir(where, 0755);
	if (mount(what, where, type, 0, NULL))
		complain("mount %s", where);
}

static void mount_all(void)
{
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++)
		mount_one(mounts[i].type, mounts[i].type, mounts[i].where);
}

/* A controller may be found a little after the rest. */
#define DISK_AT "/var/tmp"
static void mount_disk(void)
{
	static const char disk[] = "/dev/nvme0n1";

	for (int tries = 0; tries < 500 && access(disk, F_OK); tries++)
		usleep(10000);
	mount_one("ext4", disk, DISK_AT);
}

static void mount_again(const char *what, const char *where, unsigned long how)
{
	if (mount(what, where, NULL, how, NULL))
		complain("mount %s at %s", what, where);
}

/* The disk becomes /, with what a system would mount there beside what is mounted here. */
static void enter_disk(void)
{
	char path[128];

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		snprintf(path, sizeof(path), DISK_AT "%s", mounts[i].where);
		/* debugfs is in sysfs and came along */
		if (!strchr(mounts[i].where + 1, '/'))
			mount_again(mounts[i].where, path, MS_MOVE);
	}
	mount_one("devpts", "devpts", DISK_AT "/dev/pts");
	mount_one("tmpfs", "tmpfs", DISK_AT "/dev/shm");
	mount_one("tmpfs", "tmpfs", DISK_AT "/run");
	mount_again("/init.d/files", DISK_AT "/mnt", MS_BIND);
	if (chdir(DISK_AT) || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		complain("the disk cannot become /");
}

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* What would change memory behind the scenario's back, or is set otherwise by a distribution. */
static const struct {
	const char *path, *text;
} knobs[] = {
	{"/sys/kernel/mm/transparent_hugepage/enabled", "madvise"},
	{"/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs", "4000000000"},
	{"/proc/sys/kernel/printk", "1"},
};

static void turn_knobs(void)
{
	for (size_t i = 0; i < sizeof(knobs) / sizeof(knobs[0]); i++)
		write_text(knobs[i].path, knobs[i].text); /* a kernel may not have it */
}

static void load_modules(void)
{
	FILE *list = fopen("/init.d/modules", "re");
	char path[512];

	while (list && fgets(path, sizeof(path), list)) {
		int fd;

		path[strcspn(path, "\n")] = '\0';
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST))
			complain("%s", path);
		if (fd >= 0)
			close(fd);
	}
	if (list)
		fclose(list);
}

/* --- what leaves the machine ---------------------------------------------------------- */

#ifdef __x86_64__
/* Where the script has QEMU put its isa-debug-exit device. */
#define EXIT_PORT 0xf4
#define STATUS_MAX 126 /* what that device can tell */

/* The second serial port. */
static int open_output(void)
{
	int fd = open("/dev/ttyS1", O_WRONLY | O_NOCTTY | O_CLOEXEC);
	struct termios mode;

	if (fd < 0 || tcgetattr(fd, &mode)) {
		complain("/dev/ttyS1");
		return fd;
	}
	cfmakeraw(&mode);
	cfsetspeed(&mode, B115200);
	tcsetattr(fd, TCSANOW, &mode);
	return fd;
}

/* QEMU ends with twice this, and one. */
static void tell_status(int status)
{
	if (!ioperm(EXIT_PORT, 1, 1))
		outb((unsigned char)(status > STATUS_MAX ? STATUS_MAX : status), EXIT_PORT);
}
#else
/* Ports of a virtio console: what is written has left when the call returns. */
static int open_port(const char *path)
{
	int fd, tries = 0;

	while ((fd = open(path, O_WRONLY | O_CLOEXEC)) < 0 && tries++ < 500)
		usleep(10000);
	if (fd < 0)
		complain("%s", path);
	return fd;
}

static int open_output(void)
{
	return open_port("/dev/vport0p1");
}

static void tell_status(int status)
{
	int fd = open_port("/dev/vport0p2");

	if (fd >= 0)
		dprintf(fd, "%d\n", status);
}
#endif

/* --- the command -------------------------------------------------------------------- */

static char **read_command(void)
{
	static char text[65536], *words[4096];
	FILE *file = fopen("/init.d/command", "re");
	size_t length = file ? fread(text, 1, sizeof(text) - 1, file) : 0, n = 0;

	for (size_t at = 0; at < length && n < 4095; at += strlen(text + at) + 1)
		words[n++] = text + at;
	return n ? words : NULL;
}

static int run(char **words, int out)
{
	int status, null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	pid_t pid = fork(), done;

	if (!pid) {
		dup2(null, 0);
		dup2(out, 1);
		setsid();
		execv(words[0], words);
		complain("%s", words[0]);
		_exit(127);
	}
	do /* orphans are ours, too */
		done = wait(&status);
	while (done != pid && (done > 0 || errno == EINTR));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(void)
{
	char **words;
	int out, status = 125;

	mount_all();
	freopen("/dev/console", "w", stderr);
	setvbuf(stderr, NULL, _IONBF, 0);
	setenv("PATH", "/:/bin", 1);
	setenv("HOME", "/tmp", 1);
	turn_knobs();
	load_modules();
	mount_disk();
	words = read_command();
	if (!access("/init.d/files", F_OK))
		enter_disk();
	out = open_output();
	if (words && out >= 0)
		status = run(words, out);
	else
		complain("/init.d/command");
	tcdrain(out);
	tcdrain(fileno(stderr));
	sync();
	tell_status(status);
	reboot(RB_POWER_OFF);
	return 0;
}
