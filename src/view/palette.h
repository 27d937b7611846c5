/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A style is what a cell means; a palette is how that looks. Every color has a letter or
 * a symbol with the same meaning.
 */
#ifndef VIEW_PALETTE_H
#define VIEW_PALETTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Name, and the letter for it where styles are written as text. */
#define STYLE_LIST(F)                                                          \
	F(NORMAL, '.')                                                         \
	F(DIM, ',')                                                            \
	F(LABEL, 'l')	 /* names of the values beside them */                \
	F(TITLE, 'T')	 /* the bar at the top */                              \
	F(LEFT, 'L')	 /* headers of the two sides */                        \
	F(RIGHT, 'R')                                                          \
	F(BORDER, 'b')                                                         \
	F(CURRENT, 'c')	 /* the function that is running */                    \
	F(ACTIVE, 'a')	 /* the row of this step */                 \
	F(COPY, 'C')	 /* decisions */                                       \
	F(SKIP, 'S')                                                           \
	F(LEFT_OUT, 'O') /* DONTCOPY, WIPEONFORK */                            \
	F(YES, 'y')	 /* a clause that is true */                           \
	F(NO, 'n')                                                             \
	F(WATCHED, 'w')	 /* a flag that the decision looks for, and is set */  \
	F(LOST, 'x')	 /* a flag that the child lacks */               \
	F(PRESENT, 'P')	 /* entries */                                         \
	F(ZERO, 'Z')                                                           \
	F(SWAP, 's')	 /* swap, migration, device entries */                 \
	F(MARKER, 'M')                                                         \
	F(HUGE, 'H')                                                           \
	F(BAD, 'B')	 /* hwpoison */                                        \
	F(NONE, '-')                                                           \
	F(WRITABLE, 'W') /* present, and may be written */                     \
	F(UFFD, 'U')	 /* present, with the uffd-wp bit */                   \
	F(OWN, 'o')	 /* a page that was copied */                          \
	F(SLOT, 't')	 /* a slot that points to a table */                   \
	F(PATH, 'p')	 /* the one that leads to what is shown */             \
	F(NEW, 'N')	 /* a table that this step allocates */                \
	F(MOVING, 'm')	 /* what travels from parent to child */               \
	F(POINTED, '@')	 /* the cell under the cursor */                       \
	F(DIFFERS, '!')	 /* where the sides differ */                          \
	F(AGREES, 'v')	 /* the running kernel against the model */            \
	F(DISAGREES, 'X')                                                      \
	F(UNSEEN, '?')                                                         \
	F(DONE, '=')	 /* the timeline's past and future */                  \
	F(TODO, '_')                                                           \
	F(KEY, 'k')	 /* the key bar */                                     \
	F(KEY_LABEL, 'K')                                                      \
	F(SAY, 'i')	 /* narration */                                       \
	F(QUESTION, 'q')                                                       \
	F(ERROR, 'E')                                                          \
	F(PROMPT, '>')

enum style {
#define F(name, letter) STYLE_##name,
	STYLE_LIST(F)
#undef F
	STYLES
};

extern const char style_letters[STYLES];

enum { LOOK_BOLD = 1, LOOK_DIM = 2, LOOK_REVERSE = 4, LOOK_UNDERLINE = 8 };

struct look {
	int16_t fg, bg; /* terminal colors; -1: the terminal's own */
	uint8_t attrs;
};

struct palette {
	const char *name, *what;
	int colors; /* that the terminal must have */
	struct look looks[STYLES];
};

extern const struct palette palettes[];
extern const size_t palette_count;

/* NULL: there is no palette of that name. */
const struct palette *palette_find(const char *name);

/* The first palette that a terminal with that many colors can show; 0: monochrome. */
const struct palette *palette_for(int colors);

#endif
