#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Write the version's header, unless it is right already:
#
#	version.sh VERSION HEADER
#
# The text is "VERSION (commit)", with "-dirty" after the commit if a file that the binary is made of was
# changed since. Outside of a git repository (a tarball) it is VERSION alone.
set -eu
commit=
if [ -e .git ] && commit=$(git rev-parse --short=12 HEAD 2>/dev/null); then
	# No lock: a git command of the user may run at the same time.
	[ -z "$(git --no-optional-locks status --porcelain -uno -- Makefile configs init dev spec net)" ] || commit=$commit-dirty
fi
line="#define COLDINIT_VERSION \"$1${commit:+ ($commit)}\""
[ "$(cat "$2" 2>/dev/null)" = "$line" ] || echo "$line" >"$2"
