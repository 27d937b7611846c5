#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      ksmd and pages that a pipe holds (vmsplice()).
# Version:   Linux 6.12.117-1 (linux-image-6.12.117+deb13-cloud-amd64, Debian trixie)
# Guess:     A page to which somebody else has a reference is not merged: ksmd compares the
#            number of its references with that of its entries.
# Behavior:  It compares them only if the entry is writable, dirty or exclusive. Pages that a
#            child has read back from swap are none of these, and are merged though the pipe
#            holds both. Pages that the child has written are not.
# Output:    the text at the end, with which this script compares.
# Run:       findings/ksmd-merges-what-is-held.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
#include <sys/uio.h>

#define KSM "/sys/kernel/mm/ksm/"

/* Several times through all mergeable memory: it looks at a page twice before it merges it. */
static void run_ksmd(void)
{
	long scans = number_of(KSM "full_scans");

	write_file(KSM "sleep_millisecs", "1");
	write_file(KSM "run", "1");
	while (number_of(KSM "full_scans") < scans + 6)
		usleep(1000);
	write_file(KSM "run", "0");
}

static void hold_and_merge(const char *what, char *p)
{
	struct iovec both = {p, 2 * PAGE};
	int ends[2];

	MUST(!pipe(ends) && vmsplice(ends[1], &both, 1, 0) == (ssize_t)(2 * PAGE));
	run_ksmd();
	printf("%s: %s\n", what, frame(0, p) == frame(0, p + PAGE) ? "merged" : "kept apart");
	close(ends[0]);
	close(ends[1]);
}

static void in_child(const char *what, char *p, int write)
{
	pid_t child;

	memset(p, 7, 2 * PAGE);
	page_out(p);
	page_out(p + PAGE);
	fflush(stdout);
	child = fork();
	if (!child) {
		if (write)
			memset(p, 7, 2 * PAGE);
		else
			MUST(*(volatile char *)p == 7 && *(volatile char *)(p + PAGE) == 7);
		hold_and_merge(what, p);
		exit(0);
	}
	await_child(child);
}

int main(void)
{
	char *p = map_pages(PLACE, 2);

	swap_on_zram();
	MUST(!madvise(p, 2 * PAGE, MADV_MERGEABLE));
	in_child("written", p, 1);
	in_child("read back from swap", p, 0);
	return 0;
}
EOF

on_kernel linux-image-6.12.117+deb13-cloud-amd64 6.12.117-1

expect <<'EOF'
Linux 6.12.117-1
written: kept apart
read back from swap: merged
EOF
