/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The running kernel: its release string, and its version. */
#ifndef OBSERVE_RELEASE_H
#define OBSERVE_RELEASE_H

struct release {
	char name[128];	   /* uname -r: 6.1.0-49-amd64 */
	char version[128]; /* 6.1.192: for Debian, from uname -v */
};

void release_read(struct release *release);

#endif
