// SPDX-License-Identifier: Apache-2.0
/* strerror(3) for the errors of coldinit's system calls; the others are numbers. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ERRORS(E)                                     \
	E(EPERM, "Operation not permitted")           \
	E(ENOENT, "No such file or directory")        \
	E(EIO, "I/O error")                           \
	E(ENXIO, "No such device or address")         \
	E(E2BIG, "Argument list too long")            \
	E(ENOEXEC, "Exec format error")               \
	E(EAGAIN, "Resource temporarily unavailable") \
	E(ENOMEM, "Out of memory")                    \
	E(EACCES, "Permission denied")                \
	E(EBUSY, "Resource busy")                     \
	E(EEXIST, "File exists")                      \
	E(EXDEV, "Cross-device link")                 \
	E(ENODEV, "No such device")                   \
	E(ENOTDIR, "Not a directory")                 \
	E(EISDIR, "Is a directory")                   \
	E(EINVAL, "Invalid argument")                 \
	E(EMFILE, "No file descriptors available")    \
	E(ETXTBSY, "Text file busy")                  \
	E(EFBIG, "File too large")                    \
	E(ENOSPC, "No space left on device")          \
	E(EROFS, "Read-only file system")             \
	E(EPIPE, "Broken pipe")                       \
	E(ENAMETOOLONG, "Filename too long")          \
	E(ENOSYS, "Function not implemented")         \
	E(ENOTEMPTY, "Directory not empty")           \
	E(ELOOP, "Symbolic link loop")                \
	E(ETIME, "Device timeout")                    \
	E(EBADMSG, "Bad message")                     \
	E(EOVERFLOW, "Value too large for data type") \
	E(EMSGSIZE, "Message too large")              \
	E(EOPNOTSUPP, "Not supported")                \
	E(ENOBUFS, "No buffer space available")       \
	E(ECONNREFUSED, "Connection refused")         \
	E(ECONNRESET, "Connection reset by peer")     \
	E(ETIMEDOUT, "Operation timed out")           \
	E(ESTALE, "Stale file handle")                \
	E(EUCLEAN, "Filesystem is damaged")           \
	E(ECANCELED, "Operation canceled")            \
	E(ENOKEY, "Required key not available")       \
	E(EKEYREJECTED, "Key was rejected by service")

#define NUMBER(number, text) number,
#define TEXT(number, text)   text "\0"

static const unsigned char numbers[] = {ERRORS(NUMBER)};
static const char texts[] = ERRORS(TEXT);

char *strerror(int err)
{
	static char other[24];
	const char *text = texts;

	for (size_t i = 0; i < sizeof(numbers); i++, text += strlen(text) + 1)
		if (numbers[i] == err)
			return (char *)text;
	snprintf(other, sizeof(other), "error %d", err);
	return other;
}
