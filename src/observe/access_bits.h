/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who marks entries young and dirty: the processor, or the kernel in page faults. */
#ifndef OBSERVE_ACCESS_BITS_H
#define OBSERVE_ACCESS_BITS_H

#include <stdbool.h>

/*
 * Found out once, by a fork: its entries are old, so that reading them costs faults if
 * software has to mark them young. Where that cannot be done, it is the processor.
 */
bool access_bits_by_hardware(void);

#endif
