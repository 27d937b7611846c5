/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/version.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool version_parse(const char *s, struct version *v)
{
	unsigned n = 0;
	char *end;

	*v = (struct version){.rc = VERSION_RELEASED};
	if (*s == 'v')
		s++;
	while (n < 3) {
		unsigned long part;

		if (!isdigit((unsigned char)*s))
			return n >= 2;
		part = strtoul(s, &end, 10);
		if (part > 100000 || end - s > 6)
			return false;
		v->part[n++] = (unsigned)part;
		s = end;
		if (*s != '.' || !isdigit((unsigned char)s[1]))
			break;
		s++;
	}
	if ((*s == '-' || *s == '~') && s[1] == 'r' && s[2] == 'c') {
		unsigned long rc = strtoul(s + 3, &end, 10);

		if (!isdigit((unsigned char)s[3]) || rc >= VERSION_RELEASED)
			return false;
		v->rc = (unsigned)rc;
		s = end;
	}
	return n >= 2 && (*s == '\0' || strchr("-+~_", *s));
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
