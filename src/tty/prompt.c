/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tty/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <termios.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "base/alloc.h"
#include "base/file.h"
#include "tty/prompt_complete.h"
#include "tty/sequence.h"
#include "tty/signals.h"

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

/* Adds it to the history, but not twice in a row. */
static void remember(const char *line)
{
	HIST_ENTRY *last = history_length ? history_get(history_base + history_length - 1) : NULL;

	if (!*line || (last && !strcmp(last->line, line)))
		return;
	add_history(line);
	history_added++;
}

static void on_line(char *line)
{
	if (line)
		remember(line);
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

static char **complete(const char *text, int start, int end)
{
	return prompt_complete(to.session(to.owner), text, start, end);
}

static void show_matches(char **matches, int n, int longest)
{
	(void)longest;
	to.matches(to.owner, matches + 1, n > 0 ? (size_t)n : 0);
}

/* --- without a screen ----------------------------------------------------------------- */

static struct termios cooked; /* the terminal as it was before */
static bool at_terminal;
static bool gone; /* there is no more input */
static int signal_came;
static volatile sig_atomic_t was_stopped;

static int wait_for_key(FILE *stream)
{
	unsigned char byte;

	(void)stream;
	/* Until readline returns: some of its modes ask again. */
	while (!gone && !signal_came) {
		bool typed = signals_wait(STDIN_FILENO, -1);

		signal_came = signals_next();
		if (was_stopped)
			rl_forced_update_display();
		was_stopped = false;
		if (signal_came || !typed)
			continue;
		if (read(STDIN_FILENO, &byte, 1) == 1)
			return byte;
		gone = true;
	}
	return EOF;
}

void prompt_restore(void)
{
	if (at_terminal)
		tcsetattr(STDIN_FILENO, TCSANOW, &cooked);
}

/* Ctrl-Z: whoever has the terminal meanwhile finds it as it was. */
static void on_stop(int number)
{
	int saved = errno;
	struct termios raw;
	sigset_t set;

	tcgetattr(STDIN_FILENO, &raw);
	prompt_restore();
	signal(number, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, number);
	raise(number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	signal(number, on_stop);
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	was_stopped = true;
	errno = saved;
}

static enum prompt_end read_key_by_key(const char *prompt, char **line, int *number)
{
	void (*before)(int) = signal(SIGTSTP, on_stop);

	if (before == SIG_IGN)
		signal(SIGTSTP, SIG_IGN);
	signal_came = 0;
	rl_resize_terminal();
	*line = readline(prompt);
	signal(SIGTSTP, before);
	if (!*line)
		putchar('\n');
	if (signal_came) {
		free(*line);
		*line = NULL;
		*number = signal_came;
		return PROMPT_SIGNAL;
	}
	if (!*line)
		return gone ? PROMPT_END : PROMPT_CTRL_D;
	remember(*line);
	return PROMPT_LINE;
}

#define LINE_MOST ((size_t)1 << 20) /* bytes: the rest is another line */

/* Of what is not a terminal. */
static enum prompt_end read_bytes(char **line, int *number)
{
	struct buf text = {0};
	char byte = 0;
	ssize_t n = 1;

	while (byte != '\n' && text.len < LINE_MOST) {
		n = read(STDIN_FILENO, &byte, 1);
		if (n < 0 && errno == EINTR && (*number = signals_next()) != 0) {
			buf_deinit(&text);
			return PROMPT_SIGNAL;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if (byte != '\n')
			buf_add(&text, &byte, 1);
	}
	if (n <= 0 && !text.len)
		return PROMPT_END;
	*line = text.len ? buf_take(&text) : xstrdup("");
	return PROMPT_LINE;
}

enum prompt_end prompt_read(const char *prompt, char **line, int *number)
{
	*line = NULL;
	*number = 0;
	return at_terminal ? read_key_by_key(prompt, line, number) : read_bytes(line, number);
}

/* Lists the matches, and goes on with the line. */
static void list_matches(char **matches, int n, int longest)
{
	(void)longest;
	putchar('\n');
	to.matches(to.owner, matches + 1, n > 0 ? (size_t)n : 0);
	rl_on_new_line();
	rl_forced_update_display();
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

/*
 * No command contains control characters, so no key quotes them. readline could list the keys, but
 * writes each of them as a text: a tenth of what the program does before it draws.
 */
static void unbind_quoting(Keymap map)
{
	for (int key = 0; key < KEYMAP_SIZE; key++) {
		if (map[key].type == ISKMAP && map[key].function)
			unbind_quoting((Keymap)map[key].function);
		else if (map[key].type == ISFUNC && map[key].function == rl_quoted_insert)
			map[key].function = NULL;
	}
}

/* As readline looks for it; the caller frees it. */
static char *start_up_file(void)
{
	const char *named = getenv("INPUTRC"), *home = getenv("HOME");
	struct buf path = {0};

	if (named && *named)
		return xstrdup(named);
	buf_printf(&path, "%s/.inputrc", home ? home : "");
	if (!access(buf_str(&path), R_OK))
		return buf_take(&path);
	buf_deinit(&path);
	return xstrdup("/etc/inputrc");
}

/* Some files make readline crash: this one is to be named then. */
static void read_start_up_file(void)
{
	char *path = start_up_file();
	struct buf words = {0};

	buf_printf(&words, "vmafork-tui: readline crashed when it read its start-up file %s\n"
			   "    INPUTRC=/dev/null vmafork-tui does without that file\n", path);
	signals_set_crash_words(buf_str(&words));
	rl_initialize();
	signals_set_crash_words(NULL);
	buf_deinit(&words);
	free(path);
}

/* What a prompt needs, with a screen or without. */
static void prepare(const struct prompt_owner *owner)
{
	to = *owner;
	rl_readline_name = "vmafork-tui";
	rl_catch_signals = 0;
	rl_catch_sigwinch = 0;
	rl_change_environment = 0;
	rl_attempted_completion_function = complete;
	rl_completion_display_matches_hook = show_matches;
	rl_completion_query_items = 0;
	rl_basic_word_break_characters = " \t";
	rl_completer_word_break_characters = " \t";
	rl_completer_quote_characters = "\"";
	rl_filename_quote_characters = " ";
	read_start_up_file(); /* required settings follow */
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
}

void prompt_open(const struct prompt_owner *owner, const char *prompt)
{
	own_prompt = prompt;
	nowhere = fopen("/dev/null", "w");
	rl_outstream = nowhere;
	rl_prep_term_function = NULL;
	rl_deprep_term_function = NULL;
	rl_getc_function = queue_getc;
	rl_input_available_hook = queue_available;
	rl_redisplay_function = redisplay;
	prepare(owner);
	rl_callback_handler_install("", on_line);
}

void prompt_open_plain(const struct prompt_owner *owner)
{
	at_terminal = isatty(STDIN_FILENO) && !tcgetattr(STDIN_FILENO, &cooked);
	gone = false;
	if (!at_terminal)
		return;
	rl_terminal_name = "dumb"; /* lines, whatever the terminal can do */
	rl_getc_function = wait_for_key;
	prepare(owner);
	rl_completion_display_matches_hook = list_matches;
}

void prompt_close(void)
{
	if (!at_terminal) /* not without a screen */
		rl_callback_handler_remove();
	at_terminal = false;
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
