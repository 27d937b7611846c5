/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys, once: the key bar, the help and the loop all read this table.
 * Letters are left to the prompt, since every command begins with one.
 */
#ifndef VIEW_KEYS_H
#define VIEW_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* A key is its character, or one of these. */
enum {
	UI_KEY_LEFT = 0x110000,
	UI_KEY_RIGHT,
	UI_KEY_UP,
	UI_KEY_DOWN,
	UI_KEY_PAGE_UP,
	UI_KEY_PAGE_DOWN,
	UI_KEY_HOME,
	UI_KEY_END,
	UI_KEY_SHIFT_LEFT,
	UI_KEY_SHIFT_RIGHT,
	UI_KEY_SHIFT_UP,
	UI_KEY_SHIFT_DOWN,
	UI_KEY_F1,
	UI_KEY_F2,
	UI_KEY_F5,
	UI_KEY_F6,
	UI_KEY_F8,
	UI_KEY_F9,
};

enum action {
	ACTION_NONE, /* listed for its help only */
	ACTION_BACK,
	ACTION_STEP,
	ACTION_VMA_BACK,
	ACTION_VMA_STEP,
	ACTION_START,
	ACTION_END,
	ACTION_PLAY,
	ACTION_NEXT,
	ACTION_PREVIOUS,
	ACTION_DIVERGENCE,
	ACTION_DECIDED,
	ACTION_CHECK_LEFT,
	ACTION_CHECK_RIGHT,
	ACTION_COARSER,
	ACTION_FINER,
	ACTION_SLOWER,
	ACTION_FASTER,
	ACTION_LOOK_BACK,
	ACTION_LOOK_ON,
	ACTION_SIDE,
	ACTION_ZOOM,
	ACTION_TABLE_BACK,
	ACTION_TABLE_ON,
	ACTION_CELL_LEFT,
	ACTION_CELL_RIGHT,
	ACTION_CELL_UP,
	ACTION_CELL_DOWN,
	ACTION_CELLS,
	ACTION_WHY,
	ACTION_CLOSE,
	ACTION_HINT,
	ACTION_SKIP,
	ACTION_HELP,
	ACTION_PALETTE,
	ACTION_ANIMATION,
};

struct key_binding {
	const char *name, *ascii; /* as shown; ascii NULL: the same */
	const char *bar;	  /* short label in the key bar, or NULL */
	const char *help;
	struct {
		uint32_t key;
		enum action action;
	} keys[4];
	bool always; /* also while something is typed at the prompt */
	bool typed;  /* as a line of its own it does the same where there are no keys */
	const char *also; /* other keys for it, or NULL */
};

extern const struct key_binding key_bindings[];
extern const size_t key_binding_count;

/* idle: the prompt is empty. */
enum action key_action(uint32_t key, bool idle);

/* Does this character, as a line of its own, what the key does? */
bool key_typed(char c);

/* Those lines as text. */
void keys_typed_help(struct buf *out);
/* The table as text, for the help; and what the signs on the screen mean. */
void keys_help(bool utf8, struct buf *out);
/* The same as the items of a list in mdoc. */
void keys_mdoc(struct buf *out);
void signs_help(bool utf8, struct buf *out);

#endif
