// SPDX-License-Identifier: Apache-2.0
/*
 * Storages in memory. Kata's "ephemeral" is a separate tmpfs, or a hugetlbfs with separate huge
 * pages. Its "local" is a directory: here one on the tmpfs at /run, or on an earlier storage.
 */
#include <errno.h>
#include <string.h>

#include "init/lib/root.h"
#include "init/lib/str.h"
#include "init/storage/mount.h"

#define HUGE_PAGES "sys/kernel/mm/hugepages"

/* A size in bytes, or with K, M or G as the kernel takes it. Return: 0 or -EINVAL. */
static int tmpfs_size(const char *s, size_t len, uint64_t *out)
{
	static const char units[] = "KMG";
	const char *unit = len ? strchr(units, s[len - 1] & ~0x20) : NULL;
	unsigned shift = unit && *unit ? 10 * (unsigned)(unit - units + 1) : 0;
	uint64_t n;

	if (str_number(s, len - (shift != 0), 10, UINT64_MAX >> shift, &n) || !n)
		return -EINVAL;
	*out = n << shift;
	return 0;
}

/* The value of a size in the options. Return: 0, or -EINVAL with @fault set. */
static int tmpfs_option(const struct storage_job *job, const char *name, uint64_t *out,
			struct fault *fault)
{
	const char *s = job->options.data;

	for (; *s; s += strcspn(s, ","), s += *s == ',') {
		if (!str_starts(s, name))
			continue;
		s += strlen(name);
		if (!tmpfs_size(s, strcspn(s, ","), out))
			return 0;
		break;
	}
	return fault_set(
		fault, -EINVAL,
		"hugetlbfs needs the options pagesize= and size= with a size in bytes, or with K, M or G; found \"%s\"",
		job->options.data);
}

/* struct tmpfs_huge - huge pages of @pagesize bytes for @size bytes */
struct tmpfs_huge {
	uint64_t pagesize, size;
};

static int tmpfs_read_huge(const struct storage_job *job, struct tmpfs_huge *out,
			   struct fault *fault)
{
	int err = tmpfs_option(job, "pagesize=", &out->pagesize, fault);

	if (!err)
		err = tmpfs_option(job, "size=", &out->size, fault);
	if (!err && out->size % out->pagesize)
		err = fault_set(fault, -EINVAL, "size= is no multiple of pagesize=");
	return err;
}

static int tmpfs_read_count(int root, const char *path, uint64_t *out)
{
	char text[24];
	ssize_t n = root_read(root, text, sizeof(text), "%s", path);

	return n < 0 ? (int)n : str_number(text, (size_t)n, 10, UINT32_MAX, out);
}

/* Let the kernel take huge pages from the guest's memory; it may get fewer without an error. */
static int tmpfs_allocate(const struct storage_job *job, const struct tmpfs_huge *huge,
			  struct fault *fault)
{
	uint64_t before = 0, after = 0, more = huge->size / huge->pagesize, total;
	char path[96], text[24];
	int err = str_printf(path, sizeof(path), HUGE_PAGES "/hugepages-%llukB/nr_hugepages",
			     (unsigned long long)(huge->pagesize >> 10));

	if (!err)
		err = tmpfs_read_count(job->root, path, &before);
	total = before + more;
	if (!err)
		err = str_printf(text, sizeof(text), "%llu", (unsigned long long)total);
	if (!err)
		err = root_write(job->root, text, "%s", path);
	if (!err)
		err = tmpfs_read_count(job->root, path, &after);
	if (err == -ENOENT)
		return fault_set(fault, err,
				 "the guest kernel has no huge pages of %llu kB (/" HUGE_PAGES ")",
				 (unsigned long long)(huge->pagesize >> 10));
	if (err)
		return fault_strerror(fault, err, "cannot allocate huge pages by /%s", path);
	if (after < before + more)
		return fault_set(
			fault, -ENOMEM,
			"only %llu of %llu huge pages of %llu kB could be allocated: give the guest more memory, or reserve them by hugepages= on the kernel command line",
			(unsigned long long)(after - before), (unsigned long long)more,
			(unsigned long long)(huge->pagesize >> 10));
	return 0;
}

static bool tmpfs_is_huge(const struct storage_job *job)
{
	return !strcmp(job->fstype, "hugetlbfs");
}

static int tmpfs_check(struct storage_job *job, struct fault *fault)
{
	struct tmpfs_huge ignored = {.pagesize = 1};

	return tmpfs_is_huge(job) ? tmpfs_read_huge(job, &ignored, fault) : 0;
}

static int tmpfs_mount(const struct storage_job *job, struct fault *fault)
{
	struct tmpfs_huge huge = {.pagesize = 1};
	int err = 0;

	if (tmpfs_is_huge(job))
		err = tmpfs_read_huge(job, &huge, fault);
	if (!err && tmpfs_is_huge(job))
		err = tmpfs_allocate(job, &huge, fault);
	if (err)
		return err;
	err = storage_mount_fs(job, job->fstype, job->options.data);
	return err ? fault_strerror(fault, err, "cannot mount a %s with \"%s\"", job->fstype,
				    job->options.data)
		   : 0;
}

const struct storage_driver storage_driver_ephemeral = {
	.name = "ephemeral",
	.fstype = "tmpfs",
	.other_fstype = "hugetlbfs",
	.check = tmpfs_check,
	.mount = tmpfs_mount,
};

static int tmpfs_check_local(struct storage_job *job, struct fault *fault)
{
	/* Flags belong to a mount. */
	if (job->options.flags)
		return fault_set(
			fault, -EINVAL,
			"driver local makes a directory: its only options are mode= and fsgid=");
	return 0;
}

/* storage_dir() has made the directory, storage_give() applies the options. */
static int tmpfs_mount_local(const struct storage_job *job, struct fault *fault)
{
	(void)job, (void)fault;
	return 0;
}

const struct storage_driver storage_driver_local = {
	.name = "local",
	.fstype = "",
	.other_fstype = "local",
	.check = tmpfs_check_local,
	.mount = tmpfs_mount_local,
};
