#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      fork() of memory of which one half is locked.
# Version:   Linux 6.12.117-1 (linux-image-6.12.117+deb13-cloud-amd64, Debian trixie)
#            Linux 7.3.4-1~bpo13+1 (linux-image-7.3.4+deb13-cloud-amd64, Debian
#            trixie-backports)
# Guess:     A child does not inherit locks, so its halves are equal and become one VMA: in
#            fork(), or at the latest with the next mprotect() or madvise() over both.
# Behavior:  fork() copies both VMAs and joins nothing, and a call that changes nothing does
#            not join them either. Unwritten memory joins after a call that changes one half
#            and a call that changes it back. Written memory never does, because fork() gives
#            each half its own anon_vma: the child cannot grow it with mremap() (EFAULT). The
#            parent can, after munlock() has joined the halves.
# Output:    the text at the end, with which this script compares.
# Run:       findings/equal-vmas-stay-apart-in-the-child.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
static int child(char *p)
{
	print_vmas("  child", p, 4);
	MUST(!mprotect(p, 4 * PAGE, PROT_READ | PROT_WRITE));
	MUST(!munlock(p, 4 * PAGE));
	print_vmas("    mprotect, munlock", p, 4);
	MUST(!madvise(p, 2 * PAGE, MADV_DONTDUMP));
	MUST(!madvise(p, 2 * PAGE, MADV_DODUMP));
	print_vmas("    DONTDUMP, DODUMP", p, 4);
	print_growth(p, 4);
	return 0;
}

static void lock_and_fork(bool written)
{
	char *p = map_pages(PLACE, 4);
	pid_t pid;

	printf("%s\n", written ? "written" : "not written");
	if (written)
		memset(p, 1, 4 * PAGE);
	MUST(!mlock2(p, 2 * PAGE, MLOCK_ONFAULT));
	pid = fork();
	if (!pid)
		exit(child(p));
	await_child(pid);
	print_vmas("  parent", p, 4);
	MUST(!munlock(p, 4 * PAGE));
	print_vmas("    munlock", p, 4);
	print_growth(p, 4);
}

int main(void)
{
	lock_and_fork(false);
	lock_and_fork(true);
	return 0;
}
EOF

on_kernel linux-image-6.12.117+deb13-cloud-amd64 6.12.117-1
on_kernel linux-image-7.3.4+deb13-cloud-amd64 7.3.4-1~bpo13+1

expect <<'EOF'
Linux 6.12.117-1
not written
  child: 0-2 rw-p, 2-4 rw-p
    mprotect, munlock: 0-2 rw-p, 2-4 rw-p
    DONTDUMP, DODUMP: 0-4 rw-p
    mremap: 0
  parent: 0-2 rw-p, 2-4 rw-p
    munlock: 0-4 rw-p
    mremap: 0
written
  child: 0-2 rw-p, 2-4 rw-p
    mprotect, munlock: 0-2 rw-p, 2-4 rw-p
    DONTDUMP, DODUMP: 0-2 rw-p, 2-4 rw-p
    mremap: EFAULT
  parent: 0-2 rw-p, 2-4 rw-p
    munlock: 0-4 rw-p
    mremap: 0
Linux 7.3.4-1~bpo13+1
not written
  child: 0-2 rw-p, 2-4 rw-p
    mprotect, munlock: 0-2 rw-p, 2-4 rw-p
    DONTDUMP, DODUMP: 0-4 rw-p
    mremap: 0
  parent: 0-2 rw-p, 2-4 rw-p
    munlock: 0-4 rw-p
    mremap: 0
written
  child: 0-2 rw-p, 2-4 rw-p
    mprotect, munlock: 0-2 rw-p, 2-4 rw-p
    DONTDUMP, DODUMP: 0-2 rw-p, 2-4 rw-p
    mremap: EFAULT
  parent: 0-2 rw-p, 2-4 rw-p
    munlock: 0-4 rw-p
    mremap: 0
EOF
