/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a load of untouched anonymous memory map the page of zeroes? */
#ifndef OBSERVE_ZERO_PAGE_H
#define OBSERVE_ZERO_PAGE_H

#include <stdbool.h>

/*
 * Tried with one page, once a process. Not so on kernels for some virtual machines, and where
 * mm_forbids_zeropage(): the load takes a page of its own. True, too, where pagemap cannot be read.
 */
bool has_zero_page(void);

#endif
