// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/test.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/container/program.h"
#include "init/lib/compiler.h"

#ifdef __x86_64__
#define OWN	EM_X86_64
#define FOREIGN EM_AARCH64
#define NAMED	"it is a program for aarch64, the guest is x86_64"
#else
#define OWN	EM_AARCH64
#define FOREIGN EM_X86_64
#define NAMED	"it is a program for x86_64, the guest is aarch64"
#endif

static struct {
	char dir[64];
	int root;
	char text[PROGRAM_DEFECT_SIZE];
} t;

static int set_up(void **state)
{
	t.root = temp_root(t.dir);
	return 0;
}

static int tear_down(void **state)
{
	temp_root_remove(t.dir, t.root);
	return 0;
}

/* Write an executable file. Return: its path. */
static const char *program(const char *name, const void *data, size_t size)
{
	static char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", t.dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	assert_int_equal(write(fd, data, size), size);
	assert_int_equal(fchmod(fd, 0755), 0);
	close(fd);
	return path;
}

static const char *script(const char *name, const char *text)
{
	return program(name, text, strlen(text));
}

static const char *defect(const char *path)
{
	assert_false(program_defect(path, NULL, t.text));
	return t.text;
}

static void a_program_that_works_has_no_defect(void **state)
{
	assert_string_equal(defect("/proc/self/exe"), "");
	assert_string_equal(defect("/bin/sh"), "");
	assert_string_equal(defect(script("x", "#! /bin/sh -e\n")), "");
	assert_string_equal(defect(script("x", "#!/bin/sh")), "");
}

static void the_interpreter_is_named(void **state)
{
	static const struct {
		const char *text, *defect;
	} rows[] = {
		{"#!/absent/bash\n", "its interpreter \"/absent/bash\" is missing"},
		{"#! \t/absent/bash -e\n", "its interpreter \"/absent/bash\" is missing"},
		{"#!absent/bash -e\n",
		 "its interpreter \"absent/bash\" (from the working directory) is missing: there is no \"absent\""},
		{"#!sh-absent\n",
		 "its interpreter \"sh-absent\" (from the working directory) is missing"},
		{"#! ./\n", "its interpreter \"./\" (from the working directory) is a directory"},
		{"#!/bin/sh\r\n",
		 "its interpreter \"/bin/sh\\r\" is missing: the script's lines end in CR LF"},
		{"#!/bin/sh/x\n",
		 "its interpreter \"/bin/sh/x\" is missing: \"/bin/sh\" is no directory"},
		{"#!/\n", "its interpreter \"/\" is a directory"},
		{"#!/etc/passwd\n", "its interpreter \"/etc/passwd\" has no x in its mode (0644)"},
		{"#!/dev/null\n", "its interpreter \"/dev/null\" is no regular file"},
		{"#!\n", "names no interpreter behind \"#!\""},
		{"#! \n", "names no interpreter behind \"#!\""},
		{"#!/b\x1b[2J\n", "its interpreter \"/b\\x1b[2J\" is missing"},
		{"\xef\xbb\xbf#!/bin/sh\n", "a byte order mark before \"#!\""},
		{"echo hello\n", "begins neither with \"#!\" nor with ELF, but with \"echo hello"},
		{"\n#!/bin/sh\n", "but with \"\\x0a#!/bin/sh"},
		{"MZ\x90", "a program for Windows"},
		{"\177ELF", "is cut behind the first bytes of an ELF header"},
		{"", "is empty"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_text(defect(script("x", rows[i].text)), rows[i].defect);
}

static void a_chain_of_interpreters_is_followed(void **state)
{
	char text[300];

	snprintf(text, sizeof(text), "#!%s", script("one", "#!/absent/x\n"));
	defect(script("two", text));
	assert_text(t.text, "/one\": its interpreter \"/absent/x\" is missing");
	snprintf(text, sizeof(text), "#!%s/loop\n", t.dir);
	assert_text(defect(script("loop", text)), "too many interpreters");
	memset(text, 'x', sizeof(text) - 1);
	text[299] = '\0';
	memcpy(text, "#!/", 3);
	assert_text(defect(script("long", text)), "interpreter is longer than 256 bytes");
}

/* A program of 64 bits with one segment and perhaps a loader */
struct image {
	Elf64_Ehdr head;
	Elf64_Phdr segments[2];
	char loader[32];
};

static struct image image(const char *loader)
{
	struct image i = {
		.head = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB},
			 .e_type = ET_DYN,
			 .e_machine = OWN,
			 .e_phoff = offsetof(struct image, segments),
			 .e_phentsize = sizeof(Elf64_Phdr),
			 .e_phnum = 2},
		.segments = {{.p_type = PT_LOAD, .p_filesz = sizeof(struct image)},
			     {.p_type = PT_INTERP,
			      .p_offset = offsetof(struct image, loader),
			      .p_filesz = strlen(loader) + 1}},
	};

	snprintf(i.loader, sizeof(i.loader), "%s", loader);
	return i;
}

static const char *image_defect(const struct image *i)
{
	return defect(program("x", i, sizeof(*i)));
}

static void the_loader_is_named(void **state)
{
	struct image i = image("/absent/ld.so");

	assert_string_equal(image_defect(&i),
			    "its loader \"/absent/ld.so\" is missing: there is no \"/absent\"");
	i = image("/etc/passwd");
	assert_text(image_defect(&i), "its loader \"/etc/passwd\" has no x");
	i = image("/bin/sh"); /* a loader's loader is not used */
	assert_string_equal(image_defect(&i), "");
	i.segments[1].p_filesz = 1;
	assert_text(image_defect(&i), "is damaged: the name of its loader");
	i.segments[1].p_filesz = 5;
	assert_text(image_defect(&i), "is damaged: the name of its loader");
}

static void the_machine_is_named(void **state)
{
	struct image i = image("/absent/ld.so");

	i.head.e_machine = FOREIGN;
	assert_string_equal(image_defect(&i), NAMED);
	i.head.e_ident[EI_DATA] = ELFDATA2MSB;
	i.head.e_machine = EM_S390 << 8;
	i.head.e_phnum = 0;
	assert_text(image_defect(&i), "is damaged: its ELF header has 0 program headers");
	i = image("/absent/ld.so");
	i.head.e_machine = 4711;
	assert_text(image_defect(&i), "is a program for machine 4711 (64 bits)");
	i.head.e_type = ET_REL;
	assert_text(image_defect(&i), "is no program, but an object file");
}

static void a_program_that_is_cut_is_named(void **state)
{
	struct image i = image("/bin/sh");
	const char *path;

	/* Without its last bytes the kernel starts it. */
	path = program("x", &i, sizeof(i) - 8);
	assert_true(program_defect(path, NULL, t.text));
	assert_text(t.text, "is cut: the file has ");
	assert_text(defect(program("x", &i, sizeof(i.head) + 8)),
		    "its program headers are behind its end");
	assert_text(defect(program("x", &i, sizeof(i.head) - 1)), "is cut");
	i.segments[0].p_offset = UINT64_MAX;
	path = program("x", &i, sizeof(i));
	assert_true(program_defect(path, NULL, t.text));
	i.head.e_phoff = UINT64_MAX - 4;
	assert_text(image_defect(&i), "its program headers are behind its end");
	i.head.e_phnum = UINT16_MAX;
	assert_text(image_defect(&i), "is damaged");
}

static void a_name_that_leads_nowhere(void **state)
{
	char path[128];
	static const struct {
		const char *name, *why;
	} rows[] = {
		{"sh -c true", "blanks: each word of a command is an element of process.args"},
		{"sh\r", "its last byte is a carriage return"},
		{"/absent/x", "there is no \"/absent\""},
		{"/etc/passwd/x", "\"/etc/passwd\" is no directory"},
		{"/etc/absent", ""},
		{"absent", ""},
		{"", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		program_missing(rows[i].name, t.text);
		if (*rows[i].why)
			assert_text(t.text, rows[i].why);
		else
			assert_string_equal(t.text, "");
	}
	put_link(t.root, "link", "../gone");
	snprintf(path, sizeof(path), "%s/link", t.dir);
	program_missing(path, t.text);
	assert_text(t.text, "/link\" is a link to \"../gone\"");
}

/* In a child process, as an ordinary user. Return: 0 if both texts are right. */
static int look_as_a_user(void)
{
	char path[128], expected[128];

	if (!getuid() && (setgid(1234) || setuid(1234)))
		return 1;
	snprintf(path, sizeof(path), "%s/x", t.dir);
	snprintf(expected, sizeof(expected), "may not be executed by user %u:%u (its mode is 0650",
		 getuid(), getgid());
	if (program_defect(path, NULL, t.text) || !strstr(t.text, expected))
		return 2;
	snprintf(path, sizeof(path), "%s/closed/x", t.dir);
	snprintf(expected, sizeof(expected), "user %u:%u may not enter \"", getuid(), getgid());
	if (program_defect(path, NULL, t.text) || !strstr(t.text, expected))
		return 3;
	program_directory(path, -EACCES, t.text);
	if (!strstr(t.text, expected))
		return 4;
	snprintf(path, sizeof(path), "%s/closed", t.dir);
	program_directory(path, -EACCES, t.text);
	return strstr(t.text, expected) ? 0 : 5;
}

static void a_directory_that_cannot_be_entered_is_named(void **state)
{
	program_directory("/absent/x", -ENOENT, t.text);
	assert_string_equal(t.text, "it is missing: there is no \"/absent\"");
	program_directory("/absent", -ENOENT, t.text);
	assert_string_equal(t.text, "");
	program_directory("/etc/passwd/x", -ENOTDIR, t.text);
	assert_string_equal(t.text, "it is missing: \"/etc/passwd\" is no directory");
	program_directory("/etc/passwd", -ENOTDIR, t.text);
	assert_string_equal(t.text, "it is missing: \"/etc/passwd\" is no directory");
	program_directory("/etc", -EIO, t.text);
	assert_string_equal(t.text, "");
}

static void a_user_who_may_not_execute_it_is_named(void **state)
{
	int status = 0;
	pid_t pid;

	assert_int_equal(chmod(t.dir, 0755), 0);
	script("x", "#!/bin/sh\n");
	put_dir(t.root, "closed");
	assert_int_equal(fchmodat(t.root, "x", 0650, 0), 0);
	assert_int_equal(fchmodat(t.root, "closed", 0600, 0), 0);
	pid = fork();
	if (!pid)
		_exit(look_as_a_user());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_program_that_works_has_no_defect),
		TEST(the_interpreter_is_named),
		TEST(a_chain_of_interpreters_is_followed),
		TEST(the_loader_is_named),
		TEST(the_machine_is_named),
		TEST(a_program_that_is_cut_is_named),
		TEST(a_name_that_leads_nowhere),
		TEST(a_directory_that_cannot_be_entered_is_named),
		TEST(a_user_who_may_not_execute_it_is_named),
	};

	return RUN_TESTS(tests);
}
