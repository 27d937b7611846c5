/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mutate SEED FILE FROM TO: writes FILE to standard output, damaged: every third
 * seed cuts it off, the others overwrite some bytes between FROM and TO. The
 * same seed damages in the same way.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t state;

static uint64_t next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

int main(int argc, char **argv)
{
	static unsigned char bytes[1 << 22];
	static const unsigned char nasty[] = {0, 0xff, 0x7f, 0x80, 1};
	FILE *f = argc == 5 ? fopen(argv[2], "rb") : NULL;
	size_t n = f ? fread(bytes, 1, sizeof(bytes), f) : 0;
	uint64_t seed = argc == 5 ? strtoull(argv[1], NULL, 0) : 0;
	size_t from = argc == 5 ? strtoull(argv[3], NULL, 0) : 0;
	size_t to = argc == 5 ? strtoull(argv[4], NULL, 0) : 0;

	if (!n)
		return 2;
	if (to > n || !to)
		to = n;
	if (from >= to)
		from = 0;
	state = (seed + 1) * 0x9e3779b97f4a7c15u;
	next();
	if (seed % 3 == 0)
		n = next() % n;
	else
		for (uint64_t i = 1 + next() % 8; i; i--) {
			uint64_t what = next();

			what = what & 1 ? nasty[(what >> 8) % sizeof(nasty)] : what >> 8;
			bytes[from + next() % (to - from)] = (unsigned char)what;
		}
	return fwrite(bytes, 1, n, stdout) == n ? 0 : 2;
}
