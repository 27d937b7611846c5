/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tty/prompt_complete.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <readline/readline.h>

#include "base/alloc.h"

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

/*
 * The part of a match behind a quote that readline's word begins after: it adds the last quote itself.
 * NULL: there is none.
 */
static char *inside_quotes(const char *match, size_t skip)
{
	size_t length = strlen(match);

	if (length > skip && match[length - 1] == '"')
		length--;
	return length > skip ? xstrndup(match + skip, length - skip) : NULL;
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

char **prompt_complete(const struct session *session, const char *text, int start, int end)
{
	size_t from = 0, n = 0, cap = 0;
	enum want_path want = WANT_NO_PATH;
	char **all = NULL, *path;
	char **known = session_complete(session, rl_line_buffer, (size_t)end, &from, &want);
	int state = 0;

	rl_attempted_completion_over = 1;
	rl_completion_append_character = ' ';
	add_match(&all, &n, &cap, NULL);
	for (size_t i = 0; known && known[i]; i++) {
		char *match = from < (size_t)start
				      ? inside_quotes(known[i], (size_t)start - from)
				      : with_prefix(rl_line_buffer + start, from - (size_t)start, known[i]);

		if (match)
			add_match(&all, &n, &cap, match);
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
