/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names and VMAs that do not match, for tests: low and high lie in one VMA on the left and in
 * two on the right, heap lies in one on the left and in three on the right, code in three on
 * both. (A VMA that changes and has an anon_vma is joined with one without on v7.3 only.)
 */
#ifndef SUPPORT_LAYOUTS_H
#define SUPPORT_LAYOUTS_H

#define OTHER_LAYOUTS \
	"kernel left v7.3\nkernel right v6.12\n" \
	"vma high anon 32K at 0x1000008000\ntouch high 0-3\nmprotect high r\n" \
	"vma low anon 32K at 0x1000000000\nmprotect high rw\n" \
	"vma heap anon 48K at 0x1000020000\nmadvise heap dontfork 4-7\ntouch heap 4-7\n" \
	"madvise heap dofork 4-7\n" \
	"vma code file 48K at 0x1000040000\ntouch code read\nmprotect code r 4-7\n"

#endif
