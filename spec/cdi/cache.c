// SPDX-License-Identifier: Apache-2.0
/* Spec files and their devices: which file defines a name, and what is missing. */
#define pr_fmt(fmt) "CDI: " fmt

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/lib/log.h"
#include "init/lib/str.h"
#include "spec/cdi/spec.h"

struct cdi_cache *cdi_cache_open(void)
{
	struct cdi_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return NULL;
	cache->end = &cache->files;
	cache->names.arena = cache->kinds.arena = &cache->arena;
	return cache;
}

void cdi_cache_close(struct cdi_cache *cache)
{
	if (!cache)
		return;
	cdi_index_free(&cache->names);
	cdi_index_free(&cache->kinds);
	arena_free(&cache->arena);
	free(cache);
}

void cdi_cache_close_ptr(struct cdi_cache **cache)
{
	cdi_cache_close(*cache);
	*cache = NULL;
}

/* --- loading ------------------------------------------------------------------------------- */

static struct cdi_file *cdi_cache_new_file(struct cdi_cache *cache, const char *path)
{
	struct cdi_file *f = arena_alloc(&cache->arena, 1, sizeof(*f));

	if (f)
		f->path = arena_strdup(&cache->arena, path);
	return f && f->path ? f : NULL;
}

static void cdi_cache_append(struct cdi_cache *cache, struct cdi_file *f)
{
	*cache->end = f;
	cache->end = &f->next;
}

/* Two devices with one name and priority: record it for both files, and use neither device. */
static int cdi_cache_conflict(struct cdi_cache *cache, struct cdi_named *n,
			      const struct cdi_device *d)
{
	struct cdi_file *files[] = {n->at[d->file->priority]->file, d->file};

	n->conflict = true;
	for (size_t i = 0; i < 2; i++) {
		if (files[i]->error)
			continue;
		files[i]->error = arena_printf(&cache->arena,
					       "conflicting device \"%s=%s\": %s defines it too",
					       d->file->kind, d->name, files[!i]->path);
		if (!files[i]->error)
			return -ENOMEM;
	}
	return 0;
}

static int cdi_cache_add_device(struct cdi_cache *cache, struct cdi_device *d)
{
	struct cdi_entry *e;
	struct cdi_named *n;
	char *name = arena_printf(&cache->arena, "%s=%s", d->file->kind, d->name);

	e = name ? cdi_index_entry(&cache->names, name, strlen(name)) : NULL;
	if (!e)
		return -ENOMEM;
	if (!e->first) {
		n = arena_alloc(&cache->arena, 1, sizeof(*n));
		if (!n || cdi_index_add(&cache->names, e, n))
			return -ENOMEM;
	}
	n = e->first->item;
	if (n->at[d->file->priority])
		return cdi_cache_conflict(cache, n, d);
	n->at[d->file->priority] = d;
	return 0;
}

int cdi_cache_add(struct cdi_cache *cache, struct cdi_file *file)
{
	struct cdi_entry *e = cdi_index_entry(&cache->kinds, file->kind, strlen(file->kind));
	int err = e ? cdi_index_add(&cache->kinds, e, file) : -ENOMEM;

	for (size_t i = 0; i < file->n_devices && !err; i++) {
		file->devices[i].file = file;
		err = cdi_cache_add_device(cache, &file->devices[i]);
	}
	cdi_cache_append(cache, file);
	return err;
}

static bool cdi_cache_is_blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] != ' ' && text[i] != '\t' && text[i] != '\n' && text[i] != '\r')
			return false;
	return true;
}

/* The tree of a file's text; @tree is untouched if the file is empty. */
static int cdi_cache_parse(const char *text, size_t len, const char *path, cJSON **tree,
			   struct fault *fault)
{
	int err;

	if (len > CDI_SPEC_MAX)
		return fault_set(fault, -EFBIG, "%zu bytes, at most %d are accepted", len,
				 CDI_SPEC_MAX);
	if (cdi_cache_is_blank(text, len))
		return 0;
	if (!str_ends(path, ".yaml"))
		return json_parse(text, len, tree, fault);
#ifdef CONFIG_CDI_YAML
	err = cdi_yaml_parse(text, len, tree, fault);
	return err == -ENODATA ? 0 : err;
#else
	err = fault_set(fault, -ENOTSUP, "this build of coldinit does not read YAML, use JSON");
	return err;
#endif
}

static int cdi_cache_read(struct cdi_cache *cache, const char *text, size_t len, struct cdi_file *f,
			  struct fault *fault)
{
	cJSON *tree cleanup(json_free_ptr) = NULL;
	struct json_notes notes = {.lenient = false};
	struct json_reader r = {
		.arena = &cache->arena, .fault = fault, .notes = &notes, .nulls = true};
	int err = cdi_cache_parse(text, len, f->path, &tree, fault);

	if (err)
		return err;
	if (!tree || cJSON_IsNull(tree))
		return fault_set(fault, -ENODATA, "no Spec data");
	r.root = tree;
	err = cdi_read(&r, tree, f);
	json_notes_end(&r);
	return err;
}

int cdi_cache_load(struct cdi_cache *cache, const char *text, size_t len, const char *path,
		   enum cdi_priority priority)
{
	struct cdi_file *f = cdi_cache_new_file(cache, path);
	struct fault fault;
	int err;

	if (!f)
		return -ENOMEM;
	f->priority = priority;
	err = cdi_cache_read(cache, text, len, f, &fault);
	if (!err)
		return cdi_cache_add(cache, f);
	return err == -ENOMEM ? err : cdi_cache_reject(cache, path, fault.text);
}

int cdi_cache_reject(struct cdi_cache *cache, const char *path, const char *why)
{
	struct cdi_file *f = cdi_cache_new_file(cache, path);

	if (!f)
		return -ENOMEM;
	f->error = arena_strdup(&cache->arena, why);
	if (!f->error)
		return -ENOMEM;
	cdi_cache_append(cache, f);
	return 0;
}

bool cdi_cache_is_complete(const struct cdi_cache *cache)
{
	return !cache->incomplete;
}

void cdi_cache_warn(const struct cdi_cache *cache)
{
	for (const struct cdi_file *f = cache->files; f; f = f->next)
		if (f->error)
			pr_warn("%s: %s", f->path, f->error);
}

/* --- looking up ---------------------------------------------------------------------------- */

static struct cdi_device *cdi_cache_device(const struct cdi_cache *cache, const char *name)
{
	const struct cdi_named *n = cdi_index_find(&cache->names, name, strlen(name));

	for (int p = CDI_PRIORITIES - 1; n && !n->conflict && p >= 0; p--)
		if (n->at[p])
			return n->at[p];
	return NULL;
}

static bool cdi_cache_has_kind(const struct cdi_cache *cache, const char *name)
{
	return cdi_index_find(&cache->kinds, name, strcspn(name, "="));
}

/* Is it a file of a name's kind? */
static bool cdi_cache_is_kind(const struct cdi_file *f, const char *name)
{
	size_t len = strcspn(name, "=");

	return f->kind && strlen(f->kind) == len && !memcmp(f->kind, name, len);
}

/*
 * struct text - a list in a message; one that does not fit ends in "..."
 * @s: the list
 * @full: a word did not fit
 */
struct text {
	char s[256];
	bool full;
};

static void cdi_cache_put_word(struct text *t, const char *word)
{
	size_t n = strlen(t->s);

	t->full = t->full || n + strlen(word) + sizeof(", , ...") > sizeof(t->s);
	if (!t->full)
		snprintf(t->s + n, sizeof(t->s) - n, "%s%s", n ? ", " : "", word);
	else if (!str_ends(t->s, "..."))
		snprintf(t->s + n, sizeof(t->s) - n, "%s...", n ? ", " : "");
}

/* The devices of a name's kind */
static void cdi_cache_list_kind(struct text *t, const struct cdi_cache *cache, const char *name)
{
	for (const struct cdi_file *f = cache->files; f && !t->full; f = f->next)
		for (size_t i = 0; cdi_cache_is_kind(f, name) && i < f->n_devices && !t->full; i++)
			cdi_cache_put_word(t, f->devices[i].name);
}

/* All devices by their qualified names, those of a name's kind first */
static void cdi_cache_list_all(struct text *t, const struct cdi_cache *cache, const char *name)
{
	char word[256];

	for (int pass = 0; pass < 2; pass++)
		for (const struct cdi_file *f = cache->files; f && !t->full; f = f->next)
			for (size_t i = 0; f->kind && cdi_cache_is_kind(f, name) == !pass &&
					   i < f->n_devices && !t->full;
			     i++) {
				snprintf(word, sizeof(word), "%s=%s", f->kind, f->devices[i].name);
				cdi_cache_put_word(t, word);
			}
}

/* The fault names all missing devices, what the guest has, and the errors of files. */
static void cdi_cache_describe(const struct cdi_cache *cache, const char *example,
			       struct fault *fault)
{
	struct text all = {0};

	cdi_cache_list_all(&all, cache, example);
	fault_add(fault, "; the guest defines %s (read were %s and %s, which is %s)",
		  *all.s ? all.s : "no device", CDI_STATIC_DIR, CDI_DYNAMIC_DIR, CDI_RUN_DIR);
	for (const struct cdi_file *f = cache->files; f; f = f->next)
		if (f->error)
			fault_add(fault, "; %s: %s", f->path, f->error);
}

static int cdi_cache_missing(const struct cdi_cache *cache, const struct cdi_request *request,
			     struct fault *fault)
{
	struct text names = {0}, requests = {0}, others = {0};
	const char *example = "";
	int err = -EAGAIN;

	for (size_t i = 0; i < request->n; i++) {
		const char *name = request->names[i];
		char word[256];

		if (cdi_cache_device(cache, name))
			continue;
		cdi_cache_put_word(&names, name);
		snprintf(word, sizeof(word), "%.120s (%.120s)", name,
			 request->by ? request->by[i] : "");
		cdi_cache_put_word(&requests, request->by ? word : name);
		if (!*example || (err == -EAGAIN && cdi_cache_has_kind(cache, name)))
			example = name;
		if (cdi_cache_has_kind(cache, name))
			err = -ENODEV;
	}
	cdi_cache_list_kind(&others, cache, example);
	fault_set(fault, err, "unresolvable CDI devices %s", requests.s);
	cdi_cache_describe(cache, example, fault);
	return fault_facts(fault, err, names.s, others.s);
}

int cdi_cache_find(struct cdi_cache *cache, const struct cdi_request *request,
		   struct cdi_device **out, struct fault *fault)
{
	for (size_t i = 0; i < request->n; i++) {
		out[i] = cdi_cache_device(cache, request->names[i]);
		if (!out[i])
			return cdi_cache_missing(cache, request, fault);
	}
	return 0;
}
