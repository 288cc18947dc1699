#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Make an object depend on the options that its sources mention instead of on all of autoconf.h (the
# kernel's scripts/basic/fixdep.c has the idea).
#
#	fixdep.sh FILE.d OUT
#
# FILE.d is what the compiler wrote, OUT the build folder. genconfig touches OUT/config/some/option.h
# when CONFIG_SOME_OPTION changes, and makes no file for an option that was never on.
set -eu
awk -v config="$2/config" -v autoconf="$2/autoconf.h" '
	NR == 1 {
		target = $1
	}
	{
		kept = $0
		for (i = 1; i <= NF; i++) {
			if ($i == autoconf || $i == autoconf ":")
				kept = substr(kept, 1, index(kept, autoconf) - 1) \
					substr(kept, index(kept, $i) + length($i))
			else if ($i ~ /^(init|dev|spec|net|tests)\/.*[^:]$/)
				sources[$i]
		}
		print kept
	}
	END {
		for (source in sources)
			while ((getline line < source) > 0)
				while (match(line, /CONFIG_[A-Z0-9_]+/)) {
					option = tolower(substr(line, RSTART + 7, RLENGTH - 7))
					gsub("_", "/", option)
					options[option]
					line = substr(line, RSTART + RLENGTH)
				}
		for (option in options)
			print target, "$(wildcard " config "/" option ".h)"
	}' "$1" >"$1.new"
mv "$1.new" "$1"
