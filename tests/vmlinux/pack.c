/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pack HOW AS FILE: writes FILE to standard output, packed with gzip, xz, zstd or lz4 (the
 * legacy frame), or not at all (none), as a bare stream (file), as the payload of a bzImage
 * with its size behind it, or of an EFI zboot image.
 */
#include <lz4.h>
#include <lzma.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum { SIZE_MAX_HERE = 64 << 20, BLOCK = 8 << 20, SETUP_SECTORS = 3, PAYLOAD = 300 };

static unsigned char from[SIZE_MAX_HERE], to[SIZE_MAX_HERE];

static void little(unsigned char *at, size_t v)
{
	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)(v >> 8 * i);
}

static size_t pack(const char *how, size_t n)
{
	size_t done = 4;

	if (!strcmp(how, "gzip")) {
		z_stream z = {.next_in = from, .avail_in = (uInt)n, .next_out = to,
			      .avail_out = sizeof(to)};

		deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
		return deflate(&z, Z_FINISH) == Z_STREAM_END ? z.total_out : 0;
	}
	if (!strcmp(how, "xz")) {
		done = 0;
		return lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, NULL, from, n, to, &done,
					       sizeof(to)) == LZMA_OK
			       ? done
			       : 0;
	}
	if (!strcmp(how, "zstd")) {
		ZSTD_CCtx *context = ZSTD_createCCtx();

		ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
		done = ZSTD_compress2(context, to, sizeof(to), from, n);
		return ZSTD_isError(done) ? 0 : done;
	}
	if (!strcmp(how, "none")) {
		memcpy(to, from, n);
		return n;
	}
	little(to, 0x184c2102);
	for (size_t at = 0; at < n; at += BLOCK) {
		int packed = LZ4_compress_default((char *)from + at, (char *)to + done + 4,
						  (int)(n - at < BLOCK ? n - at : BLOCK),
						  (int)(sizeof(to) - done - 4));

		little(to + done, (size_t)packed);
		done += 4 + (size_t)packed;
	}
	return done;
}

int main(int argc, char **argv)
{
	static unsigned char head[(SETUP_SECTORS + 1) * 512 + PAYLOAD], tail[4];
	FILE *f = argc == 4 ? fopen(argv[3], "rb") : NULL;
	size_t n = f ? fread(from, 1, sizeof(from), f) : 0, packed, before = 0, after = 0;

	if (!n)
		return 2;
	packed = pack(argv[1], n);
	if (!packed)
		return 2;
	if (!strcmp(argv[2], "bzimage")) {
		before = sizeof(head);
		after = sizeof(tail);
		little(tail, n);
		head[0x1f1] = SETUP_SECTORS;
		memcpy(head + 0x202, "HdrS\x0f\x02", 6);
		little(head + 0x248, PAYLOAD);
		little(head + 0x24c, packed + after);
	} else if (!strcmp(argv[2], "zboot")) {
		before = 512;
		memcpy(head, "MZ\0\0zimg", 8);
		little(head + 8, before);
		little(head + 12, packed);
		strcpy((char *)head + 24, argv[1]);
	}
	fwrite(head, 1, before, stdout);
	fwrite(to, 1, packed, stdout);
	fwrite(tail, 1, after, stdout);
	return fflush(stdout) != 0;
}
