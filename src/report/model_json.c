/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/model_json.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/machine.h"

/* --- writing ---------------------------------------------------------------------- */

json_t *json_address(uint64_t address)
{
	char text[2 + 16 + 1];

	snprintf(text, sizeof(text), "0x%" PRIx64, address);
	return json_string(text);
}

json_t *json_words(uint64_t bits, const char *const *words, size_t n)
{
	json_t *names = json_array();

	for (size_t i = 0; i < n; i++)
		if (bits & UINT64_C(1) << i)
			json_array_append_new(names, json_string(words[i]));
	return names;
}

json_t *json_flags(uint64_t flags)
{
	json_t *names = json_array();

	for (size_t i = 0; i < VM_FLAG_COUNT; i++)
		if (flags & UINT64_C(1) << i)
			json_array_append_new(names, json_string(vm_flags[i].name));
	return names;
}

void json_set_place(json_t *object, const char *name, enum backing backing, uint64_t start,
		    uint64_t end)
{
	json_object_set_new(object, "name", json_string(name));
	json_object_set_new(object, "backing", json_string(backing_names[backing]));
	json_object_set_new(object, "start", json_address(start));
	json_object_set_new(object, "end", json_address(end));
}

void json_add_name(json_t *names, const char *name, uint64_t first, uint64_t count, uint64_t at)
{
	json_t *object = json_object();

	json_object_set_new(object, "name", json_string(name));
	json_object_set_new(object, "first", json_integer((json_int_t)first));
	json_object_set_new(object, "count", json_integer((json_int_t)count));
	json_object_set_new(object, "at", json_integer((json_int_t)at));
	json_array_append_new(names, object);
}

/* --- reading ---------------------------------------------------------------------- */

bool json_read_address(const json_t *value, uint64_t *address)
{
	const char *text = json_string_value(value);
	char *end = NULL;
	uint64_t number;

	errno = 0;
	number = text ? strtoull(text, &end, 16) : 0;
	if (!text || *end || errno || number % page_size(&paging_x86_64))
		return false;
	*address = number;
	return true;
}

int json_read_word(const json_t *value, const char *const *words, size_t n)
{
	const char *word = json_string_value(value);

	for (size_t i = 0; word && i < n; i++)
		if (!strcmp(words[i], word))
			return (int)i;
	return -1;
}

bool json_read_words(const json_t *list, const char *const *words, size_t n, uint64_t *bits)
{
	uint64_t value = 0;
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item) {
		int bit = json_read_word(item, words, n);

		if (bit < 0)
			return false;
		value |= UINT64_C(1) << bit;
	}
	*bits = value;
	return true;
}

uint64_t json_read_flags(const json_t *list)
{
	uint64_t value = 0;
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		for (unsigned flag = 0; flag < VM_FLAG_COUNT; flag++)
			if (json_is_string(item) &&
			    !strcmp(vm_flags[flag].name, json_string_value(item)))
				value |= UINT64_C(1) << flag;
	return value;
}
