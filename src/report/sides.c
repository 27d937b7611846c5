/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/sides.h"

const char *const side_names[SIDES] = {"left", "right"};
