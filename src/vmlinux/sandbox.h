/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sandboxes the process before it parses an untrusted file. */
#ifndef VMLINUX_SANDBOX_H
#define VMLINUX_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

/*
 * From here on this process can compute, take memory, read and write what it
 * has open, signal itself, and end; it can open nothing, start nothing, signal
 * no other process and reach no network. seccomp enforces all of that: false, with
 * errno, where it is not available, and the caller must stop. Landlock is a second
 * barrier around files, where the kernel has it. Processor time and memory are
 * bounded: `mapped` bytes of files, and some room to work in.
 */
bool sandbox_enter(uint64_t mapped);

/* The address space that it leaves such a process, in bytes: no image needs more. */
uint64_t sandbox_room(uint64_t mapped);

#endif
