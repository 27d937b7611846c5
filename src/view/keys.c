/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/keys.h"

#include "base/alloc.h"
#include "view/grid.h"

/* In the order in which a narrow key bar keeps them. */
const struct key_binding key_bindings[] = {
	{"?", NULL, "help", "show this help (F1 too, at any time)", {{'?', ACTION_HELP}, {UI_KEY_F1, ACTION_HELP}}, false},
	{"←→", "Left/Right", "step", "step back, step forward",
	 {{UI_KEY_LEFT, ACTION_BACK}, {UI_KEY_RIGHT, ACTION_STEP}}, false},
	{"Space", NULL, "play", "play, pause", {{' ', ACTION_PLAY}}, false},
	{"[ ]", NULL, "check", "left, right side: check dst or src (F5, F6 at any time)",
	 {{'[', ACTION_CHECK_LEFT}, {']', ACTION_CHECK_RIGHT},
	  {UI_KEY_F5, ACTION_CHECK_LEFT}, {UI_KEY_F6, ACTION_CHECK_RIGHT}}, false},
	{"PgUp/Dn", NULL, "VMA", "look at the previous, the next VMA; time stands still",
	 {{UI_KEY_PAGE_UP, ACTION_LOOK_BACK}, {UI_KEY_PAGE_DOWN, ACTION_LOOK_ON}}, true},
	{"!", NULL, "differ", "go to the first step where the sides differ",
	 {{'!', ACTION_DIVERGENCE}}, false},
	{"'", NULL, NULL, "go to the step that decided what was predicted; again: the next one",
	 {{'\'', ACTION_DECIDED}}, false},
	{"< >", NULL, "grain", "coarser, finer steps: vma, table, run, page",
	 {{'<', ACTION_COARSER}, {'>', ACTION_FINER}}, false},
	{"Z", NULL, "zoom", "the whole VMA, one PMD table, one PTE table, or the current event",
	 {{'Z', ACTION_ZOOM}}, false},
	{"{ }", NULL, "table", "show the previous, the next table of the VMA",
	 {{'{', ACTION_TABLE_BACK}, {'}', ACTION_TABLE_ON}}, false},
	{"( )", NULL, "by VMA", "step back, step forward by a whole VMA",
	 {{'(', ACTION_VMA_BACK}, {')', ACTION_VMA_STEP}}, false},
	{"- +", NULL, "speed", "play slower, faster",
	 {{'-', ACTION_SLOWER}, {'+', ACTION_FASTER}, {'=', ACTION_FASTER}}, false},
	{"Home/End", NULL, "ends", "go to the start, the end",
	 {{UI_KEY_HOME, ACTION_START}, {UI_KEY_END, ACTION_END}}, false},
	{"N P", NULL, NULL, "go to the next, the previous step at which a breakpoint holds (help break)",
	 {{'N', ACTION_NEXT}, {'P', ACTION_PREVIOUS}}, false},
	{"|", NULL, NULL, "show the other side, if only one fits (F2 too)",
	 {{'|', ACTION_SIDE}, {UI_KEY_F2, ACTION_SIDE}}, false},
	{"Esc", NULL, NULL, "close what is open, skip a question, return to the current event",
	 {{27, ACTION_CLOSE}}, false},
	{"Tab", NULL, "complete", "complete the word at the prompt, or list the choices",
	 {{0, ACTION_NONE}}, false},
	{"↑↓", "Up/Down", NULL, "recall earlier commands", {{0, ACTION_NONE}}, false},
	{"F8", NULL, NULL, "change the palette", {{UI_KEY_F8, ACTION_PALETTE}}, true},
	{"F9", NULL, NULL, "turn animation on or off", {{UI_KEY_F9, ACTION_ANIMATION}}, true},
	{"Ctrl-C", NULL, NULL, "drop the line, stop playing or a program that was started",
	 {{0, ACTION_NONE}}, false},
	{"Ctrl-Z", NULL, NULL, "suspend", {{0, ACTION_NONE}}, false},
	{"Ctrl-D", NULL, "quit", "quit, like the command quit", {{0, ACTION_NONE}}, false},
};
const size_t key_binding_count = ARRAY_SIZE(key_bindings);

enum action key_action(uint32_t key, bool idle)
{
	for (size_t i = 0; key && i < key_binding_count; i++) {
		const struct key_binding *binding = &key_bindings[i];

		for (size_t k = 0; k < ARRAY_SIZE(binding->keys); k++)
			if (binding->keys[k].key == key &&
			    (idle || binding->always || key >= UI_KEY_F1))
				return binding->keys[k].action;
	}
	return ACTION_NONE;
}

void keys_help(bool utf8, struct buf *out)
{
	for (size_t i = 0; i < key_binding_count; i++) {
		const struct key_binding *binding = &key_bindings[i];
		const char *name = utf8 || !binding->ascii ? binding->name : binding->ascii;

		buf_printf(out, "  %s%*s%s\n", name, 12 - text_columns(name), "",
			   binding->help);
	}
}

void signs_help(bool utf8, struct buf *out)
{
	static const struct {
		const char *sign, *ascii, *help;
	} signs[] = {
		{"▸", ">", "changed by this step"},
		{"≠", "!", "the sides, or parent and child, differ here"},
		{"✓", "=", "probe: the model of this side agrees with the running kernel"},
		{"✗", "#", "probe: it differs; the kernel's value follows or is below"},
		{"?", "?", "probe: cannot be observed; before fork: not decided yet"},
		{"┃", "|", "time line: a fork starts; !: the sides first differ"},
		{"●", "O", "time line: now; before it, paused or playing"},
		{"‖", "=", "paused"},
		{"▶", ">", "playing"},
		{"·", "-", "no entry, or no decision yet"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
		const char *sign = utf8 ? signs[i].sign : signs[i].ascii;

		buf_printf(out, "  %s%*s%s\n", sign, 4 - text_columns(sign), "", signs[i].help);
	}
}
