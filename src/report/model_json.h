/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the JSON of the model, of the probe and of kernel images: writing and
 * reading addresses, flags, attributes of an entry and the address range of a VMA.
 * Returned values are new references.
 */
#ifndef REPORT_MODEL_JSON_H
#define REPORT_MODEL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/mm.h"

struct json_t;

/* "0x7f00": not every JSON parser has 64-bit numbers. */
struct json_t *json_address(uint64_t address);

/* The names of the bits that are set: of n words, or of VM flags. */
struct json_t *json_words(uint64_t bits, const char *const *words, size_t n);
struct json_t *json_flags(uint64_t flags);

/* The members name, backing, start and end. */
void json_set_place(struct json_t *object, const char *name, enum backing backing, uint64_t start,
		    uint64_t end);

/*
 * Adds to a list that some pages of a VMA have this name: which of the name's pages they
 * are, and where they begin in the VMA.
 */
void json_add_name(struct json_t *names, const char *name, uint64_t first, uint64_t count,
		   uint64_t at);

/* An address of a page; false: not one, and *address is unchanged. */
bool json_read_address(const struct json_t *value, uint64_t *address);

/* The index of the string among n words; -1: it is not one of them, or not a string. */
int json_read_word(const struct json_t *value, const char *const *words, size_t n);

/* A list of words as bits; false: it has an unknown word. Anything else counts as an empty list. */
bool json_read_words(const struct json_t *list, const char *const *words, size_t n,
		     uint64_t *bits);

/* Ignores flags that this version does not know. */
uint64_t json_read_flags(const struct json_t *list);

#endif
