#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      mremap() of anonymous memory, and a new mapping next to it.
# Version:   Linux 6.12.117-1 (linux-image-6.12.117+deb13-cloud-amd64, Debian trixie)
#            Linux 7.3.4-1~bpo13+1 (linux-image-7.3.4+deb13-cloud-amd64, Debian
#            trixie-backports)
# Guess:     Anonymous memory has no file, so its offset does not matter: equal neighbors
#            become one VMA wherever they are.
# Behavior:  An anonymous VMA has an offset, too: the page number of its address when it was
#            mapped. A move changes it only if the VMA has no anon_vma. After one written
#            byte it keeps the old one, from which the rmap finds its pages, and no new
#            mapping has the offset that follows. MADV_DONTNEED does not help. Moved back to
#            its first address, the memory joins again.
# Output:    the text at the end, with which this script compares.
# Run:       findings/moved-memory-joins-at-home-only.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
static char *move(char *from, char *to)
{
	MUST(mremap(from, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
	return to;
}

static void map_behind(const char *when, char *p)
{
	map_pages(p + 2 * PAGE, 2);
	print_vmas(when, p, 4);
	MUST(!munmap(p + 2 * PAGE, 2 * PAGE));
}

int main(void)
{
	char *home = PLACE, *away = PLACE + 64 * PAGE, *p = map_pages(home, 2);

	p = move(p, away);
	map_behind("moved", p);
	p = move(p, home);
	*p = 1;
	map_behind("written", p);
	p = move(p, away);
	map_behind("written, then moved", p);
	MUST(!madvise(p, 2 * PAGE, MADV_DONTNEED));
	map_behind("no page in it", p);
	p = move(p, home);
	map_behind("moved back", p);
	return 0;
}
EOF

on_kernel linux-image-6.12.117+deb13-cloud-amd64 6.12.117-1
on_kernel linux-image-7.3.4+deb13-cloud-amd64 7.3.4-1~bpo13+1

expect <<'EOF'
Linux 6.12.117-1
moved: 0-4 rw-p
written: 0-4 rw-p
written, then moved: 0-2 rw-p, 2-4 rw-p
no page in it: 0-2 rw-p, 2-4 rw-p
moved back: 0-4 rw-p
Linux 7.3.4-1~bpo13+1
moved: 0-4 rw-p
written: 0-4 rw-p
written, then moved: 0-2 rw-p, 2-4 rw-p
no page in it: 0-2 rw-p, 2-4 rw-p
moved back: 0-4 rw-p
EOF
