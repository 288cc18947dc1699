#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Find a libmnl to link statically and write make variables for it to a file.
#
#	CC=... APT=... STATE=... SUITE=... libmnl.sh SOURCE_DIR OUT.mk
set -eu
source_dir=$1 out=$2
probe=$(mktemp -d)
trap 'rm -rf "$probe"' EXIT

# 1. a static library of the toolchain (Alpine, Buildroot)
libs=$(pkg-config --static --libs libmnl 2>/dev/null || echo -lmnl)
echo 'int mnl_socket_close(void *); int main(void) { return mnl_socket_close(0); }' >"$probe/a.c"
# shellcheck disable=SC2086 # compiler and libraries are lists of words
if $CC -static -o "$probe/a" "$probe/a.c" $libs 2>/dev/null; then
	echo "  LIBMNL  the toolchain's static library ($libs)"
	echo "LIBMNL_LIBS := $libs" >"$out"
# 2. Debian's source package
elif "$APT" source "$STATE" "libmnl${SUITE:-}" "$source_dir" >"$probe/log" 2>&1; then
	echo "  LIBMNL  Debian's source package"
	echo "LIBMNL_SOURCE := $source_dir" >"$out"
# 3. net/mnl.c, which has the functions that net/ calls
else
	echo "  LIBMNL  net/mnl.c (no static libmnl in the toolchain, Debian's source cannot be had)"
	echo "LIBMNL_BUILTIN := y" >"$out"
fi
