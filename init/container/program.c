// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/container/elf_private.h"
#include "init/container/program.h"
#include "init/lib/fd.h"
#include "init/lib/str.h"

#define HEAD_SIZE   256 /* BINPRM_BUF_SIZE: what the kernel reads of a file first */
#define DEPTH_MAX   5	/* of interpreters that are scripts, in the kernel's exec_binprm() */
#define NAME_SHOWN  200 /* bytes of a name in a message */
#define QUOTED_SIZE (4 * NAME_SHOWN + 1)

/* struct quoted - a text of a file, in which other bytes than printable ones are visible */
struct quoted {
	char s[QUOTED_SIZE];
};

static struct quoted program_quote(const char *s, size_t len)
{
	struct quoted out;
	size_t n = 0;

	for (size_t i = 0; i < len && i < NAME_SHOWN; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '\r')
			n += (size_t)snprintf(out.s + n, sizeof(out.s) - n, "\\r");
		else if (c < 0x20 || c > 0x7e)
			n += (size_t)snprintf(out.s + n, sizeof(out.s) - n, "\\x%02x", c);
		else
			out.s[n++] = (char)c;
	}
	out.s[n] = '\0';
	return out;
}

/* --- what keeps a file from being reached or opened ---------------------------------------- */

/* The first part of a path that cannot be passed, for a path whose stat(2) has failed with @err. */
static void program_add_path(const char *path, int err, char text[PROGRAM_DEFECT_SIZE])
{
	char part[PATH_MAX], target[PATH_MAX];
	size_t len = 0;
	struct stat st;

	if (str_copy(part, sizeof(part), path))
		return;
	for (;;) {
		len += strspn(path + len, "/");
		len += strcspn(path + len, "/");
		part[len] = '\0';
		if (stat(part, &st) || !S_ISDIR(st.st_mode))
			break;
		if (err == -EACCES && syscall(SYS_faccessat2, AT_FDCWD, part, X_OK, AT_EACCESS))
			break;
		if (!path[len])
			break;
		part[len] = '/';
	}
	struct quoted name = program_quote(part, len);

	if (fd_readlink(AT_FDCWD, part, target, sizeof(target)) > 0 && stat(part, &st))
		str_append(text, PROGRAM_DEFECT_SIZE, "is missing: \"%s\" is a link to \"%s\"",
			   name.s, program_quote(target, strlen(target)).s);
	else if (!path[len] && stat(part, &st))
		str_append(text, PROGRAM_DEFECT_SIZE, "is missing");
	else if (stat(part, &st))
		str_append(text, PROGRAM_DEFECT_SIZE, "is missing: there is no \"%s\"", name.s);
	else if (!S_ISDIR(st.st_mode))
		str_append(text, PROGRAM_DEFECT_SIZE, "is missing: \"%s\" is no directory", name.s);
	else
		str_append(text, PROGRAM_DEFECT_SIZE,
			   "cannot be reached: user %u:%u may not enter \"%s\" (mode %04o)",
			   (unsigned)geteuid(), (unsigned)getegid(), name.s, st.st_mode & 07777U);
}

/* Why access(2) refuses to execute it. */
static void program_add_access(const char *file, const struct stat *st,
			       char text[PROGRAM_DEFECT_SIZE])
{
	unsigned mode = st->st_mode & 07777U;
	struct statfs fs;

	if (S_ISDIR(st->st_mode))
		str_append(text, PROGRAM_DEFECT_SIZE, "is a directory");
	else if (!S_ISREG(st->st_mode))
		str_append(text, PROGRAM_DEFECT_SIZE, "is no regular file");
	else if (!(mode & 0111U))
		str_append(text, PROGRAM_DEFECT_SIZE, "has no x in its mode (%04o)", mode);
	else if (!statfs(file, &fs) && fs.f_flags & ST_NOEXEC)
		str_append(text, PROGRAM_DEFECT_SIZE, "is on a file system that is mounted noexec");
	else
		str_append(text, PROGRAM_DEFECT_SIZE,
			   "may not be executed by user %u:%u (its mode is %04o, its owner %u:%u)",
			   (unsigned)geteuid(), (unsigned)getegid(), mode, st->st_uid, st->st_gid);
}

/* Return: whether a file may be executed; if not, with the text of the defect. */
static bool program_is_executable(const char *file, struct stat *st, char text[PROGRAM_DEFECT_SIZE])
{
	if (stat(file, st)) {
		program_add_path(file, -errno, text);
		return false;
	}
	if (!S_ISREG(st->st_mode) || syscall(SYS_faccessat2, AT_FDCWD, file, X_OK, AT_EACCESS)) {
		program_add_access(file, st, text);
		return false;
	}
	return true;
}

/* --- what the file contains ---------------------------------------------------------------- */

/* Files that begin in a known way, but are no programs of Linux */
static void program_add_unknown(const char *head, size_t n, char text[PROGRAM_DEFECT_SIZE])
{
	static const struct {
		const char *magic, *what;
	} known[] = {
		{"\xef\xbb\xbf#!", "it has a byte order mark before \"#!\""},
		{"MZ", "it is a program for Windows"},
		{"\xcf\xfa\xed\xfe", "it is a program for macOS"},
		{"\177ELF", "it is cut behind the first bytes of an ELF header"},
	};
	size_t shown = n < 16 ? n : 16;

	if (!n) {
		str_append(text, PROGRAM_DEFECT_SIZE, "is empty");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (n >= strlen(known[i].magic) &&
		    !memcmp(head, known[i].magic, strlen(known[i].magic))) {
			str_append(text, PROGRAM_DEFECT_SIZE, "is no program of Linux: %s",
				   known[i].what);
			return;
		}
	str_append(
		text, PROGRAM_DEFECT_SIZE,
		"begins neither with \"#!\" nor with ELF, but with \"%s\" (the first line of a script names its interpreter, such as #!/bin/sh)",
		program_quote(head, shown).s);
}

/*
 * Find the interpreter of a script, as the kernel does (load_script()).
 * @interpreter: gets its path, "" with the text of the defect
 */
static void program_script(const char *head, size_t n, char interpreter[PATH_MAX],
			   char text[PROGRAM_DEFECT_SIZE])
{
	const char *end = memchr(head, '\n', n), *name = head + 2;
	size_t len;

	end = end ? end : head + n;
	while (name < end && (*name == ' ' || *name == '\t'))
		name++;
	for (len = 0; name + len < end && name[len] && name[len] != ' ' && name[len] != '\t';)
		len++;
	if (!len)
		str_append(text, PROGRAM_DEFECT_SIZE, "names no interpreter behind \"#!\"");
	else if (name + len == head + HEAD_SIZE)
		str_append(text, PROGRAM_DEFECT_SIZE,
			   "has a first line whose interpreter is longer than %d bytes", HEAD_SIZE);
	len = *text ? 0 : len;
	memcpy(interpreter, name, len);
	interpreter[len] = '\0';
}

/*
 * struct program_file - one of the files that a program consists of
 * @next: path of the file that it needs, "" if it needs none
 * @script: it is a script: @next is its interpreter, else its loader
 * @cut: the kernel starts it, although a part of it is missing
 */
struct program_file {
	char next[PATH_MAX];
	bool script, cut;
};

static bool program_ends_in_return(const char *name)
{
	size_t n = strlen(name);

	return n && name[n - 1] == '\r';
}

/* Describe the way to the file that a program needs, for the case that this has a defect. */
static noinline void program_add_next(const struct program_file *f, char text[PROGRAM_DEFECT_SIZE])
{
	str_append(text, PROGRAM_DEFECT_SIZE, "%s%s \"%s\"%s", *text ? ": " : "",
		   f->script ? "its interpreter" : "its loader",
		   program_quote(f->next, strlen(f->next)).s,
		   *f->next == '/' ? "" : " (from the working directory)");
}

/* Complete a sentence whose end is the defect. @returns: the file's name ends in "\r" */
static noinline void program_add_defect(const char *defect, bool returns,
					char text[PROGRAM_DEFECT_SIZE])
{
	str_append(text, PROGRAM_DEFECT_SIZE, "%s %s", *text ? "" : "it", defect);
	if (returns)
		str_append(
			text, PROGRAM_DEFECT_SIZE,
			": the script's lines end in CR LF, as on Windows; it needs lines that end in LF");
}

/* @file may be @f->next. @size: of the file in bytes */
static noinline void program_look(const char *file, uint64_t size, struct program_file *f,
				  char text[PROGRAM_DEFECT_SIZE])
{
	/* A user may execute files that cannot be read: then nothing more is known. */
	int fd cleanup(fd_close) = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char head[HEAD_SIZE];
	ssize_t n = fd < 0 ? -1 : fd_read(fd, head, sizeof(head));

	*f->next = '\0';
	f->cut = false;
	if (n < 0)
		return;
	f->script = n >= 2 && head[0] == '#' && head[1] == '!';
	if (f->script)
		program_script(head, (size_t)n, f->next, text);
	else if (elf_is(head, (size_t)n))
		f->cut = elf_check(head, fd, size, f->next, text);
	else
		program_add_unknown(head, (size_t)n, text);
}

bool program_defect(const char *file, const struct stat *found, char text[PROGRAM_DEFECT_SIZE])
{
	char defect[PROGRAM_DEFECT_SIZE];
	bool loader = false, returns;
	struct program_file f;
	struct stat st;

	*text = *defect = '\0';
	f.cut = false;
	for (int depth = 0;; depth++, file = f.next) {
		returns = program_ends_in_return(file);
		if (depth || !found) {
			found = &st;
			if (!program_is_executable(file, &st, defect))
				break;
		}
		program_look(file, (uint64_t)found->st_size, &f, defect);
		/* The kernel uses no loader of a loader. */
		if (*defect || !*f.next || loader)
			break;
		if (depth == DEPTH_MAX) {
			str_append(defect, PROGRAM_DEFECT_SIZE,
				   "is one of too many interpreters that are scripts");
			break;
		}
		loader = !f.script;
		program_add_next(&f, text);
	}
	if (!*defect) {
		*text = '\0';
		return false;
	}
	program_add_defect(defect, returns, text);
	return f.cut;
}

void program_missing(const char *name, char text[PROGRAM_DEFECT_SIZE])
{
	char defect[PROGRAM_DEFECT_SIZE] = "";
	size_t n = strlen(name);

	*text = '\0';
	if (n && name[n - 1] == '\r')
		str_append(text, PROGRAM_DEFECT_SIZE, "its last byte is a carriage return (\\r)");
	else if (strchr(name, ' '))
		str_append(
			text, PROGRAM_DEFECT_SIZE,
			"the name contains blanks: each word of a command is an element of process.args");
	else if (strchr(name, '/'))
		program_add_path(name, -ENOENT, defect);
	/* "is missing" alone is what the caller has reported. */
	if (*defect && strcmp(defect, "is missing") != 0)
		str_append(text, PROGRAM_DEFECT_SIZE, "it %s", defect);
}

void program_directory(const char *path, int err, char text[PROGRAM_DEFECT_SIZE])
{
	char defect[PROGRAM_DEFECT_SIZE] = "";

	*text = '\0';
	if (err == -EACCES || err == -ENOENT || err == -ENOTDIR)
		program_add_path(path, err, defect);
	if (*defect && strcmp(defect, "is missing") != 0)
		str_append(text, PROGRAM_DEFECT_SIZE, "it %s", defect);
}
