/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Not a kernel's: lines to be shown in tests. */

static int ask(struct mapping *dst, struct mapping *src)
{
	/* the line that the test is about: whose flag? */
	if (dst->protected)
		return 1;

	return src->has_pages;
}

static void copy_entries(struct mapping *dst, struct mapping *src)
{
	for (;;)
		copy_one_entry(dst, src);	/* größer */
}
