/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/playhead.h"

static const struct moment the_end = {.at = MOMENT_END};

void playhead_init(struct playhead *p)
{
	*p = (struct playhead){.moment = the_end, .speed = 1, .grain = GRAIN_RUN};
}

void playhead_deinit(struct playhead *p)
{
	timeline_deinit(&p->timeline);
}

void playhead_sync(struct playhead *p, struct machine *const machine[2], uint64_t builds)
{
	timeline_update(&p->timeline, machine, builds);
	timeline_return(&p->timeline, &p->moment);
	p->fork_begins = false;
}

void playhead_seek(struct playhead *p, size_t slot, uint64_t page)
{
	timeline_seek(&p->timeline, slot, page);
	p->moment = timeline_moment(&p->timeline);
}

bool playhead_step(struct playhead *p, long n, enum grain grain)
{
	size_t at = p->timeline.at;
	uint64_t page = p->timeline.page;
	bool moved = timeline_step(&p->timeline, n, grain);

	/* At an end the requested moment remains. */
	if (p->timeline.at != at || p->timeline.page != page)
		p->moment = timeline_moment(&p->timeline);
	return moved;
}

void playhead_append(struct playhead *p, const struct moment *fork)
{
	if (p->fork_begins)
		return;
	p->fork_begins = fork != NULL;
	p->moment = fork ? *fork : the_end;
}

void playhead_reset(struct playhead *p)
{
	p->moment = the_end;
	p->fork_begins = false;
}

void playhead_set_playing(struct playhead *p, bool playing)
{
	p->playing = playing;
}

void playhead_set_speed(struct playhead *p, double speed)
{
	p->speed = speed;
}

void playhead_set_grain(struct playhead *p, enum grain grain)
{
	p->grain = grain;
}
