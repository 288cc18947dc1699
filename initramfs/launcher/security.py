# SPDX-License-Identifier: Apache-2.0
"""--security-opt: words as podman's, and seccomp profiles (containers-common's or Docker's form, or OCI's). Pure, except for
reading the profile."""

import errno
import json
from dataclasses import dataclass, field

from qemu import LaunchError

# libseccomp's name of a guest's architecture, by Debian's
ARCHITECTURES = {"amd64": "SCMP_ARCH_X86_64", "arm64": "SCMP_ARCH_AARCH64", "s390x": "SCMP_ARCH_S390X"}
ACTIONS = tuple(f"SCMP_ACT_{name}" for name in (
    "ALLOW", "ERRNO", "KILL", "KILL_PROCESS", "KILL_THREAD", "LOG", "NOTIFY", "TRACE", "TRAP"))
OLDEST_KERNEL = (6, 1)  # of a guest, for the rules of Docker's profile that have a minKernel
SIZE_MAX = 4 << 20


@dataclass
class Security:
    """@seccomp: a file, "unconfined", or None for what the bundle has; @no_new_privileges: None for the same."""

    seccomp: str = None
    no_new_privileges: bool = None
    mask: list = field(default_factory=list)
    unmask: list = field(default_factory=list)


def truth(text, option):
    if text.lower() not in ("", "true", "false", "1", "0"):
        raise LaunchError(f"--security-opt {option}: true or false expected")
    return text.lower() in ("", "true", "1")


def paths(text, option):
    found = text.split(":")
    if not all(path.startswith("/") or path == "ALL" for path in found):
        raise LaunchError(f"--security-opt {option}: absolute paths, separated by colons, expected")
    return found


def parse(texts):
    """Return: the Security of all --security-opt."""
    found = Security()
    for text in texts:
        at = next((n for n, char in enumerate(text) if char in "=:"), len(text))
        name, value = text[:at], text[at + 1:]
        if name == "no-new-privileges":
            found.no_new_privileges = truth(value, text)
        elif name == "seccomp" and value:
            found.seccomp = value
        elif name in ("mask", "unmask"):
            getattr(found, name).extend(paths(value, text))
        elif (name, value) in (("label", "disable"), ("apparmor", "unconfined")):
            pass  # the guest has no such labels
        else:
            hint = " (the guest has neither SELinux nor AppArmor)" if name in ("label", "apparmor") else ""
            raise LaunchError(f"--security-opt {text}: seccomp=FILE, seccomp=unconfined, no-new-privileges, mask=PATH, "
                              f"unmask=PATH or unmask=ALL expected{hint}")
    return found


# --- profiles ------------------------------------------------------------------------------------

def errno_of(rule, name, number):
    """Return: the error number of a rule: by name, which has precedence, or by number, or None."""
    word = rule.get(name)
    if not word:
        return rule.get(number)
    if not hasattr(errno, word):
        raise ValueError(f"there is no error {word}")
    return getattr(errno, word)


def kernel_version(text):
    return tuple(int(word) for word in text.split(".")[:2])


def applies(rule, arch, bounding):
    """Does a rule of a profile hold for this guest and these capabilities?"""
    includes, excludes = rule.get("includes") or {}, rule.get("excludes") or {}
    if arch in (excludes.get("arches") or []) or set(excludes.get("caps") or []) & set(bounding):
        return False
    if excludes.get("minKernel") and OLDEST_KERNEL >= kernel_version(excludes["minKernel"]):
        return False
    if includes.get("minKernel") and OLDEST_KERNEL < kernel_version(includes["minKernel"]):
        return False
    return (not includes.get("arches") or arch in includes["arches"]) and \
        set(includes.get("caps") or []) <= set(bounding)


def check_action(action):
    if action not in ACTIONS:
        raise ValueError(f"there is no action {action}")
    return action


def names_of(rule):
    if rule.get("name") and rule.get("names"):
        raise ValueError("a rule has name and names")
    names = rule.get("names") or ([rule["name"]] if rule.get("name") else [])
    if not all(isinstance(name, str) for name in names):
        raise ValueError("the names of system calls are no texts")
    return names


def convert_rule(rule):
    """Return: the rule of linux.seccomp."""
    found = {"names": names_of(rule), "action": check_action(rule["action"])}
    number = errno_of(rule, "errno", "errnoRet")
    if number is not None:
        found["errnoRet"] = number
    if rule.get("args"):
        found["args"] = [{key: arg[key] for key in ("index", "value", "valueTwo", "op") if key in arg} for arg in rule["args"]]
    return found


def architectures(profile, arch):
    """Return: the guest's architecture with the older ones whose programs it runs, as the profile has them."""
    if profile.get("architectures") and profile.get("archMap"):
        raise ValueError("it has architectures and archMap")
    native = ARCHITECTURES[arch]
    for entry in profile.get("archMap") or []:
        if entry["architecture"] == native:
            return [native, *(entry.get("subArchitectures") or [])]
    return list(profile.get("architectures") or [])


def convert(profile, arch, bounding):
    """Return: linux.seccomp of a profile for a guest and a container's bounding set, None if it is empty."""
    if not profile.get("defaultAction") and not profile.get("syscalls"):
        return None
    found = {"defaultAction": check_action(profile.get("defaultAction"))}
    number = errno_of(profile, "defaultErrno", "defaultErrnoRet")
    if number is not None:
        found["defaultErrnoRet"] = number
    listed = architectures(profile, arch)
    if listed:
        found["architectures"] = listed
    for name in ("flags", "listenerPath", "listenerMetadata"):
        if profile.get(name):
            found[name] = profile[name]
    rules = [convert_rule(rule) for rule in profile.get("syscalls") or [] if applies(rule, arch, bounding)]
    found["syscalls"] = [rule for rule in rules if rule["names"]]
    return found


def read_profile(path):
    try:
        with open(path, "rb") as file:
            data = file.read(SIZE_MAX + 1)
        if len(data) > SIZE_MAX:
            raise ValueError(f"it has more than {SIZE_MAX >> 20} MiB")
        return json.loads(data)
    except OSError as error:
        raise LaunchError(f"--security-opt seccomp={path}: {error.strerror}") from None


def load(path, arch, bounding):
    """Return: linux.seccomp of the profile in a file, None if the profile is empty."""
    try:
        return convert(read_profile(path), arch, bounding)
    except (KeyError, TypeError, AttributeError) as error:
        raise LaunchError(f"--security-opt seccomp={path}: it does not have the form of a seccomp profile "
                          f"({type(error).__name__}: {error})") from None
    except ValueError as error:
        raise LaunchError(f"--security-opt seccomp={path}: {error}") from None


def unmask(listed, unmasked):
    """Return: @listed without what is unmasked: ALL, or a path with everything in it."""
    return [path for path in listed
            if not any(word == "ALL" or path == word or path.startswith(word.rstrip("/") + "/") for word in unmasked)]


def apply(spec, options):
    """Apply --security-opt. Without it an image's container has no filter: the guest's kernel is the container's alone."""
    found = parse(options.security_opt)
    process = spec["process"]
    if found.no_new_privileges is not None:
        process["noNewPrivileges"] = found.no_new_privileges
    linux = spec.setdefault("linux", {}) if options.security_opt else {}
    if found.seccomp:
        bounding = (process.get("capabilities") or {}).get("bounding") or []
        profile = None if found.seccomp == "unconfined" else load(found.seccomp, options.arch, bounding)
        linux.pop("seccomp", None)
        if profile:
            linux["seccomp"] = profile
    if found.unmask:
        for name in ("maskedPaths", "readonlyPaths"):
            linux[name] = unmask(linux.get(name, []), found.unmask)
    if found.mask:
        linux["maskedPaths"] = [*linux.get("maskedPaths", []), *(path for path in found.mask if path != "ALL")]
