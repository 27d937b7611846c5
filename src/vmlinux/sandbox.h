/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shutting oneself in, before anything of a stranger's file is looked at. */
#ifndef VMLINUX_SANDBOX_H
#define VMLINUX_SANDBOX_H

#include <stdint.h>

/*
 * From here on this process can compute, take memory, read and write what it
 * has open, and end; it can open nothing, start nothing and reach no network
 * (seccomp, and landlock where there is one). Processor time and memory are
 * bounded: `mapped` bytes of files, and some room to work in. What the running
 * kernel does not offer is left out.
 */
void sandbox_enter(uint64_t mapped);

#endif
