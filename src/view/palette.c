/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/palette.h"

#include <string.h>

const char style_letters[STYLES] = {
#define F(name, letter) [STYLE_##name] = letter,
	STYLE_LIST(F)
#undef F
};

enum { B = LOOK_BOLD, D = LOOK_DIM, V = LOOK_REVERSE, U = LOOK_UNDERLINE };

/*
 * Blue against orange, never red against green: distinct with every common kind of color
 * blindness. The colors are mid-tones, readable on black and on white. (After Okabe and
 * Ito, "Color Universal Design".)
 */
#define SAFE_LOOKS(blue, sky, orange, gold, purple, gray)                      \
	{                                                                      \
		[STYLE_NORMAL] = {-1, -1, 0},                                  \
		[STYLE_DIM] = {gray, -1, 0},                                   \
		[STYLE_LABEL] = {gray, -1, 0},                                 \
		[STYLE_TITLE] = {-1, -1, V},                                   \
		[STYLE_LEFT] = {blue, -1, V | B},                              \
		[STYLE_RIGHT] = {orange, -1, V | B},                           \
		[STYLE_BORDER] = {gray, -1, 0},                                \
		[STYLE_CURRENT] = {-1, -1, B | V},                             \
		[STYLE_ACTIVE] = {-1, -1, B},                                  \
		[STYLE_COPY] = {orange, -1, B},                                \
		[STYLE_SKIP] = {blue, -1, B},                                  \
		[STYLE_LEFT_OUT] = {purple, -1, B},                            \
		[STYLE_YES] = {orange, -1, B},                                 \
		[STYLE_NO] = {gray, -1, 0},                                    \
		[STYLE_WATCHED] = {gold, -1, B},                               \
		[STYLE_LOST] = {purple, -1, 0},                                \
		[STYLE_PRESENT] = {sky, -1, 0},                                \
		[STYLE_ZERO] = {gold, -1, 0},                                  \
		[STYLE_SWAP] = {purple, -1, 0},                                \
		[STYLE_MARKER] = {purple, -1, B},                              \
		[STYLE_HUGE] = {sky, -1, B},                                   \
		[STYLE_BAD] = {orange, -1, B | U},                             \
		[STYLE_NONE] = {gray, -1, 0},                                  \
		[STYLE_WRITABLE] = {sky, -1, B},                               \
		[STYLE_UFFD] = {gold, -1, 0},                                  \
		[STYLE_OWN] = {orange, -1, B},                                 \
		[STYLE_SLOT] = {gray, -1, 0},                                  \
		[STYLE_PATH] = {blue, -1, B},                                  \
		[STYLE_NEW] = {gold, -1, B | V},                               \
		[STYLE_MOVING] = {gold, -1, B},                                \
		[STYLE_POINTED] = {-1, -1, B | V},                             \
		[STYLE_DIFFERS] = {orange, -1, B | V},                         \
		[STYLE_AGREES] = {blue, -1, B},                                \
		[STYLE_DISAGREES] = {orange, -1, B | V},                       \
		[STYLE_UNSEEN] = {gray, -1, 0},                                \
		[STYLE_DONE] = {blue, -1, B},                                  \
		[STYLE_TODO] = {gray, -1, 0},                                  \
		[STYLE_KEY] = {-1, -1, B},                                     \
		[STYLE_KEY_LABEL] = {gray, -1, 0},                             \
		[STYLE_SAY] = {-1, -1, B},                                     \
		[STYLE_QUESTION] = {gold, -1, B},                              \
		[STYLE_ERROR] = {orange, -1, B},                               \
		[STYLE_PROMPT] = {blue, -1, B},                                \
	}

/*
 * For a classroom: white on black, everything bold, and a few colors that are far apart.
 * What differs or moves is black on a bright ground.
 */
enum { BLACK = 16, WHITE = 231, YELLOW = 226, CYAN = 51, AMBER = 214, PINK = 219 };

#define PROJECTOR_LOOKS                                                        \
	{                                                                      \
		[STYLE_NORMAL] = {WHITE, BLACK, B},                            \
		[STYLE_DIM] = {WHITE, BLACK, 0},                               \
		[STYLE_LABEL] = {WHITE, BLACK, 0},                             \
		[STYLE_TITLE] = {BLACK, WHITE, B},                             \
		[STYLE_LEFT] = {BLACK, CYAN, B},                               \
		[STYLE_RIGHT] = {BLACK, AMBER, B},                             \
		[STYLE_BORDER] = {WHITE, BLACK, 0},                            \
		[STYLE_CURRENT] = {BLACK, YELLOW, B},                          \
		[STYLE_ACTIVE] = {YELLOW, BLACK, B},                           \
		[STYLE_COPY] = {BLACK, AMBER, B},                              \
		[STYLE_SKIP] = {BLACK, CYAN, B},                               \
		[STYLE_LEFT_OUT] = {BLACK, PINK, B},                           \
		[STYLE_YES] = {BLACK, AMBER, B},                               \
		[STYLE_NO] = {WHITE, BLACK, 0},                                \
		[STYLE_WATCHED] = {YELLOW, BLACK, B},                          \
		[STYLE_LOST] = {PINK, BLACK, B},                               \
		[STYLE_PRESENT] = {CYAN, BLACK, 0},                            \
		[STYLE_ZERO] = {YELLOW, BLACK, 0},                             \
		[STYLE_SWAP] = {PINK, BLACK, 0},                               \
		[STYLE_MARKER] = {PINK, BLACK, B},                             \
		[STYLE_HUGE] = {CYAN, BLACK, B},                               \
		[STYLE_BAD] = {AMBER, BLACK, B | U},                           \
		[STYLE_NONE] = {WHITE, BLACK, 0},                              \
		[STYLE_WRITABLE] = {BLACK, CYAN, B},                           \
		[STYLE_UFFD] = {YELLOW, BLACK, B},                             \
		[STYLE_OWN] = {BLACK, AMBER, B},                               \
		[STYLE_SLOT] = {WHITE, BLACK, 0},                              \
		[STYLE_PATH] = {YELLOW, BLACK, B},                             \
		[STYLE_NEW] = {BLACK, YELLOW, B},                              \
		[STYLE_MOVING] = {BLACK, YELLOW, B},                           \
		[STYLE_POINTED] = {BLACK, WHITE, B},                           \
		[STYLE_DIFFERS] = {BLACK, AMBER, B},                           \
		[STYLE_AGREES] = {CYAN, BLACK, B},                             \
		[STYLE_DISAGREES] = {BLACK, AMBER, B},                         \
		[STYLE_UNSEEN] = {WHITE, BLACK, 0},                            \
		[STYLE_DONE] = {CYAN, BLACK, B},                               \
		[STYLE_TODO] = {WHITE, BLACK, 0},                              \
		[STYLE_KEY] = {BLACK, WHITE, B},                               \
		[STYLE_KEY_LABEL] = {WHITE, BLACK, 0},                         \
		[STYLE_SAY] = {WHITE, BLACK, B},                               \
		[STYLE_QUESTION] = {YELLOW, BLACK, B},                         \
		[STYLE_ERROR] = {BLACK, AMBER, B},                             \
		[STYLE_PROMPT] = {CYAN, BLACK, B},                             \
	}

#define MONO_LOOKS                                                             \
	{                                                                      \
		[STYLE_NORMAL] = {-1, -1, 0},                                  \
		[STYLE_DIM] = {-1, -1, D},                                     \
		[STYLE_LABEL] = {-1, -1, 0},                                   \
		[STYLE_TITLE] = {-1, -1, V},                                   \
		[STYLE_LEFT] = {-1, -1, V | B},                                \
		[STYLE_RIGHT] = {-1, -1, V | B},                               \
		[STYLE_BORDER] = {-1, -1, 0},                                  \
		[STYLE_CURRENT] = {-1, -1, B | V},                             \
		[STYLE_ACTIVE] = {-1, -1, B},                                  \
		[STYLE_COPY] = {-1, -1, B | U},                                \
		[STYLE_SKIP] = {-1, -1, B},                                    \
		[STYLE_LEFT_OUT] = {-1, -1, B},                                \
		[STYLE_YES] = {-1, -1, B | U},                                 \
		[STYLE_NO] = {-1, -1, 0},                                      \
		[STYLE_WATCHED] = {-1, -1, B | U},                             \
		[STYLE_LOST] = {-1, -1, 0},                                    \
		[STYLE_PRESENT] = {-1, -1, 0},                                 \
		[STYLE_ZERO] = {-1, -1, 0},                                    \
		[STYLE_SWAP] = {-1, -1, 0},                                    \
		[STYLE_MARKER] = {-1, -1, U},                                  \
		[STYLE_HUGE] = {-1, -1, 0},                                    \
		[STYLE_BAD] = {-1, -1, U},                                     \
		[STYLE_NONE] = {-1, -1, D},                                    \
		[STYLE_WRITABLE] = {-1, -1, B},                                \
		[STYLE_UFFD] = {-1, -1, U},                                    \
		[STYLE_OWN] = {-1, -1, B | U},                                 \
		[STYLE_SLOT] = {-1, -1, 0},                                    \
		[STYLE_PATH] = {-1, -1, B},                                    \
		[STYLE_NEW] = {-1, -1, B | V},                                 \
		[STYLE_MOVING] = {-1, -1, B},                                  \
		[STYLE_POINTED] = {-1, -1, B | V | U},                         \
		[STYLE_DIFFERS] = {-1, -1, V},                                 \
		[STYLE_AGREES] = {-1, -1, 0},                                  \
		[STYLE_DISAGREES] = {-1, -1, B | V},                           \
		[STYLE_UNSEEN] = {-1, -1, D},                                  \
		[STYLE_DONE] = {-1, -1, B},                                    \
		[STYLE_TODO] = {-1, -1, 0},                                    \
		[STYLE_KEY] = {-1, -1, B},                                     \
		[STYLE_KEY_LABEL] = {-1, -1, 0},                               \
		[STYLE_SAY] = {-1, -1, 0},                                     \
		[STYLE_QUESTION] = {-1, -1, B},                                \
		[STYLE_ERROR] = {-1, -1, B},                                   \
		[STYLE_PROMPT] = {-1, -1, B},                                  \
	}

const struct palette palettes[] = {
	{"safe", "blue and orange, safe for color-blind eyes (256 colors)", 256,
	 SAFE_LOOKS(33, 38, 172, 178, 170, 245)},
	{"dark", "bright colors for a dark background (256 colors)", 256,
	 SAFE_LOOKS(75, 117, 215, 221, 183, 248)},
	{"light", "dark colors for a light background (256 colors)", 256,
	 SAFE_LOOKS(25, 24, 130, 94, 90, 240)},
	{"projector", "for a classroom: few colors, far apart, on black (256 colors)", 256,
	 PROJECTOR_LOOKS},
	{"ansi", "the terminal's own eight colors", 8, SAFE_LOOKS(4, 6, 3, 3, 5, -1)},
	{"mono", "no colors: bold, reverse and underline", 0, MONO_LOOKS},
};
const size_t palette_count = sizeof(palettes) / sizeof(palettes[0]);

const struct palette *palette_find(const char *name)
{
	for (size_t i = 0; i < palette_count; i++)
		if (!strcmp(palettes[i].name, name))
			return &palettes[i];
	return NULL;
}

const struct palette *palette_for(int colors)
{
	for (size_t i = 0; i + 1 < palette_count; i++)
		if (colors >= palettes[i].colors)
			return &palettes[i];
	return &palettes[palette_count - 1];
}
