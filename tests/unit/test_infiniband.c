// SPDX-License-Identifier: Apache-2.0
/* The nodes of /dev/infiniband, from sysfs. */
#include "tests/unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dev/infiniband.h"

static const struct device_result vfio = {.ready = true, .vfio = true};

struct state {
	char path[64];
	int root;
	struct arena arena;
	const struct device_node *nodes;
	size_t n;
	struct fault fault;
};

static int setup(void **state)
{
	struct state *s = calloc(1, sizeof(*s));

	s->root = temp_root(s->path);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct state *s = *state;

	temp_root_remove(s->path, s->root);
	arena_free(&s->arena);
	free(s);
	return 0;
}

/* As in the kernel: the device's directory, and a link to it in the class. */
static void put_device(const struct state *s, const char *class, const char *name, const char *dev)
{
	char link[128], target[128], file[128];

	snprintf(link, sizeof(link), "sys/class/%s/%s", class, name);
	snprintf(target, sizeof(target), "../../devices/pci0000:00/0000:00:04.0/%s/%s", class,
		 name);
	snprintf(file, sizeof(file), "sys/devices/pci0000:00/0000:00:04.0/%s/%s/dev", class, name);
	put_link(s->root, link, target);
	put_file(s->root, file, dev);
}

static int find(struct state *s, const struct device_result *results, size_t n)
{
	return infiniband_nodes(s->root, &s->arena, results, n, &s->nodes, &s->n, &s->fault);
}

static const struct device_node *node(const struct state *s, const char *path)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->nodes[i].path, path))
			return &s->nodes[i];
	return NULL;
}

static void a_guest_without_rdma_has_none(void **state)
{
	struct state *s = *state;

	s->n = 7;
	assert_int_equal(find(s, &vfio, 1), 0);
	assert_int_equal(s->n, 0);
}

static void each_class_has_its_nodes_and_their_modes(void **state)
{
	static const struct {
		const char *class, *name;
		uint32_t major, minor, mode;
	} rows[] = {
		{"infiniband_verbs", "uverbs0", 231, 192, 0666},
		{"infiniband_verbs", "uverbs1", 231, 193, 0666},
		{"infiniband_mad", "umad0", 231, 0, 0600},
		{"infiniband_mad", "issm0", 231, 64, 0600},
		{"misc", "rdma_cm", 10, 122, 0666},
	};
	struct state *s = *state;
	char text[32];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(text, sizeof(text), "%u:%u\n", rows[i].major, rows[i].minor);
		put_device(s, rows[i].class, rows[i].name, text);
	}
	put_file(s->root, "sys/class/infiniband_verbs/abi_version", "6\n");
	put_file(s->root, "sys/class/infiniband_mad/abi_version", "5\n");
	put_device(s, "misc", "vfio", "10:196\n");
	put_device(s, "infiniband", "mlx5_0", "no node\n");
	assert_int_equal(find(s, &vfio, 1), 0);
	assert_int_equal(s->n, ARRAY_SIZE(rows));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct device_node *n;

		snprintf(text, sizeof(text), "/dev/infiniband/%s", rows[i].name);
		n = node(s, text);
		assert_non_null(n);
		assert_int_equal(n->type, 'c');
		assert_int_equal(n->major, rows[i].major);
		assert_int_equal(n->minor, rows[i].minor);
		assert_int_equal(n->mode, rows[i].mode);
	}
}

static void only_beside_a_vfio_device_that_is_there(void **state)
{
	static const struct device_result others[] = {{.ready = true}, {.vfio = true}};
	struct state *s = *state;

	put_device(s, "infiniband_verbs", "uverbs0", "231:192\n");
	assert_int_equal(find(s, others, 2), 0);
	assert_int_equal(s->n, 0);
	assert_int_equal(find(s, NULL, 0), 0);
	assert_int_equal(s->n, 0);
}

static void what_cannot_be_read_is_an_error(void **state)
{
	static const char *const bad[] = {
		"",	     "231", "231:",	    ":192",
		"231:192:1", "a:b", "4294967296:0", "1234567890:12345678901234567890"};
	struct state *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		put_device(s, "infiniband_verbs", "uverbs0", bad[i]);
		s->n = 7;
		assert_int_equal(find(s, &vfio, 1), -EINVAL);
		assert_string_equal(
			s->fault.text,
			"/sys/class/infiniband_verbs: cannot read the nodes of /dev/infiniband: the \"dev\" of a device does not contain MAJOR:MINOR");
		assert_int_equal(s->n, 7);
		temp_root_remove(s->path, s->root);
		s->root = temp_root(s->path);
	}
	put_file(s->root, "sys/class/infiniband_mad", "no directory");
	assert_int_equal(find(s, &vfio, 1), -ENOTDIR);
	assert_string_equal(
		s->fault.text,
		"/sys/class/infiniband_mad: cannot read the nodes of /dev/infiniband: Not a directory");
}

static void there_is_a_limit(void **state)
{
	struct state *s = *state;
	char name[32];

	for (int i = 0; i < INFINIBAND_NODES_MAX; i++) {
		snprintf(name, sizeof(name), "uverbs%d", i);
		put_device(s, "infiniband_verbs", name, "231:192\n");
	}
	assert_int_equal(find(s, &vfio, 1), 0);
	assert_int_equal(s->n, INFINIBAND_NODES_MAX);
	put_device(s, "misc", "rdma_cm", "10:122\n");
	assert_int_equal(find(s, &vfio, 1), -E2BIG);
	assert_string_equal(s->fault.text,
			    "/sys/class/misc: more than 1024 nodes for /dev/infiniband");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_guest_without_rdma_has_none),
		TEST(each_class_has_its_nodes_and_their_modes),
		TEST(only_beside_a_vfio_device_that_is_there),
		TEST(what_cannot_be_read_is_an_error),
		TEST(there_is_a_limit),
	};

	return RUN_TESTS(tests);
}
