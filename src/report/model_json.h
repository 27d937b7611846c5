/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the JSON of the model, of the probe and of kernel images has in common:
 * how addresses, flags, an entry's words and a VMA's place are written, and how
 * they are read again. Values that are returned are new references.
 */
#ifndef REPORT_MODEL_JSON_H
#define REPORT_MODEL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/mm.h"

struct json_t;

/* "0x7f00": not every reader of JSON has numbers of 64 bits. */
struct json_t *json_address(uint64_t address);

/* The names of the bits that are set: of n words, or of VM flags. */
struct json_t *json_words(uint64_t bits, const char *const *words, size_t n);
struct json_t *json_flags(uint64_t flags);

/* The members name, backing, start and end. */
void json_set_place(struct json_t *object, const char *name, enum backing backing, uint64_t start,
		    uint64_t end);

/* An address of a page; false: it is none, and *address is untouched. */
bool json_read_address(const struct json_t *value, uint64_t *address);

/* Which of n words it is; -1: none of them, or no string. */
int json_read_word(const struct json_t *value, const char *const *words, size_t n);

/* A list of words as bits; false: one is none of them. What is no list is an empty one. */
bool json_read_words(const struct json_t *list, const char *const *words, size_t n,
		     uint64_t *bits);

/* Flags that this version does not know are passed over. */
uint64_t json_read_flags(const struct json_t *list);

#endif
