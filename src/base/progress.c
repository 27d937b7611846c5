/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

#define PATIENCE 1.0 /* seconds before anything is shown */
#define INTERVAL 0.1

void progress_start(struct progress *progress, const char *what)
{
	*progress = (struct progress){
		.what = what, .started = clock_now(), .visible = isatty(STDERR_FILENO)};
}

void progress_show(struct progress *progress, uint64_t done, uint64_t all)
{
	double t;

	if (!progress->visible || !all)
		return;
	t = clock_now();
	if (t - progress->started < PATIENCE || t - progress->shown < INTERVAL)
		return;
	progress->shown = t;
	fprintf(stderr, "\r%s %3d %%", progress->what, (int)(100.0 * (double)done / (double)all));
}

void progress_end(struct progress *progress)
{
	if (progress->shown > 0)
		fprintf(stderr, "\r\033[K");
	progress->shown = 0;
}
