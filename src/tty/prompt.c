/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tty/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "base/alloc.h"
#include "base/file.h"
#include "tty/sequence.h"

#define HISTORY_LINES 1000

/* readline's hooks take no argument, so their state is here. */
static struct prompt_owner to;
static const char *own_prompt;
static struct buf queue; /* bytes typed and not yet read */
static size_t queue_at;
static FILE *nowhere;
static char *history_path;
static int history_added; /* lines of this session */

/* --- input -------------------------------------------------------------------------- */

static int queue_getc(FILE *stream)
{
	(void)stream;
	/*
	 * readline only asks for more in the middle of a key sequence: the end of input
	 * ends that.
	 */
	return queue_at < queue.len ? (unsigned char)queue.s[queue_at++] : EOF;
}

static int queue_available(void)
{
	return queue_at < queue.len;
}

bool prompt_binds(const char *bytes, size_t length)
{
	int type = ISFUNC;

	if (!is_control_sequence(bytes, length))
		return length > 0;
	return rl_function_of_keyseq_len(bytes, length, NULL, &type) && type != ISKMAP;
}

void prompt_feed(const char *bytes, size_t length)
{
	/*
	 * A command that waits for a character (ESC, Ctrl-]) must not get a part of a
	 * control sequence.
	 */
	if (is_control_sequence(bytes, length) &&
	    !RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH | RL_STATE_NUMERICARG | RL_STATE_VIMOTION))
		rl_callback_sigcleanup();
	buf_add(&queue, bytes, length);
	while (queue_at < queue.len)
		rl_callback_read_char();
	buf_clear(&queue);
	queue_at = 0;
}

static void on_line(char *line)
{
	if (line && *line) {
		HIST_ENTRY *last = history_length
					   ? history_get(history_base + history_length - 1)
					   : NULL;

		if (!last || strcmp(last->line, line)) {
			add_history(line);
			history_added++;
		}
	}
	to.line(to.owner, line);
	free(line);
}

void prompt_cancel(void)
{
	rl_callback_sigcleanup();
	rl_free_line_state();
	rl_replace_line("", 1);
	rl_point = 0;
	rl_clear_message();
}

/* --- output ------------------------------------------------------------------------- */

static void redisplay(void)
{
	/* the loop draws after every key */
}

bool prompt_idle(void)
{
	return rl_end == 0 && !RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH | RL_STATE_MULTIKEY |
					  RL_STATE_NUMERICARG | RL_STATE_METANEXT);
}

const char *prompt_text(void)
{
	bool searches = RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH | RL_STATE_NUMERICARG);

	return searches && rl_display_prompt && *rl_display_prompt ? rl_display_prompt
								   : own_prompt;
}

const char *prompt_line(void)
{
	return rl_line_buffer ? rl_line_buffer : "";
}

size_t prompt_point(void)
{
	return rl_point > 0 ? (size_t)rl_point : 0;
}

/* --- completion --------------------------------------------------------------------- */

static void add_match(char ***matches, size_t *n, size_t *cap, char *match)
{
	GROW(*matches, *n, *cap);
	(*matches)[(*n)++] = match;
}

/* Adds the prefix that readline's word has and the session's lacks. */
static char *with_prefix(const char *prefix, size_t length, const char *match)
{
	char *whole = xmalloc(length + strlen(match) + 1);

	memcpy(whole, prefix, length);
	strcpy(whole + length, match);
	return whole;
}

/* The longest common prefix. */
static char *common_start(char **matches, size_t n)
{
	size_t length = strlen(matches[0]);

	for (size_t i = 1; i < n; i++) {
		size_t same = 0;

		while (same < length && matches[0][same] == matches[i][same])
			same++;
		length = same;
	}
	while (length && length < strlen(matches[0]) &&
	       ((unsigned char)matches[0][length] & 0xC0) == 0x80)
		length--;
	return xstrndup(matches[0], length);
}

static bool is_folder(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* The next path that completes the text. */
static char *next_path(const char *text, enum want_path want, int *state)
{
	const char *colon = want == WANT_IMAGE ? strchr(text, ':') : NULL;
	size_t skip = colon ? (size_t)(colon + 1 - text) : 0;
	char *path, *whole;

	while ((path = rl_filename_completion_function(text + skip, (*state)++)) &&
	       want == WANT_FOLDER && !is_folder(path))
		free(path);
	if (!path || !skip) {
		rl_filename_completion_desired |= path != NULL;
		return path;
	}
	/* After vmlinux: readline does not see a path, so folders are marked here. */
	whole = xmalloc(skip + strlen(path) + 2);
	sprintf(whole, "%.*s%s%s", (int)skip, text, path, is_folder(path) ? "/" : "");
	free(path);
	return whole;
}

/* readline expects an array with the common prefix first. */
static char **complete(const char *text, int start, int end)
{
	size_t from = 0, n = 0, cap = 0;
	enum want_path want = WANT_NO_PATH;
	char **all = NULL, *path;
	char **known = session_complete(to.session(to.owner), rl_line_buffer, (size_t)end, &from,
					&want);
	int state = 0;

	rl_attempted_completion_over = 1;
	rl_completion_append_character = ' ';
	add_match(&all, &n, &cap, NULL);
	for (size_t i = 0; known && known[i]; i++) {
		bool inside = from >= (size_t)start;

		if (inside)
			add_match(&all, &n, &cap,
				  with_prefix(rl_line_buffer + start, from - (size_t)start,
					      known[i]));
		free(known[i]);
	}
	free(known);
	while (want && (path = next_path(text, want, &state)))
		add_match(&all, &n, &cap, path);
	if (n == 1) {
		free(all);
		return NULL;
	}
	add_match(&all, &n, &cap, NULL);
	all[0] = common_start(all + 1, n - 2);
	if (strchr("/:", all[0][0] ? all[0][strlen(all[0]) - 1] : ' ')) /* the path continues */
		rl_completion_append_character = '\0';
	if (n == 3) { /* a single match: readline uses the first element */
		free(all[1]);
		all[1] = NULL;
	}
	return all;
}

static void show_matches(char **matches, int n, int longest)
{
	(void)longest;
	to.matches(to.owner, matches + 1, n > 0 ? (size_t)n : 0);
}

/* --- history ------------------------------------------------------------------------ */

/*
 * Appends, since another session may have written meanwhile. Truncating replaces the
 * file, and a lock on it would stay with the old one; so this locks the folder.
 */
static void write_history_file(void)
{
	char *slash;
	int fd, folder;

	if (!history_path || !history_added)
		return;
	fd = open(history_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	close(fd);
	slash = strrchr(history_path, '/');
	*slash = '\0';
	folder = open(history_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*slash = '/';
	if (folder >= 0)
		flock(folder, LOCK_EX);
	if (!append_history(history_added, history_path))
		history_truncate_file(history_path, HISTORY_LINES);
	if (folder >= 0)
		close(folder);
}

/* --- opening and closing --------------------------------------------------------------- */

/* No command contains control characters, so no key quotes them. */
static void unbind_quoting(Keymap map)
{
	char **keys = rl_invoking_keyseqs_in_map(rl_quoted_insert, map);

	for (size_t i = 0; keys && keys[i]; i++) {
		rl_bind_keyseq_in_map(keys[i], NULL, map);
		free(keys[i]);
	}
	free(keys);
}

void prompt_open(const struct prompt_owner *owner, const char *prompt)
{
	to = *owner;
	own_prompt = prompt;
	nowhere = fopen("/dev/null", "w");
	rl_readline_name = "vmafork-tui";
	rl_outstream = nowhere;
	rl_catch_signals = 0;
	rl_catch_sigwinch = 0;
	rl_change_environment = 0;
	rl_prep_term_function = NULL;
	rl_deprep_term_function = NULL;
	rl_getc_function = queue_getc;
	rl_input_available_hook = queue_available;
	rl_redisplay_function = redisplay;
	rl_attempted_completion_function = complete;
	rl_completion_display_matches_hook = show_matches;
	rl_completion_query_items = 0;
	rl_basic_word_break_characters = " \t";
	rl_completer_word_break_characters = " \t";
	rl_completer_quote_characters = "\"";
	rl_filename_quote_characters = " ";
	rl_initialize(); /* reads the user's inputrc; required settings follow */
	rl_variable_bind("bell-style", "none");
	rl_variable_bind("show-all-if-ambiguous", "on");
	rl_variable_bind("enable-bracketed-paste", "off");
	unbind_quoting(emacs_standard_keymap);
	unbind_quoting(vi_insertion_keymap);
	using_history();
	stifle_history(HISTORY_LINES);
	history_added = 0;
	history_path = state_path("history");
	if (history_path)
		read_history(history_path);
	rl_callback_handler_install("", on_line);
}

void prompt_close(void)
{
	rl_callback_handler_remove();
	write_history_file();
	clear_history();
	free(history_path);
	history_path = NULL;
	buf_deinit(&queue);
	queue_at = 0;
	if (nowhere)
		fclose(nowhere);
	nowhere = NULL;
}
