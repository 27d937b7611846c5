/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernels/version.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* One number at *at; false: there is none, or it is too large. */
static bool scan_part(const char **at, unsigned long limit, unsigned *part)
{
	unsigned long value;
	char *end;

	if (!isdigit((unsigned char)**at))
		return false;
	value = strtoul(*at, &end, 10);
	if (value > limit || end - *at > 6)
		return false;
	*part = (unsigned)value;
	*at = end;
	return true;
}

size_t version_scan(const char *s, struct version *v)
{
	const char *at = s;
	unsigned n = 0, rest;

	*v = (struct version){.rc = VERSION_RELEASED};
	do {
		if (!scan_part(&at, 100000, n < 3 ? &v->part[n] : &rest))
			return 0;
		n++;
	} while (*at == '.' && isdigit((unsigned char)at[1]) && at++);
	if (n < 2)
		return 0;
	if ((*at == '-' || *at == '~') && at[1] == 'r' && at[2] == 'c') {
		at += 3;
		if (!scan_part(&at, VERSION_RELEASED - 1, &v->rc))
			return 0;
	}
	return (size_t)(at - s);
}

bool version_parse(const char *s, struct version *v)
{
	const char *number = *s == 'v' ? s + 1 : s;
	size_t n = version_scan(number, v);

	return n && (!number[n] || strchr("-+~_", number[n]));
}

int version_compare(const struct version *a, const struct version *b)
{
	for (int i = 0; i < 3; i++)
		if (a->part[i] != b->part[i])
			return a->part[i] < b->part[i] ? -1 : 1;
	return a->rc < b->rc ? -1 : a->rc > b->rc;
}

void version_print(const struct version *v, struct buf *out)
{
	buf_printf(out, "v%u.%u", v->part[0], v->part[1]);
	if (v->part[2])
		buf_printf(out, ".%u", v->part[2]);
	if (v->rc != VERSION_RELEASED)
		buf_printf(out, "-rc%u", v->rc);
}

int version_compare_branches(const struct version *a, const struct version *b)
{
	return a->part[0] != b->part[0] ? (a->part[0] < b->part[0] ? -1 : 1)
					: (a->part[1] > b->part[1]) - (a->part[1] < b->part[1]);
}
