/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which kernel runs here: what it calls itself, and the version that it is. */
#ifndef OBSERVE_RELEASE_H
#define OBSERVE_RELEASE_H

struct release {
	char name[128];	   /* uname -r: 6.1.0-49-amd64 */
	char version[128]; /* 6.1.192: Debian tells it in uname -v */
};

void release_read(struct release *release);

#endif
