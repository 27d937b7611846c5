/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sandboxes this process before it parses an untrusted file. */
#ifndef VMLINUX_SANDBOX_H
#define VMLINUX_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

/*
 * From here on this process can compute, allocate memory, read and write its open
 * files, signal itself, and exit; it can open no files, start no programs, signal
 * no other process and use no network. seccomp enforces all of that: false, with
 * errno, where it is not available, and the caller must not continue. Landlock is a
 * second barrier around files, where available. Processor time and memory are
 * limited: `mapped` bytes of files, and some working memory.
 */
bool sandbox_enter(uint64_t mapped);

#endif
