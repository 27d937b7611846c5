/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/probed.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void probed_deinit(struct probed *p)
{
	observed_free(p->observed);
	free(p->commands);
	*p = (struct probed){0};
}

void probed_set(struct probed *p, struct observed *observed, const char *commands)
{
	probed_deinit(p);
	if (observed)
		*p = (struct probed){observed, xstrdup(commands), true};
}

void probed_compare(struct probed *p, const char *commands)
{
	p->fresh = p->observed && !strcmp(p->commands, commands);
}

const struct observed *probed_result(const struct probed *p)
{
	return p->fresh ? p->observed : NULL;
}
