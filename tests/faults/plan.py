# SPDX-License-Identifier: Apache-2.0
"""Choose the system calls of a traced boot that fail, and with which errors."""

import bisect
import errno
import re
import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
HEADER = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
NAMES = {int(number): name for name, number in re.findall(r"#define __NR_(\w+) (\d+)", HEADER.read_text())}

# These cannot fail, or the C library ends the process if they do. close(2) releases the descriptor in any case.
EXEMPT = set("""close exit exit_group rt_sigreturn getpid gettid getppid getuid geteuid getgid getegid umask munmap
    clock_gettime gettimeofday time sched_yield pause restart_syscall arch_prctl set_tid_address
    mprotect""".split())

# The two likeliest errors of each call; EIO is tried with all.
LIKELY = {names: errors.split() for names, errors in {
    "open openat openat2 stat lstat newfstatat statx readlink readlinkat execve faccessat2 statfs": "ENOENT EACCES",
    "read pread64": "EINTR EAGAIN",
    "write": "EINTR ENOSPC",
    "poll epoll_wait epoll_pwait wait4 waitid futex nanosleep clock_nanosleep": "EINTR ENOMEM",
    "recvfrom recvmsg sendto sendmsg connect": "EINTR EAGAIN",
    "fork vfork clone clone3": "EAGAIN ENOMEM",
    "mkdir mkdirat mknodat symlinkat": "EEXIST ENOSPC",
    "unlink unlinkat rmdir": "ENOENT EBUSY",
    "mount umount2 move_mount open_tree fsopen fsconfig fsmount mount_setattr pivot_root": "EPERM EINVAL",
    "finit_module": "ENOENT ENOEXEC",
    "sendfile": "ENOSPC EINTR",
    "socket socketpair pipe2 epoll_create1 eventfd2 signalfd4 timerfd_create memfd_create inotify_init1": "EMFILE ENOMEM",
    "dup dup2 dup3 fcntl": "EMFILE EBADF",
    "getdents64": "ENOENT EACCES",
    "bpf seccomp": "EPERM EINVAL",
    "ioctl": "ENOTTY EINVAL",
    "kill pidfd_send_signal": "ESRCH EPERM",
}.items()}
ERRORS = {name: errors for names, errors in LIKELY.items() for name in names.split()}
OTHERS = ["EPERM", "EINVAL"]
ONLY = {"mmap": ["ENOMEM"], "brk": ["ENOMEM"], "mremap": ["ENOMEM"], "lseek": ["EIO"]}

# Calls that many descriptors, names or modules share are tried a few times for each caller.
REPEATED = {"unlinkat", "mkdirat", "fchownat", "fchmodat", "utimensat", "newfstatat", "sendfile", "mmap", "brk",
            "symlinkat", "prctl", "rt_sigaction", "fstat", "getdents64", "fcntl", "openat"}
REPEATS = 2

# Functions of the C library that call rt_sigprocmask for themselves, and cannot report an error of it.
SIGNALS_OF_LIBC = {"__block_all_sigs", "__block_app_sigs", "__restore_sigs"}


def own_functions():
    """Return: the names of the functions in coldinit's sources."""
    text = "\n".join(path.read_text() for folder in ("init", "dev", "spec", "net")
                     for path in (TOP / folder).rglob("*.c"))
    return set(re.findall(r"^[a-z_][^(;=]*?\b(\w+)\((?!.*;$)", text, re.M)) | set(re.findall(
        r"^[a-z_].*[^;,]\n\t(\w+)\([a-z]", text, re.M))


class Symbols:
    """Function names by address, from coldinit with its symbols."""

    def __init__(self, program):
        lines = subprocess.run(["nm", "-n", program], check=True, capture_output=True, text=True).stdout.splitlines()
        found = [line.split() for line in lines]
        self.all = [(int(words[0], 16), words[2]) for words in found if len(words) == 3 and words[1] in "tTwW"]
        self.addresses = [address for address, _ in self.all]
        self.own = own_functions()

    def name(self, address):
        at = bisect.bisect_right(self.addresses, int(address, 16)) - 1
        return self.all[at][1] if at >= 0 else "?"

    def path(self, call):
        """Return: the names of a call's callers, the innermost first, each once."""
        out = []
        for address in call.path:
            name = self.name(address)
            if not out or out[-1] != name:
                out.append(name)
        return out

    def own_path(self, call):
        """Return: those of coldinit's functions; others are of the C library."""
        return [name for name in self.path(call) if name in self.own]


def normal(text):
    """Remove numbers that differ in each boot."""
    return re.sub(r"(pipe|socket):\[\d+\]|/proc/\d+|\d{5,}", "N", text)


def key(call, symbols):
    """Return: the same value for calls that are one place in the source and one object.

    The process counts by its generation: all hooks, and all children that run hooks, are alike.
    """
    path, name = symbols.own_path(call), NAMES.get(call.number, str(call.number))
    generation = call.role.count(".")
    if name == "prctl":
        return generation, name, path[0] if path else "", call.object.split(" ")[0]
    if name in REPEATED:
        return generation, name, tuple(path[:2])
    return generation, name, tuple(path[:3]), normal(call.object)


def is_exempt(call, symbols):
    name = NAMES.get(call.number, "")
    return name in EXEMPT or (name == "rt_sigprocmask" and bool(SIGNALS_OF_LIBC & set(symbols.path(call)[:3])))


def distinct(calls, symbols):
    """Return: a few calls of each kind."""
    seen, out = {}, []
    for call in calls:
        if is_exempt(call, symbols):
            continue
        name, this = NAMES.get(call.number, ""), key(call, symbols)
        seen[this] = seen.get(this, 0) + 1
        if seen[this] <= (REPEATS if name in REPEATED else 1):
            out.append(call)
    return out


def errors(call):
    name = NAMES.get(call.number, "")
    return ONLY.get(name) or ["EIO", *ERRORS.get(name, OTHERS)]


def is_about_modules(call):
    """Is the call only made in a guest whose modules are not loaded yet?"""
    return NAMES.get(call.number) == "finit_module" or bool(re.search(r"initstate|\.ko|modules\.", call.object))


def lines(calls, first, wanted):
    """Return: the lines of the rig's list. EIO of all comes first. wanted: errors to try, None for all."""
    out, number = [], first
    rounds = [("EIO", "ENOMEM"), None]
    for turn in rounds:
        for call in calls:
            for at, name in enumerate(errors(call)):
                if (at == 0) != (turn is not None) or (wanted and name not in wanted):
                    continue
                out.append((number, call, name,
                            f"fault {number} {call.role} {call.number} {call.nth} {getattr(errno, name)}"))
                number += 1
    return out
