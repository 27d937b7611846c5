#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      closing a gap between written and unwritten memory, in the parent and in a child.
# Version:   Linux 6.12.117-1 (linux-image-6.12.117+deb13-cloud-amd64, Debian trixie)
#            Linux 7.3.4-1~bpo13+1 (linux-image-7.3.4+deb13-cloud-amd64, Debian
#            trixie-backports)
# Guess:     The call does not matter. In the parent all three become one VMA. In the child
#            the written one stays apart: its anon_vma has a parent, and the kernel does not
#            join such a VMA with one that has none.
# Behavior:  True for mmap() and mprotect(). mremap() that grows the written VMA into the gap
#            joins it with its neighbor in neither process in 6.12, and in both in 7.3: it
#            looks for the anon_vma's parent only if the neighbor is the written one.
# Output:    the text at the end, with which this script compares.
# Run:       findings/only-growing-joins-in-a-child.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
/* Page 0 is written, 1 a gap, 2 not written. */
static void by_mmap(char *p)
{
	map_pages(p + PAGE, 1);
}

static void by_mprotect(char *p)
{
	MUST(mmap(p + PAGE, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == p + PAGE);
	MUST(!mprotect(p + PAGE, PAGE, PROT_READ | PROT_WRITE));
}

static void by_mremap(char *p)
{
	MUST(mremap(p, PAGE, 2 * PAGE, 0) == p);
}

static void in_both(const char *call, void (*close_gap)(char *p))
{
	char *p = map_pages(PLACE, 1);
	pid_t pid;

	*p = 1;
	map_pages(p + 2 * PAGE, 1);
	printf("%s\n", call);
	pid = fork();
	if (!pid) {
		close_gap(p);
		print_vmas("  child", p, 3);
		exit(0);
	}
	await_child(pid);
	close_gap(p);
	print_vmas("  parent", p, 3);
	MUST(!munmap(p, 3 * PAGE));
}

int main(void)
{
	in_both("mmap", by_mmap);
	in_both("mprotect", by_mprotect);
	in_both("mremap", by_mremap);
	return 0;
}
EOF

on_kernel linux-image-6.12.117+deb13-cloud-amd64 6.12.117-1
on_kernel linux-image-7.3.4+deb13-cloud-amd64 7.3.4-1~bpo13+1

expect <<'EOF'
Linux 6.12.117-1
mmap
  child: 0-1 rw-p, 1-3 rw-p
  parent: 0-3 rw-p
mprotect
  child: 0-1 rw-p, 1-3 rw-p
  parent: 0-3 rw-p
mremap
  child: 0-2 rw-p, 2-3 rw-p
  parent: 0-2 rw-p, 2-3 rw-p
Linux 7.3.4-1~bpo13+1
mmap
  child: 0-1 rw-p, 1-3 rw-p
  parent: 0-3 rw-p
mprotect
  child: 0-1 rw-p, 1-3 rw-p
  parent: 0-3 rw-p
mremap
  child: 0-3 rw-p
  parent: 0-3 rw-p
EOF
