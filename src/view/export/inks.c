/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/export/inks.h"

#include <string.h>

const struct paper paper_dark = {0xD0D0D0, 0x000000};
const struct paper paper_light = {0x000000, 0xFFFFFF};

const struct paper *paper_for(const struct palette *palette)
{
	return strcmp(palette->name, "light") ? &paper_dark : &paper_light;
}

/* xterm's: 16 colors, a cube of 6 x 6 x 6, and a ramp of grays. */
static uint32_t color_rgb(int color)
{
	static const uint32_t first[16] = {
		0x000000, 0xCD0000, 0x00CD00, 0xCDCD00, 0x0000EE, 0xCD00CD, 0x00CDCD, 0xE5E5E5,
		0x7F7F7F, 0xFF0000, 0x00FF00, 0xFFFF00, 0x5C5CFF, 0xFF00FF, 0x00FFFF, 0xFFFFFF,
	};
	static const uint32_t level[6] = {0, 95, 135, 175, 215, 255};
	int cube = color - 16;

	if (color < 16)
		return first[color];
	if (color >= 232)
		return (uint32_t)(8 + 10 * (color - 232)) * 0x010101;
	return level[cube / 36] << 16 | level[cube / 6 % 6] << 8 | level[cube % 6];
}

static uint32_t halfway(uint32_t a, uint32_t b)
{
	return ((a & 0xFEFEFE) >> 1) + ((b & 0xFEFEFE) >> 1);
}

struct inks inks_of(const struct look *look, const struct paper *paper)
{
	struct inks inks = {
		.fg = look->fg < 0 ? paper->fg : color_rgb(look->fg),
		.bg = look->bg < 0 ? paper->bg : color_rgb(look->bg),
		.bold = look->attrs & LOOK_BOLD,
		.underline = look->attrs & LOOK_UNDERLINE,
	};

	if (look->attrs & LOOK_DIM)
		inks.fg = halfway(inks.fg, inks.bg);
	if (look->attrs & LOOK_REVERSE) {
		uint32_t fg = inks.fg;

		inks.fg = inks.bg;
		inks.bg = fg;
	}
	return inks;
}
