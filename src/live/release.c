/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/release.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

/* The length of a version at s: digits and dots, perhaps -rcN or ~rcN; 0: none. */
static size_t version_length(const char *s)
{
	size_t n = strspn(s, "0123456789."), digits;

	if (!isdigit((unsigned char)*s) || !strchr(s, '.'))
		return 0;
	if ((s[n] == '-' || s[n] == '~') && !strncmp(s + n + 1, "rc", 2)) {
		digits = strspn(s + n + 3, "0123456789");
		if (digits)
			n += 3 + digits;
	}
	return n;
}

void release_read(struct release *release)
{
	static const char debian[] = "Debian ";
	struct utsname name;
	const char *found;

	*release = (struct release){"unknown", ""};
	if (uname(&name))
		return;
	snprintf(release->name, sizeof(release->name), "%s", name.release);
	found = strstr(name.version, debian);
	found = found ? found + strlen(debian) : name.release;
	if (!version_length(found))
		found = name.release;
	snprintf(release->version, sizeof(release->version), "%.*s", (int)version_length(found), found);
}
