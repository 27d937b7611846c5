/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tests/oom/oom.c has to find: a program that does not look at what malloc() returns. */
#include <stdlib.h>
#include <string.h>

int main(void)
{
	for (int i = 0; i < 100; i++)
		free(strcpy(malloc(16), "careless"));
	return 0;
}
