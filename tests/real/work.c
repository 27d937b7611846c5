/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Something for an allocator or a sanitizer to do: four threads allocate, write and free
 * memory of many sizes, keep a part of it, and wait. Ends with standard input.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS 4
#define ROUNDS 20000

static void *allocate(void *number)
{
	static void *kept[THREADS][ROUNDS];
	uint64_t seed = 88172645463325252u + (uintptr_t)number;

	for (size_t i = 0; i < ROUNDS; i++) {
		size_t size;

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		size = seed % 100 ? seed % 4000 : seed % 1000000;
		kept[(uintptr_t)number][i] = malloc(size);
		if (kept[(uintptr_t)number][i])
			memset(kept[(uintptr_t)number][i], 1, size);
		if (seed >> 60 && i)
			free(kept[(uintptr_t)number][i]), kept[(uintptr_t)number][i] = NULL;
	}
	return NULL;
}

static void *wait_here(void *data)
{
	allocate(data);
	pause();
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	char c;

	for (uintptr_t i = 1; i < THREADS; i++)
		pthread_create(&threads[i], NULL, wait_here, (void *)i);
	allocate(NULL);
	while (read(STDIN_FILENO, &c, 1) == 1)
		;
	_exit(0);
}
