/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* errno of the first write that failed (stdio only remembers that one did); 0: none. */
static int failure;

static void note(bool failed)
{
	if (failed && !failure)
		failure = errno;
}

void output_raw(struct buf *text)
{
	note(fwrite(buf_str(text), 1, text->len, stdout) != text->len);
	buf_deinit(text);
}

void output_bytes(const char *text, size_t length)
{
	note(fwrite(text, 1, length, stdout) != length);
}

void output_text(struct buf *text)
{
	struct buf clean = {0};

	utf8_clean(buf_str(text), &clean);
	buf_deinit(text);
	output_raw(&clean);
}

bool output_flush(void)
{
	note(fflush(stdout));
	return !failure;
}

int output_finish(const char *program, int status)
{
	if (output_flush())
		return status;
	if (failure != EPIPE)
		fprintf(stderr, "%s: cannot write: %s\n", program, strerror(failure));
	return EXIT_ERROR;
}

int output_error(const char *program, const struct vf_error *error)
{
	struct buf text = {0}, clean = {0};

	output_flush();
	if (!error->file[0])
		buf_printf(&text, "%s: ", program);
	vf_error_print(error, &text);
	utf8_clean(buf_str(&text), &clean);
	fputs(buf_str(&clean), stderr);
	buf_deinit(&text);
	buf_deinit(&clean);
	return EXIT_ERROR;
}
