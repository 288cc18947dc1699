// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/source/source.h"
#include "init/source/virtiofs.h"

/* What this build reads. A prefix without ':' at its end is the whole word. */
static const struct {
	const char *prefix, *form;
	enum source_kind kind;
	source_reader *read;
} kinds[] = {
	{"initrd:", "initrd:/path", SOURCE_INITRD, NULL},
	{"virtiofs:", "virtiofs:TAG/path", SOURCE_VIRTIOFS, NULL},
	{"block:", "block:/dev/NAME", SOURCE_BLOCK, NULL},
#ifdef CONFIG_SOURCE_FW_CFG
	{"fw_cfg:", "fw_cfg:NAME", SOURCE_FW_CFG, source_fw_cfg},
#endif
#ifdef CONFIG_SOURCE_SMBIOS
	{"smbios", "smbios", SOURCE_SMBIOS, source_smbios},
#endif
#ifdef CONFIG_SOURCE_BASE64
	{"base64:", "base64:TEXT", SOURCE_BASE64, source_base64},
#endif
};

static int parse_virtiofs(struct source *s, struct fault *f)
{
	size_t n = strcspn(s->rest, "/");

	if (!n || n >= sizeof(s->tag))
		return fault_set(
			f, -EINVAL,
			"virtiofs:TAG/path with a tag of 1 to %d bytes expected, found \"virtiofs:%s\"",
			VIRTIOFS_TAG_MAX - 1, s->rest);
	memcpy(s->tag, s->rest, n);
	s->tag[n] = '\0';
	s->rest += n;
	return 0;
}

static int no_source(const char *text, struct fault *f)
{
	fault_set(f, -EINVAL, "\"%.100s\" is no source that this build reads; it reads", text);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		fault_add(f, "%s %s", i ? "," : "", kinds[i].form);
	return -EINVAL;
}

int source_parse(const char *text, struct source *out, struct fault *f)
{
	struct source s = {0};
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!str_starts(text, kinds[i].prefix))
			continue;
		s.rest = text + strlen(kinds[i].prefix);
		s.kind = kinds[i].kind;
		s.read = kinds[i].read;
	}
	if (!s.rest || (s.rest[-1] != ':' && *s.rest))
		return no_source(text, f);
	if (s.kind == SOURCE_VIRTIOFS)
		err = parse_virtiofs(&s, f);
	if (err)
		return err;
	if (s.kind == SOURCE_INITRD || s.kind == SOURCE_VIRTIOFS)
		s.rest += strspn(s.rest, "/");
	*out = s;
	return 0;
}

ssize_t source_read(const char *text, int initrd, int root, size_t max, char **data,
		    struct fault *f)
{
	char dir[VIRTIOFS_DIR_MAX];
	struct source s;
	ssize_t n;
	int err = source_parse(text, &s, f);

	if (err)
		return err;
	if (s.kind == SOURCE_BLOCK)
		return fault_set(f, -EINVAL, "block: holds bundles, no single file");
	if (s.read)
		return s.read(root, s.rest, max, data, f);
	if (s.kind == SOURCE_VIRTIOFS) {
		err = virtiofs_mount(root, s.tag, dir, f);
		if (err)
			return err;
		n = root_read_all(root, data, max, "%s/%s", dir, s.rest);
	} else {
		n = root_read_all(initrd, data, max, "%s", s.rest);
	}
	if (n == -EFBIG)
		return fault_set(f, -EFBIG, "%s: larger than the limit of %zu bytes", text, max);
	if (n < 0)
		return fault_set(f, (int)n, "cannot read %s: %m%s", text,
				 n == -EINVAL ? " (no regular file)" : "");
	return n;
}
