// SPDX-License-Identifier: Apache-2.0
/* Spec files and their devices: who defines what, and what is missing. */
#define pr_fmt(fmt) "CDI: " fmt

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/lib/log.h"
#include "init/lib/str.h"
#include "spec/cdi/spec.h"

struct cdi_cache *cdi_open(void)
{
	struct cdi_cache *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->end = &c->files;
	c->names.arena = c->kinds.arena = &c->arena;
	return c;
}

void cdi_close(struct cdi_cache *c)
{
	if (!c)
		return;
	cdi_index_free(&c->names);
	cdi_index_free(&c->kinds);
	arena_free(&c->arena);
	free(c);
}

void cdi_close_ptr(struct cdi_cache **cache)
{
	cdi_close(*cache);
	*cache = NULL;
}

/* --- loading ------------------------------------------------------------------------------- */

static struct cdi_file *new_file(struct cdi_cache *c, const char *path)
{
	struct cdi_file *f = arena_alloc(&c->arena, 1, sizeof(*f));

	if (f)
		f->path = arena_strdup(&c->arena, path);
	return f && f->path ? f : NULL;
}

static void append(struct cdi_cache *c, struct cdi_file *f)
{
	*c->end = f;
	c->end = &f->next;
}

/* Two of one name and priority: both files are told, and neither device can be had. */
static int conflict(struct cdi_cache *c, struct cdi_named *n, const struct cdi_device *d)
{
	struct cdi_file *files[] = {n->at[d->file->priority]->file, d->file};

	n->conflict = true;
	for (size_t i = 0; i < 2; i++) {
		if (files[i]->error)
			continue;
		files[i]->error =
			arena_printf(&c->arena, "conflicting device \"%s=%s\": %s has it too",
				     d->file->kind, d->name, files[!i]->path);
		if (!files[i]->error)
			return -ENOMEM;
	}
	return 0;
}

static int add_device(struct cdi_cache *c, struct cdi_device *d)
{
	struct cdi_entry *e;
	struct cdi_named *n;
	char *name = arena_printf(&c->arena, "%s=%s", d->file->kind, d->name);

	e = name ? cdi_index_entry(&c->names, name, strlen(name)) : NULL;
	if (!e)
		return -ENOMEM;
	if (!e->first) {
		n = arena_alloc(&c->arena, 1, sizeof(*n));
		if (!n || cdi_entry_add(&c->names, e, n))
			return -ENOMEM;
	}
	n = e->first->item;
	if (n->at[d->file->priority])
		return conflict(c, n, d);
	n->at[d->file->priority] = d;
	return 0;
}

int cdi_add(struct cdi_cache *c, struct cdi_file *f)
{
	struct cdi_entry *e = cdi_index_entry(&c->kinds, f->kind, strlen(f->kind));
	int err = e ? cdi_entry_add(&c->kinds, e, f) : -ENOMEM;

	for (size_t i = 0; i < f->n_devices && !err; i++) {
		f->devices[i].file = f;
		err = add_device(c, &f->devices[i]);
	}
	append(c, f);
	return err;
}

static bool is_blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] != ' ' && text[i] != '\t' && text[i] != '\n' && text[i] != '\r')
			return false;
	return true;
}

/* The tree of a file's text, NULL if there is nothing in it. */
static int parse(const char *text, size_t len, const char *path, cJSON **tree, struct fault *fault)
{
	int err;

	if (len > CDI_SPEC_MAX)
		return fault_set(fault, -EFBIG, "%zu bytes, at most %d are accepted", len,
				 CDI_SPEC_MAX);
	if (is_blank(text, len))
		return 0;
	if (!str_ends(path, ".yaml"))
		return json_parse(text, len, tree, fault);
#ifdef CONFIG_CDI_YAML
	err = yaml_parse(text, len, tree, fault);
	return err == -ENODATA ? 0 : err;
#else
	err = fault_set(fault, -ENOTSUP, "this build of coldinit does not read YAML, use JSON");
	return err;
#endif
}

static int read_file(struct cdi_cache *c, const char *text, size_t len, struct cdi_file *f,
		     struct fault *fault)
{
	cJSON *tree cleanup(json_free_ptr) = NULL;
	struct json_reader r = {.arena = &c->arena, .fault = fault, .nulls = true};
	int err = parse(text, len, f->path, &tree, fault);

	if (err)
		return err;
	if (!tree || cJSON_IsNull(tree))
		return fault_set(fault, -ENODATA, "no Spec data");
	r.root = tree;
	return cdi_read(&r, tree, f);
}

int cdi_load(struct cdi_cache *c, const char *text, size_t len, const char *path,
	     enum cdi_priority priority)
{
	struct cdi_file *f = new_file(c, path);
	struct fault fault;
	int err;

	if (!f)
		return -ENOMEM;
	f->priority = priority;
	err = read_file(c, text, len, f, &fault);
	if (!err)
		return cdi_add(c, f);
	return err == -ENOMEM ? err : cdi_reject(c, path, fault.text);
}

int cdi_reject(struct cdi_cache *c, const char *path, const char *why)
{
	struct cdi_file *f = new_file(c, path);

	if (!f)
		return -ENOMEM;
	f->error = arena_strdup(&c->arena, why);
	if (!f->error)
		return -ENOMEM;
	append(c, f);
	return 0;
}

void cdi_warn(const struct cdi_cache *c)
{
	for (const struct cdi_file *f = c->files; f; f = f->next)
		if (f->error)
			pr_warn("%s: %s", f->path, f->error);
}

/* --- looking up ---------------------------------------------------------------------------- */

static struct cdi_device *find(const struct cdi_cache *c, const char *name)
{
	const struct cdi_named *n = cdi_index_find(&c->names, name, strlen(name));

	for (int p = CDI_PRIORITIES - 1; n && !n->conflict && p >= 0; p--)
		if (n->at[p])
			return n->at[p];
	return NULL;
}

static bool has_kind(const struct cdi_cache *c, const char *name)
{
	return cdi_index_find(&c->kinds, name, strcspn(name, "="));
}

/* A list for people: what does not fit is left out, which its end says. */
struct text {
	char s[256];
	bool full;
};

static void put(struct text *t, const char *word)
{
	size_t n = strlen(t->s);

	t->full = t->full || n + strlen(word) + sizeof(", , ...") > sizeof(t->s);
	if (!t->full)
		snprintf(t->s + n, sizeof(t->s) - n, "%s%s", n ? ", " : "", word);
	else if (!str_ends(t->s, "..."))
		snprintf(t->s + n, sizeof(t->s) - n, "%s...", n ? ", " : "");
}

/* The devices of the kind that a name belongs to. */
static void list_kind(struct text *t, const struct cdi_cache *c, const char *name)
{
	size_t len = strcspn(name, "=");

	for (const struct cdi_file *f = c->files; f && !t->full; f = f->next) {
		if (!f->kind || strlen(f->kind) != len || memcmp(f->kind, name, len) != 0)
			continue;
		for (size_t i = 0; i < f->n_devices && !t->full; i++)
			put(t, f->devices[i].name);
	}
}

/* All names that are missing, what there is of the first one's kind, and what is wrong with files.
 */
static int missing(const struct cdi_cache *c, const struct cdi_request *q, struct fault *fault)
{
	struct text names = {0}, others = {0};
	const char *example = "";
	int err = -EAGAIN;

	for (size_t i = 0; i < q->n; i++) {
		if (find(c, q->names[i]))
			continue;
		put(&names, q->names[i]);
		if (!*example || (err == -EAGAIN && has_kind(c, q->names[i])))
			example = q->names[i];
		if (has_kind(c, q->names[i]))
			err = -ENODEV;
	}
	list_kind(&others, c, example);
	fault_set(fault, err, "unresolvable CDI devices %s", names.s);
	if (*others.s)
		fault_add(fault, "; %.*s has %s", (int)strcspn(example, "="), example, others.s);
	else
		fault_add(fault, "; no spec file is of the kind %.*s", (int)strcspn(example, "="),
			  example);
	for (const struct cdi_file *f = c->files; f; f = f->next)
		if (f->error)
			fault_add(fault, "; %s: %s", f->path, f->error);
	fault_expected(fault, "%s", names.s);
	fault_found(fault, "%s", others.s);
	return err;
}

int cdi_find(struct cdi_cache *c, const struct cdi_request *q, struct cdi_device **out,
	     struct fault *fault)
{
	for (size_t i = 0; i < q->n; i++) {
		out[i] = find(c, q->names[i]);
		if (!out[i])
			return missing(c, q, fault);
	}
	return 0;
}
