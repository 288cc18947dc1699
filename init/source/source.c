// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "init/lib/names.h"
#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/source/source.h"
#include "init/source/virtiofs.h"

static const struct source_type source_types[] = {
	{"initrd:", "initrd:/path", SOURCE_INITRD, .bundle = true},
#ifdef CONFIG_SOURCE_VIRTIOFS
	{"virtiofs:", "virtiofs:TAG/path", SOURCE_VIRTIOFS, .modules = virtiofs_modules,
	 .bundle = true},
#endif
	/* The module of the disk's driver is loaded with the devices. */
	{"block:", "block:/dev/NAME", SOURCE_BLOCK, .bundle = true},
#ifdef CONFIG_SOURCE_FW_CFG
	{"fw_cfg:", "fw_cfg:NAME", SOURCE_FW_CFG, .read = source_fw_cfg,
	 .modules = (const char *const[]){"qemu_fw_cfg", NULL}},
#endif
#ifdef CONFIG_SOURCE_SMBIOS
	{"smbios", "smbios", SOURCE_SMBIOS, .read = source_smbios,
	 .modules = (const char *const[]){"dmi-sysfs", NULL}},
#endif
#ifdef CONFIG_SOURCE_BASE64
	{"base64:", "base64:TEXT", SOURCE_BASE64, .read = source_base64},
#endif
};

const struct source_type *source_find(const char *word)
{
	for (size_t i = 0; word && i < ARRAY_SIZE(source_types); i++) {
		const char *prefix = source_types[i].prefix;
		size_t n = strlen(prefix);

		if (!strncmp(word, prefix, n) && (prefix[n - 1] == ':' || !word[n]))
			return &source_types[i];
	}
	return NULL;
}

const char *const *source_modules(const char *word)
{
	static const char *const none[] = {NULL};
	const struct source_type *type = source_find(word);

	return type && type->modules ? type->modules : none;
}

static void source_unknown(const char *word, struct fault *fault)
{
	fault_set(fault, -EINVAL, "\"%.100s\" is not a source that this build reads; it reads",
		  word);
	for (size_t i = 0; i < ARRAY_SIZE(source_types); i++)
		fault_add(fault, "%s %s", i ? "," : "", source_types[i].form);
}

static int source_parse_virtiofs(struct source *s, struct fault *fault)
{
	size_t n = strcspn(s->rest, "/");

	if (!n || n >= sizeof(s->tag))
		return fault_set(
			fault, -EINVAL,
			"virtiofs:TAG/path with a tag of 1 to %d bytes expected, found \"virtiofs:%s\"",
			VIRTIOFS_TAG_MAX - 1, s->rest);
	memcpy(s->tag, s->rest, n);
	s->tag[n] = '\0';
	s->rest += n;
	return 0;
}

int source_parse(const char *word, struct source *out, struct fault *fault)
{
	struct source s = {.type = source_find(word)};
	int err = 0;

	if (!s.type) {
		source_unknown(word, fault);
		return -EINVAL;
	}
	s.rest = word + strlen(s.type->prefix);
	if (source_is_share(&s))
		err = source_parse_virtiofs(&s, fault);
	if (err)
		return err;
	if (s.type->kind == SOURCE_INITRD || source_is_share(&s))
		s.rest += strspn(s.rest, "/");
	*out = s;
	return 0;
}

/* Report that a file cannot be read. @base: what @s->rest is below */
static ssize_t source_unread(const struct source *s, const char *word, ssize_t n, int base,
			     struct fault *fault)
{
	char top[VIRTIOFS_TAG_MAX + sizeof("virtiofs:")] = "";

	fault_set(fault, (int)n, "cannot read %s: %m%s", word,
		  n == -EINVAL	  ? " (not a regular file)"
		  : n == -ENODATA ? " (it ends before its size)"
				  : "");
	if (n != -ENOENT ||
	    (source_is_share(s) && str_printf(top, sizeof(top), "virtiofs:%s", s->tag)))
		return n;
	names_add(fault, base, s->rest, top);
	return n;
}

ssize_t source_read(const char *word, int initrd, int root, size_t max, char **data,
		    struct fault *fault)
{
	int share cleanup(fd_close) = -1, base = initrd;
	char dir[VIRTIOFS_DIR_MAX];
	struct source s;
	ssize_t n;
	int err = source_parse(word, &s, fault);

	if (err)
		return err;
	if (s.type->kind == SOURCE_BLOCK)
		return fault_set(fault, -EINVAL, "block: is for bundles, not for a single file");
	if (s.type->read)
		return s.type->read(root, s.rest, max, data, fault);
	if (source_is_share(&s)) {
		err = virtiofs_mount(root, s.tag, dir, fault);
		if (err)
			return err;
		share = base = root_open(root, O_PATH | O_DIRECTORY, 0, "%s", dir);
		if (share < 0)
			return fault_strerror(fault, share, "cannot open the share of %s", word);
	}
	n = root_read_all(base, data, max, "%s", s.rest);
	if (n == -EFBIG)
		return fault_set(fault, -EFBIG, "%s: larger than the limit of %zu bytes", word,
				 max);
	return n < 0 ? source_unread(&s, word, n, base, fault) : n;
}
