# SPDX-License-Identifier: Apache-2.0
"""The command line. Options that podman has, have podman's names and meaning."""

import argparse
import sys
from pathlib import Path

import qemu
from launcher import place, values

# The launcher's status for everything before the container runs, as podman's.
FAILED = 125

TOP = Path(__file__).resolve().parents[2]

EPILOG = """\
IMAGE is docker-archive:FILE[:TAG], oci-archive:FILE[:TAG], oci:DIR[:TAG], dir:ROOTFS, or an OCI
bundle: bundle:DIR. Without a prefix the kind is found out by looking. Without IMAGE the demo runs,
a program that drives QEMU's edu device.

DEVICE is a QEMU device with its properties (edu; nvme,serial=1) or the address of a PCI function of
the host (0000:65:00.0), with ",driver=guest" if the guest's kernel drives it, and ",to=/dev/NAME" for
its path in the container.

The status is the container's, or 125 if the container did not start. Ctrl-C twice, or SIGTERM, asks
the container to stop.
"""


BACKGROUND = "no engine keeps a container here: start the launcher in the background (&)"
HINTS = {
    "-d": BACKGROUND, "--detach": BACKGROUND,
    "--init": "the image must have its own (tini, catatonit), as its program is process 1 of the container",
    "--privileged": "write --cap-add ALL --security-opt unmask=ALL, and name devices by --device",
    "--add-host": "share a file by -v FILE:/etc/hosts:ro",
    "--gpus": "name the function of the host by --device 0000:65:00.0",
    "--platform": "write --arch amd64 or arm64", "--volumes-from": "name the directories by -v", "--pull": "images are files here",
    "--restart": "start the launcher in a loop, or by systemd",
}


class Parser(argparse.ArgumentParser):
    """Reports a wrong command line as the launcher's other errors."""

    def error(self, message):
        self.refuse(f"{message}; see --help")

    def refuse(self, message):
        print(f"{self.prog}: {message}", file=sys.stderr)
        sys.exit(FAILED)


def add_container(parser):
    group = parser.add_argument_group("the container")
    add = group.add_argument
    add("-e", "--env", action="append", default=[], metavar="NAME=VALUE", help="a variable of its environment")
    add("--env-file", action="append", default=[], metavar="FILE", help="the same, one a line")
    add("-w", "--workdir", metavar="DIR", help="its working directory")
    add("-u", "--user", metavar="USER[:GROUP]", help="its user, by name or number")
    add("--group-add", action="append", default=[], metavar="GROUP", help="another group of its user")
    add("--entrypoint", metavar="PROGRAM", help="instead of the image's; a JSON array or one word")
    add("-i", "--interactive", action="store_true", help="connect stdin")
    add("-t", "--tty", action="store_true", help="with a terminal")
    add("--read-only", action="store_true", help="its root is read-only; /run, /tmp and /var/tmp are in memory")
    add("--tmpfs", action="append", default=[], metavar="PATH[:OPTIONS]", help="a directory in memory")
    add("--mount", action="append", default=[], metavar="type=bind,source=HOST,destination=PATH[,ro]",
        help="the same as -v; type=tmpfs,destination=PATH is --tmpfs")
    add("--shm-size", metavar="SIZE", help="of /dev/shm (default: 64m)")
    add("-h", "--hostname", metavar="NAME", help="its host name")
    add("--name", metavar="NAME", help="the container's id")
    add("--stop-signal", metavar="SIGNAL", help="that a stop request sends")
    add("--stop-timeout", type=seconds, metavar="SECONDS", help="until it is killed (default: 10)")
    add("--ulimit", action="append", default=[], metavar="NAME=SOFT[:HARD]")
    add("--pids-limit", metavar="N", help="processes and threads; -1 is no limit (default)")
    add("--sysctl", action="append", default=[], metavar="NAME=VALUE", help="a parameter of its namespaces, or net.*")
    add("--cap-add", action="append", default=[], metavar="NAME", help="capabilities, separated by commas, or ALL")
    add("--cap-drop", action="append", default=[], metavar="NAME")
    add("--security-opt", action="append", default=[], metavar="OPTION",
        help="seccomp=FILE (a profile), seccomp=unconfined (default for images), no-new-privileges, mask=PATH, unmask=PATH")
    add("--rm", action="store_true", help="accepted; nothing of a container remains")


def add_machine(parser):
    group = parser.add_argument_group("the machine")
    add = group.add_argument
    add("-m", "--memory", metavar="SIZE", help="the guest's memory, such as 4g (default: 768m, and what the image needs)")
    add("--cpus", "--smp", default="1", metavar="N", help="processors (default: %(default)s)")
    add("-v", "--volume", action="append", default=[], metavar="HOST:CONTAINER[:ro]",
        help="share a directory of the host by virtio-fs; a file is copied and must be :ro")
    add("-p", "--publish", action="append", default=[], metavar="[[ADDRESS:]HOST:]CONTAINER[/udp]",
        help="a port of the host leads to the container's")
    add("-P", "--publish-all", action="store_true", help="publish the image's ports at free ones")
    add("--network", "--net", metavar="NETWORK",
        help="none, user (QEMU's user networking, default for images), or a tap interface of the host: "
             "tap:NAME,address=ADDRESS/BITS[,gateway=ADDRESS][,dns=ADDRESS]")
    add("--dns", action="append", default=[], metavar="ADDRESS", help="a name server, instead of the network's")
    add("--device", action="append", default=[], metavar="DEVICE", help="see below")
    add("--drive", action="append", default=[], metavar="DRIVE", help="QEMU's -drive, for a device with drive=ID")
    add("--netdev", action="append", default=[], metavar="NETDEV", help="QEMU's -netdev, for a device with netdev=ID")
    add("--writable", type=Path, metavar="FILE", help="keep the container's changes on this disk; it is made if missing")


def add_launch(parser):
    group = parser.add_argument_group("the launch")
    add = group.add_argument
    add("--vmm", default="qemu", choices=["qemu", "libvirt", "cloud-hypervisor"])
    add("--arch", default=place.own_arch(), choices=list(qemu.MACHINES), help="the guest's architecture (default: %(default)s)")
    add("--build", type=Path, metavar="DIR", help="where make has built (default: build, or build-ARCH); not if installed")
    add("--kernel", type=Path, metavar="FILE", help="instead of the build's, or of this machine's")
    add("--initramfs", type=Path, metavar="FILE", help="instead of the build's")
    add("--append", action="append", default=[], metavar="WORDS", help="for the kernel's command line")
    add("--timeout", type=positive, metavar="SECONDS", help="end the guest after this time")
    add("--dry-run", action="store_true", help="print the VMM's command, the manifest and config.json")
    add("--keep", type=Path, metavar="DIR", help="keep what was made for this guest there")
    add("--report", metavar="FILE", help="write the verdict there; - is stderr")
    add("--chart", type=Path, metavar="FILE.svg", help="draw the boot")
    add("--verbose", action="store_true", help="the guest's console on stderr, with the kernel's messages")
    add("--bundle", type=Path, help=argparse.SUPPRESS)


def parser():
    made = Parser(prog=place.PROGRAM, description="Run an image's container in a VM, with devices.", epilog=EPILOG,
                  usage="%(prog)s [OPTION]... [IMAGE [COMMAND [ARGUMENT]...]]",
                  formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, add_help=False)
    made.add_argument("--help", action="help", help="show this")
    add_container(made)
    add_machine(made)
    add_launch(made)
    # Everything behind the image belongs to the container, also what looks like an option.
    made.add_argument("words", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return made


def check_known(made, actions, word):
    """Refuse an option of podman's with a hint, also one letter of several."""
    name = word.partition("=")[0]
    for letter in "" if word.startswith("--") else word[1:]:
        action = actions.get(f"-{letter}")
        if action is None or action.nargs != 0:
            name = f"-{letter}"
            break
    if name in HINTS:
        made.refuse(f"{name} is not possible: {HINTS[name]}")


def value_follows(actions, word):
    """Is the value of a word of short options the next word?"""
    for at, letter in enumerate(word[1:], 1):
        action = actions.get(f"-{letter}")
        if action is None or action.nargs != 0:
            return action is not None and at == len(word) - 1
    return False


def plain_flags(made, arguments):
    """Return: the words up to the image as argparse takes them: --flag=true and --flag=false are replaced, and a value that
    begins with "-" is joined with its option."""
    actions, found, left = made._option_string_actions, [], list(arguments)
    while left and left[0] != "-" and left[0] != "--" and left[0].startswith("-"):
        word = left.pop(0)
        check_known(made, actions, word)
        name, equals, value = word.partition("=")
        action = actions.get(name)
        if equals and action is not None and action.nargs == 0 and value.lower() in ("true", "1", "false", "0"):
            found += [name] if value.lower() in ("true", "1") else []
            continue
        found.append(word)
        follows = value_follows(actions, word) if not word.startswith("--") else \
            not equals and action is not None and action.nargs != 0
        if follows and left and left[0].startswith("-"):
            found[-1] += ("=" if word.startswith("--") else "") + left.pop(0)
        elif follows and left:
            found.append(left.pop(0))
    return found + left


def positive(text):
    number = values.decimal(text)
    if not number:
        raise ValueError
    return number


def seconds(text):
    number = values.seconds(text)
    if number is None:
        raise ValueError
    return number


def parse(arguments=None):
    """Return: the options, with image (a text or None) and command (words)."""
    made = parser()
    options = made.parse_args(plain_flags(made, sys.argv[1:] if arguments is None else arguments))
    options.build = options.build or TOP / ("build" if options.arch == place.own_arch() else f"build-{options.arch}")
    words = options.words
    if words and words[0] == "--":
        del words[0]
    options.image = f"bundle:{options.bundle}" if options.bundle else words.pop(0) if words else None
    if words and words[0] == "--":
        del words[0]
    options.command = words
    return options
