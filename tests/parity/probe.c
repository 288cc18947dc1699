// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe.h"

#define NAME(e)       \
	{             \
		e, #e \
	}

static const struct {
	int number;
	const char *name;
} errors[] = {
	NAME(EPERM),	  NAME(ENOENT),	      NAME(ESRCH),
	NAME(EINTR),	  NAME(EIO),	      NAME(ENXIO),
	NAME(E2BIG),	  NAME(ENOEXEC),      NAME(EBADF),
	NAME(ECHILD),	  NAME(EAGAIN),	      NAME(ENOMEM),
	NAME(EACCES),	  NAME(EFAULT),	      NAME(ENOTBLK),
	NAME(EBUSY),	  NAME(EEXIST),	      NAME(EXDEV),
	NAME(ENODEV),	  NAME(ENOTDIR),      NAME(EISDIR),
	NAME(EINVAL),	  NAME(ENFILE),	      NAME(EMFILE),
	NAME(ENOTTY),	  NAME(ETXTBSY),      NAME(EFBIG),
	NAME(ENOSPC),	  NAME(ESPIPE),	      NAME(EROFS),
	NAME(EMLINK),	  NAME(EPIPE),	      NAME(EDOM),
	NAME(ERANGE),	  NAME(ELOOP),	      NAME(ENOSYS),
	NAME(ENODATA),	  NAME(ENOKEY),	      NAME(EPROTONOSUPPORT),
	NAME(ENOTSUP),	  NAME(EAFNOSUPPORT), NAME(ENETDOWN),
	NAME(ENOTCONN),	  NAME(ENAMETOOLONG), NAME(ESOCKTNOSUPPORT),
	NAME(EPROTOTYPE), NAME(ENOTSOCK),     NAME(EOVERFLOW),
};

const char *outcome(long result)
{
	static char other[32];

	if (result >= 0)
		return "ok";
	for (size_t i = 0; i < COUNT(errors); i++)
		if (errors[i].number == errno)
			return errors[i].name;
	snprintf(other, sizeof(other), "errno %d", errno);
	return other;
}

const char *keyed(const char *format, ...)
{
	static char keys[4][512];
	static unsigned turn;
	char *key = keys[turn++ % COUNT(keys)];
	va_list args;

	va_start(args, format);
	vsnprintf(key, sizeof(keys[0]), format, args);
	va_end(args);
	return key;
}

/* Print each line with one write: other processes may write to the console. */
void fact(const char *key, const char *format, ...)
{
	char value[4096], line[8192];
	va_list args;
	size_t n;

	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	n = (size_t)snprintf(line, sizeof(line) / 2, "parity: %s = ", key);
	for (const char *c = value; *c && n < sizeof(line) - 8; c++)
		n += (size_t)snprintf(line + n, 8,
				      *c >= ' ' && *c != 0x7f && *c != '\\' ? "%c" : "\\x%02x",
				      (unsigned char)*c);
	line[n++] = '\n';
	if (write(STDOUT_FILENO, line, n) != (ssize_t)n)
		exit(90);
}

const char *read_line(const char *path)
{
	static char text[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;

	if (fd < 0)
		return outcome(-1);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n < 0)
		return outcome(-1);
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return text;
}

int main(int argc, char **argv)
{
	const char *name = argc ? strrchr(argv[0], '/') : NULL;

	if (argc && !strcmp(name ? name + 1 : argv[0], "hook"))
		return run_hook(argv);
	show_process(argv);
	show_descriptors();
	show_kernel();
	show_mounts();
	show_files();
	show_devices();
	show_hooks();
	show_syscalls();
	fact("end", "ok");
	return 0;
}
