#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      Reading one of 16 pages that are swapped out to zram.
# Version:   Linux 6.12.117-1 (linux-image-6.12.117+deb13-cloud-amd64, Debian trixie)
# Guess:     The device and vm.page-cluster decide whether the kernel reads neighbors ahead.
#            A sleeping child makes no difference.
# Behavior:  If one process holds the swap entry, swap-in from zram bypasses the swap cache
#            and reads one page, whatever vm.page-cluster says. After fork() the child holds
#            the entry too, and the same read also brings neighbors into the swap cache.
# Output:    the text at the end, with which this script compares.
# Run:       findings/fork-turns-swap-readahead-on.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
enum { PAGES = 16 };

/* Pages that are mapped or in the swap cache. */
static int in_memory(volatile char *p)
{
	unsigned char in[PAGES];
	int n = 0;

	MUST(!mincore((void *)p, PAGES * PAGE, in));
	for (int i = 0; i < PAGES; i++)
		n += in[i] & 1;
	return n;
}

static void swap_all_out(volatile char *p)
{
	for (int i = 0; i < PAGES; i++)
		p[i * PAGE] = (char)(i + 1);
	for (int i = 0; i < PAGES; i++)
		page_out(p + i * PAGE);
	MUST(in_memory(p) == 0);
}

static void read_one(const char *when, volatile char *p)
{
	(void)p[PAGES / 2 * PAGE];
	printf("%s: %d page mapped, other pages in the swap cache: %s\n", when,
	       present(0, p, PAGES), in_memory(p) > 1 ? "yes" : "no");
}

int main(void)
{
	volatile char *p = map_memory(PAGES * PAGE, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS);
	pid_t child;

	swap_on_zram();
	write_file("/proc/sys/vm/page-cluster", "3");
	swap_all_out(p);
	read_one("no child", p);
	swap_all_out(p);
	child = fork_idle();
	read_one("a sleeping child", p);
	end_child(child);
	return 0;
}
EOF

on_kernel linux-image-6.12.117+deb13-cloud-amd64 6.12.117-1

expect <<'EOF'
Linux 6.12.117-1
no child: 1 page mapped, other pages in the swap cache: no
a sleeping child: 1 page mapped, other pages in the swap cache: yes
EOF
