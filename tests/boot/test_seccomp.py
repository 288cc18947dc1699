# SPDX-License-Identifier: Apache-2.0
"""linux.seccomp: what a filter allows and refuses, and the end of a process that it kills."""

import json
import shutil

import pytest

import bundles
from conftest import BUILD

HOOK = BUILD / "tests/programs/hook"

# As container engines write it: refuse by default, allow a long list, decide the rest by arguments
# and by capabilities.
ALLOWED = """accept4 access arch_prctl bind brk capget capset chdir chmod chown clone clone3 close
close_range connect dup dup2 dup3 epoll_create1 epoll_ctl epoll_wait execve execveat exit exit_group
faccessat faccessat2 fchdir fchmod fchown fchownat fcntl fork fstat fstatfs futex getcwd getdents64
getegid geteuid getgid getgroups getpid getppid getrandom getresgid getresuid getrlimit getsid gettid
getuid ioctl kill link lseek lstat madvise memfd_create mkdir mknod mmap mprotect mremap munmap
nanosleep newfstatat open openat openat2 pause pidfd_open pipe pipe2 poll ppoll prctl pread64 prlimit64
pwrite64 read readlink readlinkat readv recvfrom recvmsg rename rmdir rt_sigaction rt_sigprocmask
rt_sigreturn rt_sigsuspend rt_sigtimedwait sched_yield seccomp sendmsg sendto set_robust_list
set_tid_address setgid setgroups setpgid setresgid setresuid setrlimit setsid setuid sigaltstack socket
socketpair stat statfs statx symlink sync sysinfo tgkill umask uname unlink unlinkat utimensat vfork
wait4 waitid write writev a_system_call_of_tomorrow""".split()


def profile(*rules, default="SCMP_ACT_ERRNO", **more):
    spec = {"defaultAction": default,
            "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
            "syscalls": [{"names": ALLOWED, "action": "SCMP_ACT_ALLOW"}, *rules], **more}
    if default == "SCMP_ACT_ERRNO":
        spec["defaultErrnoRet"] = 1
    return spec


def rule(action, *names, **more):
    return {"names": list(names), "action": f"SCMP_ACT_{action}", **more}


def argument(index, op, value, two=0):
    return {"index": index, "op": f"SCMP_CMP_{op}", "value": value, "valueTwo": two}


def filtered(seccomp, *commands, no_new_privileges=True, user=None):
    spec = bundles.container(*commands)
    spec["linux"]["seccomp"] = seccomp
    spec["process"]["noNewPrivileges"] = no_new_privileges
    if user:
        spec["process"]["user"] = user
    return spec


def add_program(bundle):
    shutil.copy(BUILD / "tests/programs/syscalls", bundle / "rootfs/bin")


def test_a_profile_as_of_container_engines(boot):
    """The filter works for an ordinary user, with no_new_privs."""
    spec = filtered(profile(
        rule("ERRNO", "mount", errnoRet=38),
        rule("ALLOW", "personality", args=[argument(0, "EQ", 0xffffffff)])),
        "cat /proc/self/status", "run /bin/syscalls x", user={"uid": 1000, "gid": 1000})
    outcome = boot(spec, prepare=add_program).assert_exited(0)
    status = [line.split()[1:] for line in outcome.probe("cat")]
    assert ["Seccomp:", "2"] in status and ["Seccomp_filters:", "1"] in status
    assert outcome.probe("syscalls") == [
        "getpid: ok", "personality(~0): ok", "personality(0): Operation not permitted",
        "mount: Function not implemented", "unshare: Operation not permitted"]


@pytest.mark.parametrize("words", [[], ["clocksource=hpet"]], ids=["vdso", "hpet"])
def test_without_no_new_privs(boot, words):
    """The filter is loaded while the process is still root. It refuses the clock, where a system call reads it."""
    spec = filtered(profile(rule("ALLOW", "chroot")), "id", "run /bin/syscalls x", no_new_privileges=False,
                    user={"uid": 1000, "gid": 1000})
    outcome = boot(spec, prepare=add_program, words=words).assert_exited(0)
    assert "NoNewPrivs:\t0" in outcome.probe("id")
    assert "unshare: Operation not permitted" in outcome.probe("syscalls")


@pytest.mark.parametrize("no_new_privileges", [True, False])
def test_hooks_in_the_container(boot, no_new_privileges):
    """Hooks in the container run its programs, so its filter applies to them."""
    spec = filtered({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [rule("ERRNO", "personality", errnoRet=38)]},
                    no_new_privileges=no_new_privileges, user={"uid": 1000, "gid": 1000})
    spec["hooks"] = {"startContainer": [{"path": "/bin/syscalls"}]}
    outcome = boot(spec, prepare=add_program, quiet=False).assert_exited(0)
    [line] = [line for line in outcome.log() if "hooks: /bin/syscalls: " in line]
    assert "getpid: ok" in line and "personality(~0): Function not implemented" in line


def test_hooks_in_the_container_need_no_clock(boot):
    """Without no_new_privs the filter is loaded before the hooks, whose time limit is by the clock."""
    spec = filtered({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [rule("ERRNO", "clock_gettime", errnoRet=1)]},
                    "id", no_new_privileges=False, user={"uid": 1000, "gid": 1000})
    spec["hooks"] = {"startContainer": [{"path": "/bin/syscalls"}]}
    outcome = boot(spec, prepare=add_program, quiet=False).assert_exited(0)
    assert [line for line in outcome.log() if "hooks: /bin/syscalls: " in line]
    assert outcome.verdict["timeline_us"]["exec"] > outcome.verdict["timeline_us"]["spec"]


def killing(call, **more):
    spec = filtered(profile(rule("KILL_PROCESS", call), default="SCMP_ACT_ALLOW"), **more)
    spec["process"]["args"] = ["/bin/syscalls"]
    return spec


@pytest.mark.parametrize("call, kernel", [("unshare", "6.12"), ("execve", "6.12"), ("unshare", "6.1")])
def test_a_process_that_is_killed(boot, call, kernel):
    """The verdict names the signal and the system call."""
    verdict = boot(killing(call), prepare=add_program, kernel=kernel).verdict
    assert (verdict["outcome"], verdict["status"], verdict["signal"]) == ("signaled", 159, "SIGSYS")
    number = {"unshare": 272, "execve": 59}[call]
    assert verdict["error"] == ("SIGSYS ended /bin/syscalls: a seccomp filter refused the system call "
                                f"{call} ({number})")


def test_a_launch_that_is_killed(boot):
    """The filter is installed before the user changes, and kills this."""
    outcome = boot(killing("setgroups", no_new_privileges=False), prepare=add_program)
    outcome.assert_failed("exec", "ended before executing", "it got SIGSYS: a seccomp filter refused the system "
                          "call setgroups (116)")


def test_a_process_below_the_first_that_is_killed(boot):
    """A shell exits with 159 for it; the warning names the call."""
    spec = filtered(profile(rule("KILL_PROCESS", "unshare"), default="SCMP_ACT_ALLOW"))
    spec["process"]["args"] = ["/bin/sh", "-c", "/bin/syscalls; exit $?"]

    def prepare(bundle):
        add_program(bundle)
        shutil.copy("/bin/busybox", bundle / "rootfs/bin/sh")

    outcome = boot(spec, prepare=prepare).assert_exited(159)
    assert outcome.verdict["warnings"] == [
        "container: a seccomp filter killed a process at the system call unshare (272)"]


def test_nothing_of_coldinits_own_needs_to_be_allowed(boot):
    """With no_new_privs only execve() comes after the filter."""
    spec = filtered({"defaultAction": "SCMP_ACT_KILL_PROCESS", "syscalls": [
        rule("ALLOW", "execve", "arch_prctl", "set_tid_address", "ioctl", "writev", "write",
             "exit_group", "exit", "brk", "mmap")]}, "true")
    outcome = boot(spec).assert_exited(0)
    assert outcome.probe("true") == ["running"]


@pytest.mark.parametrize("no_new_privileges, host", [(True, None), (False, None), (True, 100000)])
def test_a_listener_in_the_guest_decides(boot, no_new_privileges, host):
    """A hook has started it. It gets the filter with the state, and answers with an error."""
    spec = filtered({"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/run/decide.sock", "listenerMetadata": "m",
                     "flags": ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"],
                     "syscalls": [rule("NOTIFY", "personality")]}, no_new_privileges=no_new_privileges)
    spec["process"]["args"] = ["/bin/syscalls"]
    spec["hooks"] = {"createRuntime": [{"path": "/usr/bin/hook", "args": ["hook", "decide", "/run/decide.sock"]}]}
    if host:
        spec["linux"]["namespaces"].append({"type": "user"})
        for kind in ("uidMappings", "gidMappings"):
            spec["linux"][kind] = [{"containerID": 0, "hostID": host, "size": 65536}]
    outcome = boot(spec, bundles.manifest(), prepare=add_program, files={"/usr/bin/hook": HOOK}).assert_exited(0)
    results = dict(line.split(": ") for line in outcome.probe("syscalls"))
    assert results["getpid"] == "ok"
    assert results["personality(0)"] == results["personality(~0)"] == "Previous owner died"
    [state] = [json.loads(line) for line in outcome.probe("decide")]
    assert (state["ociVersion"], state["fds"], state["metadata"]) == ("1.1.0", ["seccompFd"], "m")
    assert state["pid"] == state["state"]["pid"] > 1  # the guest's number
    assert (state["state"]["id"], state["state"]["status"]) == ("c1", "creating")


def test_a_listener_that_is_not_in_the_guest_is_named(boot):
    spec = filtered(profile(listenerPath="/run/listener.sock"))
    boot(spec).assert_failed("exec", "linux.seccomp.listenerPath: cannot connect to /run/listener.sock in the guest: "
                                     "No such file or directory")


def test_a_build_without_seccomp_refuses_it(boot):
    boot(filtered(profile()), kernel="6.12-tiny").assert_failed(
        "spec", "/linux/seccomp: not supported by this build")


# --- filters that are too long -------------------------------------------------------------------

@pytest.mark.parametrize("rules", [4000, 500, 130])
def test_filter_that_is_too_long_is_named(boot, rules):
    """libseccomp counts instructions in 16 bits; the kernel accepts 4096."""
    conditions = [argument(index, "EQ", 0x1234567890) for index in range(6)]
    spec = filtered(profile(*(rule("ALLOW", "socket", args=[
        {**condition, "value": condition["value"] + number} for condition in conditions])
        for number in range(rules))))
    boot(spec).assert_failed("exec", "linux.seccomp: ", "instructions, the kernel accepts")


def test_long_filter_works(boot):
    """A long list of calls, as of an engine, on all architectures."""
    spec = filtered(profile(rule("ERRNO", *(f"no_such_call_{n}" for n in range(300)))))
    boot(spec).assert_exited(0)
