#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Make libseccomp's table of system calls for this binary: only the architectures that a guest can run
# (all nineteen would be two thirds of the library), sorted by name instead of gperf's hash, whose code
# and empty places are larger than the names, and with numbers of 16 bits where they fit.
#
#	libseccomp.sh SOURCE ARCH...
#
# SOURCE is the unpacked source package. Its syscalls.h, which declares the table's rows, is changed,
# and syscalls.perf.c is made from syscalls.csv. From its other files goes what init/container/seccomp.c
# does not use.
set -eu
cd "$1/src"
shift
kept=" $* "

# The other architectures have no definition.
words=$(echo "$*" | sed 's/ /\\|/g')
sed -i "/return &arch_def_\\($words\\);/!s/return &arch_def_.*;/return NULL;/" arch.c

# The kernel is not tried for flags and actions: all kernels with the system calls of coldinit's mounts
# have them, and one without seccomp refuses the filter.
sed -i '/^\t*_seccomp_api_update();$/d' api.c
sed -i 's/return state\.sup_\(kill_process\|action_log\|user_notif\);/return 1;/
	s/state\.sup_\(kill_process\|action_log\|user_notif\) < 0/0/' system.c

# One rule that cannot be added is the end of the filter, so there are no transactions, which keep a copy
# of all rules. TSYNC is the caller's.
sed -i 's/rc = db_col_transaction_start(col);/rc = 0;/
	/^\t\tdb_col_transaction_\(commit\|abort\)(col);$/s/db_col.*;/;/
	s/sys_chk_seccomp_flag(SECCOMP_FILTER_FLAG_TSYNC_ESRCH) < 1/0/' db.c

# A filter is for the machine that makes it, and always a binary tree.
sed -i 's/return hto[bl]e\(16\|32\)(val);/return val;/
	s/if (optimize != 2)/if (0)/
	s/if (optimize == 2)/if (1)/' gen_bpf.c

# Whether a system call is one of socketcall(2) or ipc(2) is looked up in a table, not compared by code.
sed -i '/^\t*_ABI_SYSCALL_[A-Z_]*_CHK(/d
	/^#define _ABI_SYSCALL_.*\\$/{
		:join
		N
		/\\$/b join
	}
	s/^#define _ABI_SYSCALL_RES_NAME_CHK.*/\tif (mux_number(name)) return mux_number(name);/
	s/^#define _ABI_SYSCALL_RES_NUM_CHK.*/\tif (mux_name(num)) return mux_name(num);/
	s/^#define _ABI_SYSCALL_SOCK_CHK.*/\tif (mux_number(name) \/ 100 == -1) return true;/
	s/^#define _ABI_SYSCALL_IPC_CHK.*/\tif (mux_number(name) \/ 100 == -2) return true;/
	s/^#define _ABI_SYSCALL_DEMUX_CHK.*/\tif (mux_name(syscall)) sys = arch->syscall_resolve_name_raw(mux_name(syscall));/
	s/^#define _ABI_SYSCALL_MUX_CHK.*/\tif (mux_number(sys)) return mux_number(sys);/' syscalls.c

# The code for parts of ipc(2) is that for parts of socketcall(2) again: the remainder of a pseudo number by 200
# is that by 100.
sed -i 's/^\tif (\(_abi_syscall_\)socket_test(db->arch, sys)) {/\tif (\1socket_test(db->arch, sys) || \1ipc_test(db->arch, sys)) {/
	s/^\t} else if (_abi_syscall_ipc_test(.*/\t} else if (0) {/
	s/rule_a->syscall = db->arch->sys_socketcall;/rule_a->syscall = sys_a > -200 ? db->arch->sys_socketcall : db->arch->sys_ipc;/' \
	syscalls.c
muxed=$(sed -nE 's/^#define __PNR_(\w+)\s+(-[12][0-9][0-9])$/\1 \2/p' ../include/seccomp-syscalls.h)
[ "$(echo "$muxed" | wc -l)" = 32 ]

# The columns of these architectures, in the order of strcmp().
awk -F, -v OFS=, -v kept="$kept" '
	NR == 1 {
		for (i = 2; i <= NF; i++)
			if (index(kept, " " $i " "))
				columns[++n] = i
		if (n != split(kept, words, " "))
			exit 1
		next
	}
	{
		row = $1
		for (i = 1; i <= n; i++)
			row = row OFS $columns[i]
		print row
	}' syscalls.csv | LC_ALL=C sort -t, -k1,1 >syscalls.kept.csv
members=$(sed -n '1s/^[^,]*,//p' syscalls.csv | tr ',' '\n' | while read -r column; do
	case $kept in *" $column "*) echo "$column" ;; esac
done)

# Only 32-bit Arm has numbers that need more than 16 bits.
type=$(awk -F, '{ for (i = 2; i <= NF; i++) if ($i + 0 > 32767) found = 1 }
	END { print found ? "int" : "short" }' syscalls.kept.csv)

# The members in the order of the columns; "index" is for libseccomp's own tests.
awk -v type="$type" -v members="$members" '
	/^struct arch_syscall_table \{$/ {
		print
		print "\tshort name;"
		n = split(members, names, " ")
		for (i = 1; i <= n; i++)
			printf "\t%s %s;\n", type, names[i]
		inside = 1
	}
	/^\};$/ { inside = 0 }
	/^#endif/ { print "int mux_number(const char *name);\nconst char *mux_name(int number);" }
	!inside' syscalls.h >syscalls.h.new
mv syscalls.h.new syscalls.h

awk -F, -v type="$type" -v muxed="$muxed" '
	BEGIN {
		for (i = split(muxed, words, " "); i; i -= 2)
			mux[words[i - 1]] = words[i]
	}
	$1 in mux { multiplexed = multiplexed sprintf("\t{%d, %d},\n", at, mux[$1]) }
	{
		names = names sprintf("\t\"%s\\0\"\n", $1)
		rows = rows sprintf("\t{%d", at)
		for (i = 2; i <= NF; i++) {
			number = $i == "PNR" ? "__PNR_" $1 : $i
			rows = rows ", " number
			if ($i == "PNR" && !($1 in checked)) {
				checked[$1]
				checks = checks sprintf("_Static_assert(%s >= -32768, \"\");\n", number)
			}
		}
		rows = rows "},\n"
		at += length($1) + 1
		if (at > 32767)
			exit 1
	}
	END {
		print "#include <seccomp.h>\n#include <string.h>\n#include \"syscalls.h\"\n"
		printf "%s\nstatic const char names[] =\n%s;\n", checks, names
		printf "static const struct arch_syscall_table rows[] = {\n%s};\n\n", rows
		print "static const struct mux {\n\tshort name, number;"
		printf "} muxed[] = {\n%s};\n\n", multiplexed
		print "static int number(const struct arch_syscall_table *row, int offset)"
		printf "{\n\treturn *(const %s *)((const char *)row + offset);\n}\n", type
	}' syscalls.kept.csv >syscalls.perf.c
cat >>syscalls.perf.c <<'END'

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

int syscall_resolve_name(const char *name, int offset)
{
	size_t from = 0, to = N_ROWS;

	while (from < to) {
		size_t middle = (from + to) / 2;
		int order = strcmp(name, names + rows[middle].name);

		if (!order)
			return number(&rows[middle], offset);
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return __NR_SCMP_ERROR;
}

const char *syscall_resolve_num(int num, int offset)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (number(&rows[i], offset) == num)
			return names + rows[i].name;
	return NULL;
}

/* The pseudo number of a part of socketcall(2) or ipc(2), 0 for another system call. */
int mux_number(const char *name)
{
	for (size_t i = 0; i < sizeof(muxed) / sizeof(muxed[0]); i++)
		if (!strcmp(name, names + muxed[i].name))
			return muxed[i].number;
	return 0;
}

const char *mux_name(int number)
{
	for (size_t i = 0; i < sizeof(muxed) / sizeof(muxed[0]); i++)
		if (muxed[i].number == number)
			return names + muxed[i].name;
	return NULL;
}

/* For libseccomp's own tests. */
const struct arch_syscall_def *syscall_iterate(unsigned int spot, int offset)
{
	static const struct arch_syscall_def none = {.num = __NR_SCMP_ERROR};

	return &none;
}
END
