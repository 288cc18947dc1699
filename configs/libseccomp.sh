#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Make libseccomp's table of system calls with the columns of only those architectures that a guest can
# run: all nineteen would be two thirds of the library.
#
#	libseccomp.sh SOURCE ARCH...
#
# SOURCE is the unpacked source package. Its syscalls.h, which declares the table's rows, is changed.
set -eu
cd "$1/src"
shift
kept=" $* "

awk -F, -v OFS=, -v kept="$kept" '
	NR == 1 {
		for (i = 2; i <= NF; i++)
			if (index(kept, " " $i " "))
				columns[++n] = i
		if (n != split(kept, words, " "))
			exit 1
	}
	{
		row = $1
		for (i = 1; i <= n; i++)
			row = row OFS $columns[i]
		print row
	}' syscalls.csv >syscalls.kept.csv

sed -n 's/^	int \([a-z0-9_]*\);$/\1/p' syscalls.h | while read -r member; do
	case "$kept name index " in
	*" $member "*) ;;
	*) sed -i "/^	int $member;\$/d" syscalls.h ;;
	esac
done

bash ./arch-gperf-generate syscalls.kept.csv syscalls.perf.template
gperf -m 100 --null-strings --pic -tCEG -T -S1 syscalls.perf >syscalls.perf.c
