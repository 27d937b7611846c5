#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The walls of the house: the checker is a separate script, so that it can draw them, too.
exec "$(dirname "$0")/../walls.sh"
