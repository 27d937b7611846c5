/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KERNELS_DECISION_TABLE_PRIVATE_H
#define KERNELS_DECISION_TABLE_PRIVATE_H

#include "kernels/decision_table.h"

/*
 * Finds why fork does not meet the row on kernel k: reasons, no_flags or lacks are set then.
 * The work is charged.
 */
void find_reasons(const struct decision_table *table, struct table_row *row, int k);

#endif
