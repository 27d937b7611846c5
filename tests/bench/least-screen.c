/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The least that a program with curses does to show a screen: what terminal.c compares the
 * session with. Draws the screen in FILE (rows of text, "---", rows of styles), and ends at a key.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NCURSES_WIDECHAR 1
#include <curses.h>

enum { ROWS = 200, COLS_MOST = 1024 };

static char text[ROWS][COLS_MOST], styles[ROWS][COLS_MOST];

static int read_part(FILE *file, char lines[ROWS][COLS_MOST])
{
	int n = 0;

	for (; n < ROWS && fgets(lines[n], COLS_MOST, file) && strncmp(lines[n], "--- ", 4) != 0; n++)
		lines[n][strcspn(lines[n], "\n")] = '\0';
	return n;
}

int main(int argc, char **argv)
{
	FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;
	int rows;

	setlocale(LC_ALL, "");
	if (!file || !newterm(NULL, stdout, stdin))
		return 2;
	rows = read_part(file, text);
	read_part(file, styles);
	fclose(file);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	start_color();
	use_default_colors();
	for (short i = 1; i < 40; i++)
		init_pair(i, (short)(16 + 5 * i), -1);
	for (int row = 0; row < rows && row < LINES; row++) {
		const char *c = text[row];

		for (int col = 0; *c && col < COLS; col++) {
			wchar_t one[2] = {0};
			int n = mbtowc(one, c, 4);
			char style = styles[row][col];
			cchar_t cell;

			c += n < 1 ? 1 : n;
			if (setcchar(&cell, one, style >= 'A' && style <= 'Z' ? A_BOLD : A_NORMAL,
				     style == '.' ? 0 : (short)(1 + style % 39), NULL) == OK)
				mvadd_wch(row, col, &cell);
		}
	}
	move(rows - 1, 0);
	refresh();
	getch();
	endwin();
	return 0;
}
