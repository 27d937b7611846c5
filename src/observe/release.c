/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/release.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "kernels/version.h"

void release_read(struct release *release)
{
	static const char debian[] = "Debian ";
	struct version version;
	struct utsname name;
	const char *found;

	*release = (struct release){"unknown", ""};
	if (uname(&name))
		return;
	snprintf(release->name, sizeof(release->name), "%s", name.release);
	found = strstr(name.version, debian);
	found = found ? found + strlen(debian) : name.release;
	if (!version_scan(found, &version))
		found = name.release;
	snprintf(release->version, sizeof(release->version), "%.*s",
		 (int)version_scan(found, &version), found);
}
