/* A compiler for a configure script that is to be measured: it accepts everything and compiles nothing, in no time.
   It makes the file that a compiler would have made; a "program" of its is a script that succeeds. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int count, char **words)
{
	const char *output = NULL, *source = NULL;
	int compile = 0, preprocess = 0;
	char name[256];

	for (int i = 1; i < count; i++) {
		if (!strcmp(words[i], "-o") && i + 1 < count)
			output = words[++i];
		else if (!strcmp(words[i], "-c"))
			compile = 1;
		else if (!strcmp(words[i], "-E"))
			preprocess = 1;
		else if (!strcmp(words[i], "--version") || !strcmp(words[i], "-v") || !strcmp(words[i], "-V"))
			return puts("stub cc 1.0") == EOF;
		else if (words[i][0] != '-')
			source = words[i];
	}
	if (preprocess)
		return 0;
	if (!output && compile && source) {
		snprintf(name, sizeof name, "%s", source);
		char *dot = strrchr(name, '.');
		if (dot)
			strcpy(dot, ".o");
		output = name;
	}
	if (!output)
		output = "a.out";
	int file = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	if (file < 0 || (!compile && write(file, "#!/bin/true\n", 12) != 12))
		return 1;
	return close(file);
}
