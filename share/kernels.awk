# SPDX-License-Identifier: GPL-2.0-or-later
#
# Turns the files named on the command line into a C array of { file name, text }:
# what the program knows when it finds no share/ folder. -v array=NAME calls it
# NAMEs, and their number NAME_count.

# Byte by byte: awks do not agree about backslashes in the text of gsub().
function escaped(s,    i, c, out) {
	out = ""
	for (i = 1; i <= length(s); i++) {
		c = substr(s, i, 1)
		if (c == "\t")
			c = "\\t"
		else if (c == "\r")
			c = "\\r"
		else if (c == "\\" || c == "\"" || c == "?") # \?: no trigraphs
			c = "\\" c
		out = out c
	}
	return out
}

BEGIN {
	print "/* Made from files of share/ by share/kernels.awk. */"
	print "#include \"kernels/builtin.h\""
	print ""
	print "const struct builtin_file " array "s[] = {"
}

FNR == 1 {
	if (count++)
		print "\t},"
	name = FILENAME
	sub(/.*\//, "", name)
	printf "\t{ \"%s\",\n", name
}

{
	printf "\t  \"%s\\n\"\n", escaped($0)
}

END {
	if (count)
		print "\t},"
	print "\t{ 0, 0 }"
	print "};"
	print ""
	printf "const size_t %s_count = %d;\n", array, count
}
