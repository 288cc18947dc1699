// SPDX-License-Identifier: Apache-2.0
#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "init/container/elf_private.h"
#include "init/lib/str.h"

#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif

#define HEADERS_MAX 4096 /* ELF_MIN_ALIGN: how many bytes of program headers the kernel reads */

#define OWN_DATA (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB)

/* The machine of this guest's kernel, and the one whose 32-bit programs it may run, too */
#if defined(__x86_64__)
#define OWN_MACHINE    EM_X86_64
#define COMPAT_MACHINE EM_386
#elif defined(__aarch64__)
#define OWN_MACHINE    EM_AARCH64
#define COMPAT_MACHINE EM_ARM
#elif defined(__s390x__)
#define OWN_MACHINE    EM_S390
#define COMPAT_MACHINE EM_S390
#endif

/*
 * struct elf - a header, from 32 or 64 bits and in this machine's byte order
 * @wide: it is of 64 bits
 * @swapped: the file has the other byte order
 */
struct elf {
	bool wide, swapped;
	unsigned type, machine, entry_size, n_headers;
	uint64_t headers;
};

/* struct segment - a program header in the same way */
struct segment {
	uint32_t type;
	uint64_t offset, size;
};

bool elf_is(const char *head, size_t n)
{
	if (n < EI_NIDENT || memcmp(head, ELFMAG, SELFMAG) != 0)
		return false;
	return n >= (head[EI_CLASS] == ELFCLASS64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr));
}

/* Read a number of 2, 4 or 8 bytes. */
static uint64_t elf_number(const struct elf *e, const void *from, size_t size)
{
	const unsigned char *bytes = from;
	bool low_first = (OWN_DATA == ELFDATA2LSB) != e->swapped;
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++)
		value = value << 8 | bytes[low_first ? size - 1 - i : i];
	return value;
}

#define ELF_FIELD(e, kind, from, field)                                    \
	((e)->wide ? elf_number(e, (from) + offsetof(Elf64_##kind, field), \
				sizeof(((Elf64_##kind *)0)->field))        \
		   : elf_number(e, (from) + offsetof(Elf32_##kind, field), \
				sizeof(((Elf32_##kind *)0)->field)))

static struct elf elf_header(const char *head)
{
	struct elf e = {
		.wide = head[EI_CLASS] == ELFCLASS64,
		.swapped = head[EI_DATA] != OWN_DATA,
	};

	e.type = (unsigned)ELF_FIELD(&e, Ehdr, head, e_type);
	e.machine = (unsigned)ELF_FIELD(&e, Ehdr, head, e_machine);
	e.headers = ELF_FIELD(&e, Ehdr, head, e_phoff);
	e.entry_size = (unsigned)ELF_FIELD(&e, Ehdr, head, e_phentsize);
	e.n_headers = (unsigned)ELF_FIELD(&e, Ehdr, head, e_phnum);
	return e;
}

/* struct elf_machine - the name of a machine, as uname(2) has it where there is one */
struct elf_machine {
	char s[32];
};

static struct elf_machine elf_machine_name(const struct elf *e)
{
	static const struct {
		unsigned number;
		const char *wide, *narrow;
	} known[] = {
		{EM_X86_64, "x86_64", "x86_64 (x32)"},
		{EM_386, "", "i386"},
		{EM_AARCH64, "aarch64", "aarch64 (32 bits)"},
		{EM_ARM, "", "arm"},
		{EM_S390, "s390x", "s390"},
		{EM_RISCV, "riscv64", "riscv32"},
		{EM_PPC64, "ppc64", ""},
		{EM_PPC, "", "ppc"},
		{EM_LOONGARCH, "loongarch64", ""},
		{EM_MIPS, "mips64", "mips"},
	};
	struct elf_machine name;

	snprintf(name.s, sizeof(name.s), "machine %u (%d bits)", e->machine, e->wide ? 64 : 32);
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		const char *known_name = e->wide ? known[i].wide : known[i].narrow;

		if (known[i].number == e->machine && *known_name)
			snprintf(name.s, sizeof(name.s), "%s", known_name);
	}
	return name;
}

static bool elf_is_own(const struct elf *e)
{
	return !e->swapped && e->wide && e->machine == OWN_MACHINE;
}

/* Whether the guest runs programs of 32 bits depends on its kernel's options. */
static bool elf_is_compat(const struct elf *e)
{
	return !e->swapped && !e->wide &&
	       (e->machine == COMPAT_MACHINE || e->machine == OWN_MACHINE);
}

static void elf_add_machine(const struct elf *e, char text[PROGRAM_DEFECT_SIZE])
{
	struct utsname guest;

	str_append(text, PROGRAM_DEFECT_SIZE, "is a program for %s, the guest is %s",
		   elf_machine_name(e).s, uname(&guest) ? "another machine" : guest.machine);
}

/* Read the name of the loader. */
static void elf_loader(int fd, const struct segment *s, char loader[PATH_MAX],
		       char text[PROGRAM_DEFECT_SIZE])
{
	ssize_t n = s->size < 2 || s->size > PATH_MAX
			    ? 0
			    : pread(fd, loader, (size_t)s->size, (off_t)s->offset);

	if (n <= 0 || (uint64_t)n != s->size || loader[n - 1]) {
		*loader = '\0';
		str_append(text, PROGRAM_DEFECT_SIZE,
			   "is damaged: the name of its loader (PT_INTERP) is not valid");
	}
}

static struct segment elf_segment(const struct elf *e, const char *header)
{
	return (struct segment){
		.type = (uint32_t)ELF_FIELD(e, Phdr, header, p_type),
		.offset = ELF_FIELD(e, Phdr, header, p_offset),
		.size = ELF_FIELD(e, Phdr, header, p_filesz),
	};
}

/* Look at all segments of a file of @size bytes. Return: as elf_check(). */
static bool elf_segments(const struct elf *e, int fd, uint64_t size, char loader[PATH_MAX],
			 char text[PROGRAM_DEFECT_SIZE])
{
	char headers[HEADERS_MAX];
	size_t entry = e->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr), len;

	if (e->entry_size != entry || !e->n_headers || e->n_headers > sizeof(headers) / entry) {
		str_append(text, PROGRAM_DEFECT_SIZE,
			   "is damaged: its ELF header has %u program headers of %u bytes",
			   e->n_headers, e->entry_size);
		return false;
	}
	len = entry * e->n_headers;
	if (e->headers > size || size - e->headers < len ||
	    pread(fd, headers, len, (off_t)e->headers) != (ssize_t)len) {
		str_append(
			text, PROGRAM_DEFECT_SIZE,
			"is cut: the file has %llu bytes, its program headers are behind its end",
			(unsigned long long)size);
		return false;
	}
	for (size_t i = 0; i < e->n_headers && !*text; i++) {
		struct segment s = elf_segment(e, headers + i * entry);
		unsigned long long end = s.offset + s.size;

		if (s.type != PT_LOAD && s.type != PT_INTERP)
			continue;
		if (s.offset > size || size - s.offset < s.size) {
			str_append(
				text, PROGRAM_DEFECT_SIZE,
				"is cut: the file has %llu bytes, a segment of it ends at byte %llu",
				(unsigned long long)size, end);
			return s.type == PT_LOAD;
		}
		if (s.type == PT_INTERP && !*loader)
			elf_loader(fd, &s, loader, text);
	}
	return false;
}

bool elf_check(const char *head, int fd, uint64_t size, char loader[PATH_MAX],
	       char text[PROGRAM_DEFECT_SIZE])
{
	struct elf e = elf_header(head);
	bool cut;

	if (e.type == ET_REL || e.type == ET_CORE) {
		str_append(text, PROGRAM_DEFECT_SIZE, "is no program, but %s",
			   e.type == ET_REL ? "an object file (.o)" : "a core dump");
		return false;
	}
	/* The file shows the rest even if another program would have to run it. */
	cut = elf_segments(&e, fd, size, loader, text);
	if (*text || elf_is_own(&e))
		return cut && elf_is_own(&e);
	elf_add_machine(&e, text);
	if (elf_is_compat(&e) && *loader && access(loader, F_OK))
		str_append(text, PROGRAM_DEFECT_SIZE, ", and its loader \"%.200s\" is missing",
			   loader);
	return false;
}
