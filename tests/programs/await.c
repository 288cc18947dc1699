// SPDX-License-Identifier: Apache-2.0
/* await PATH TEXT [PATH TEXT]...: wait until the first line of each file is its text. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#define WAIT_MS 20000

static int await(const char *path, const char *text)
{
	struct timespec pause = {.tv_nsec = 10000000};
	char line[64] = "";
	FILE *file;

	printf("await: %s\n", path);
	fflush(stdout);
	for (int ms = 0; ms < WAIT_MS; ms += 10) {
		file = fopen(path, "re");
		if (file && fgets(line, sizeof(line), file))
			line[strcspn(line, "\n")] = '\0';
		if (file)
			fclose(file);
		if (!strcmp(line, text))
			return 0;
		nanosleep(&pause, NULL);
	}
	printf("await: %s is \"%s\" after %d ms\n", path, line, WAIT_MS);
	return 1;
}

int main(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i += 2)
		if (await(argv[i], argv[i + 1]))
			return 1;
	return 0;
}
