/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/keys.h"

#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "language/command.h"
#include "view/grid.h"

/* In the order in which a narrow key bar keeps them. */
const struct key_binding key_bindings[] = {
	{"?", NULL, "help", "show this help",
	 {{'?', ACTION_HELP}, {UI_KEY_F1, ACTION_HELP}}, .typed = true,
	 .also = "F1 too, at any time"},
	{"←→", "Left/Right", "step", "step back, step forward",
	 {{UI_KEY_LEFT, ACTION_BACK}, {UI_KEY_RIGHT, ACTION_STEP}}, .always = false},
	{"Space", NULL, "play", "play, pause", {{' ', ACTION_PLAY}}, .always = false},
	{"[ ]", NULL, "check", "switch the check of the left, the right side: dst or src",
	 {{'[', ACTION_CHECK_LEFT}, {']', ACTION_CHECK_RIGHT},
	  {UI_KEY_F5, ACTION_CHECK_LEFT}, {UI_KEY_F6, ACTION_CHECK_RIGHT}}, .typed = true,
	 .also = "F5, F6 at any time"},
	{"PgUp/Dn", NULL, "VMA", "look at the previous, the next VMA; time stands still",
	 {{UI_KEY_PAGE_UP, ACTION_LOOK_BACK}, {UI_KEY_PAGE_DOWN, ACTION_LOOK_ON}}, .always = true},
	{"!", NULL, "differ", "go to the first step where the sides differ",
	 {{'!', ACTION_DIVERGENCE}}, .typed = true},
	{"'", NULL, NULL, "go to the step that decided what was predicted; again: the next one",
	 {{'\'', ACTION_DECIDED}}, .typed = true},
	{"< >", NULL, "grain", "make steps coarser, finer: vma, table, run, page",
	 {{'<', ACTION_COARSER}, {'>', ACTION_FINER}}, .typed = true},
	{"Z", NULL, "zoom", "show the whole VMA, one PMD table, one PTE table, or the current event",
	 {{'Z', ACTION_ZOOM}}, .always = false},
	{"{ }", NULL, "table", "show the previous, the next table of the VMA",
	 {{'{', ACTION_TABLE_BACK}, {'}', ACTION_TABLE_ON}}, .always = false},
	{"( )", NULL, "by VMA", "step back, step forward by a whole VMA",
	 {{'(', ACTION_VMA_BACK}, {')', ACTION_VMA_STEP}}, .typed = true},
	{"- +", NULL, "speed", "play slower, faster",
	 {{'-', ACTION_SLOWER}, {'+', ACTION_FASTER}, {'=', ACTION_FASTER}}, .always = false},
	{"Home/End", NULL, "ends", "go to the start, the end",
	 {{UI_KEY_HOME, ACTION_START}, {UI_KEY_END, ACTION_END}}, .always = false},
	{"N P", NULL, NULL, "go to the next, the previous step at which a breakpoint holds (help break)",
	 {{'N', ACTION_NEXT}, {'P', ACTION_PREVIOUS}}, .typed = true},
	{"Shift+←→↑↓", "Shift+arrow", NULL, "move the cursor over the cells of the page tables",
	 {{UI_KEY_SHIFT_LEFT, ACTION_CELL_LEFT}, {UI_KEY_SHIFT_RIGHT, ACTION_CELL_RIGHT},
	  {UI_KEY_SHIFT_UP, ACTION_CELL_UP}, {UI_KEY_SHIFT_DOWN, ACTION_CELL_DOWN}}, .always = true},
	{".", NULL, NULL, "move it with the arrows alone, and Enter asks why; again: no longer",
	 {{'.', ACTION_CELLS}}, .always = false},
	{"W", NULL, NULL, "ask why the entry under the cursor is what it is", {{'W', ACTION_WHY}}, .always = false},
	{"|", NULL, NULL, "show the other side, if only one fits",
	 {{'|', ACTION_SIDE}, {UI_KEY_F2, ACTION_SIDE}}, .also = "F2 too"},
	{"H", NULL, NULL, "the next hint for a question or a task", {{'H', ACTION_HINT}}, .typed = true},
	{"S", NULL, NULL, "skip a task: a story then shows its solution; a question too, as Esc does",
	 {{'S', ACTION_SKIP}}, .typed = true},
	{"Esc", NULL, NULL, "close what is open, skip a question, return to the current event",
	 {{27, ACTION_CLOSE}}, .always = false},
	{"Tab", NULL, "complete", "complete the word at the prompt, or list the choices",
	 {{0, ACTION_NONE}}, .always = false},
	{"↑↓", "Up/Down", NULL, "recall earlier commands", {{0, ACTION_NONE}}, .always = false},
	{"F8", NULL, NULL, "change the palette", {{UI_KEY_F8, ACTION_PALETTE}}, .always = true},
	{"F9", NULL, NULL, "turn animation on or off", {{UI_KEY_F9, ACTION_ANIMATION}},
	 .always = true},
	{"Ctrl-C", NULL, NULL, "drop the line, stop playing or a program that was started",
	 {{0, ACTION_NONE}}, .always = false},
	{"Ctrl-Z", NULL, NULL, "suspend", {{0, ACTION_NONE}}, .always = false},
	{"Ctrl-D", NULL, "quit", "quit, like the command quit", {{0, ACTION_NONE}}, .always = false},
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

bool key_typed(char c)
{
	for (size_t i = 0; c && i < key_binding_count; i++)
		for (size_t k = 0; k < ARRAY_SIZE(key_bindings[i].keys); k++)
			if (key_bindings[i].typed && key_bindings[i].keys[k].key == (uint32_t)c)
				return true;
	return false;
}

void keys_typed_help(struct buf *out)
{
	for (size_t i = 0; i < key_binding_count; i++)
		if (key_bindings[i].typed)
			buf_printf(out, "  %-5s %s\n", key_bindings[i].name, key_bindings[i].help);
}

void keys_help(bool utf8, struct buf *out)
{
	for (size_t i = 0; i < key_binding_count; i++) {
		const struct key_binding *binding = &key_bindings[i];
		const char *name = utf8 || !binding->ascii ? binding->name : binding->ascii;

		buf_printf(out, "  %s%*s%s", name, 12 - text_columns(name), "", binding->help);
		if (binding->also)
			buf_printf(out, " (%s)", binding->also);
		buf_putc(out, '\n');
	}
}

/* The key's name as words of .It: signs of one character would be punctuation. */
static void mdoc_name(const char *name, struct buf *out)
{
	for (; *name; name++) {
		bool alone = name[-1] == ' ' && (!name[1] || name[1] == ' ');

		buf_puts(out, alone && !strchr("'-", *name) ? "\\&" : "");
		if (*name == '\'')
			buf_puts(out, "\\(aq");
		else
			mdoc_text((char[]){*name, '\0'}, out);
	}
}

void keys_mdoc(struct buf *out)
{
	for (size_t i = 0; i < key_binding_count; i++) {
		const struct key_binding *binding = &key_bindings[i];
		struct buf name = {0};

		buf_printf(&name, " %s", binding->ascii ? binding->ascii : binding->name);
		buf_puts(out, ".It ");
		mdoc_name(buf_str(&name) + 1, out);
		buf_putc(out, '\n');
		buf_putc(out, (char)toupper((unsigned char)binding->help[0]));
		mdoc_text(binding->help + 1, out);
		if (binding->also)
			buf_printf(out, " (%s)", binding->also);
		buf_puts(out, ".\n");
		buf_deinit(&name);
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
		{"÷", "/", "list of VMAs: a VMA has just been split here; +: VMAs have been joined"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
		const char *sign = utf8 ? signs[i].sign : signs[i].ascii;

		buf_printf(out, "  %s%*s%s\n", sign, 4 - text_columns(sign), "", signs[i].help);
	}
}
