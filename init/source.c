// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/source.h"
#include "init/storage.h"

static int parse_virtiofs(const char *rest, struct source *out, struct fault *f)
{
	size_t n = strcspn(rest, "/");

	if (!n || n >= sizeof(out->tag))
		return fault_set(f, -EINVAL,
				 "virtiofs:TAG/path with a tag of 1 to %d bytes expected, "
				 "found \"virtiofs:%s\"",
				 VIRTIOFS_TAG_MAX - 1, rest);
	memcpy(out->tag, rest, n);
	out->tag[n] = '\0';
	out->rest = rest + n + strspn(rest + n, "/");
	return 0;
}

int source_parse(const char *text, struct source *out, struct fault *f)
{
	struct source s = {0};
	int err = 0;

	if (str_starts(text, "initrd:")) {
		s.kind = SOURCE_INITRD;
		s.rest = text + strlen("initrd:");
		s.rest += strspn(s.rest, "/");
	} else if (str_starts(text, "virtiofs:")) {
		s.kind = SOURCE_VIRTIOFS;
		err = parse_virtiofs(text + strlen("virtiofs:"), &s, f);
	} else if (str_starts(text, "base64:")) {
		s.kind = SOURCE_BASE64;
		s.rest = text + strlen("base64:");
	} else if (str_starts(text, "block:")) {
		s.kind = SOURCE_BLOCK;
		s.rest = text + strlen("block:");
	} else {
		err = fault_set(f, -EINVAL,
				"\"%s\" is no source that this build reads: "
				"initrd:/path, virtiofs:TAG/path, block:/dev/NAME or base64:TEXT "
				"expected",
				text);
	}
	if (!err)
		*out = s;
	return err;
}

ssize_t source_read(const char *text, int initrd, int root, size_t max, char **data,
		    struct fault *f)
{
	char dir[STORAGE_PATH_MAX];
	struct source s;
	ssize_t n;
	int err = source_parse(text, &s, f);

	if (err)
		return err;
	if (s.kind == SOURCE_BLOCK)
		return fault_set(f, -EINVAL, "block: holds bundles, no single file");
	if (s.kind == SOURCE_BASE64)
		return source_base64(s.rest, max, data, f);
	if (s.kind == SOURCE_VIRTIOFS) {
		err = storage_virtiofs(root, s.tag, dir, f);
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
