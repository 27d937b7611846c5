/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The palettes in the colors of pages: a look of a terminal as red, green and blue. */
#ifndef VIEW_INKS_H
#define VIEW_INKS_H

#include "view/palette.h"

/* The colors of a terminal that a palette leaves alone; 0xRRGGBB. */
struct paper {
	uint32_t fg, bg;
};

extern const struct paper paper_dark, paper_light;

/* The paper that this palette is made for. */
const struct paper *paper_for(const struct palette *palette);

/* What is seen: reverse and dim are in the colors already. */
struct inks {
	uint32_t fg, bg;
	bool bold, underline;
};

struct inks inks_of(const struct look *look, const struct paper *paper);

#endif
