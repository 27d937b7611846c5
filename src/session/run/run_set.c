/* SPDX-License-Identifier: GPL-2.0-or-later */
/* set palette, set mouse: what the screen is like, kept for later sessions. */
#include "session/session_private.h"

const struct settings *session_settings(const struct session *s)
{
	return &s->settings;
}

void session_set_settings(struct session *s, struct settings settings)
{
	s->settings = settings;
}

/* Changes them, and says so: "palette dark, saved in FILE". */
static bool keep(struct call *call, struct settings settings, const char *name, const char *value)
{
	struct session *s = call->session;
	struct vf_error error;
	struct buf path = {0};

	if (!s->animate) { /* with lines of text: it is kept for a session with a screen */
		vf_error_set(call->error, "there is no viewer to set a %s for", name);
		return call_blame(call, 0);
	}
	s->settings = settings;
	buf_printf(call->out, "%s %s, ", name, value);
	if (settings_keep(&settings, &path, &error))
		buf_printf(call->out, "saved in %s\n", buf_str(&path));
	else
		buf_printf(call->out, "for this session only: %s\n", error.message);
	buf_deinit(&path);
	return true;
}

bool run_set_palette(struct call *call)
{
	struct settings settings = call->session->settings;

	settings.palette = (unsigned)call->command->args.number;
	return keep(call, settings, "palette", vocab_palette.words[settings.palette]);
}

bool run_set_mouse(struct call *call)
{
	struct settings settings = call->session->settings;

	settings.mouse = call->command->args.on;
	return keep(call, settings, "mouse", vocab_on_off.words[settings.mouse]);
}
