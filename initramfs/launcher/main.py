# SPDX-License-Identifier: Apache-2.0
"""The launcher's steps, and its exit status."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

from launcher import chart, cloud_hypervisor, options as command_line, place, plan as plans, vmm as vmms
from launcher.options import FAILED
from launcher.session import Session
from launcher.status import Status
from qemu import LaunchError

SOCKET_PATH_MAX = 90  # of a unix socket's 107 bytes


@contextlib.contextmanager
def scratch_folder(keep):
    """Give the folder for the guest's files: --keep's, or one that is removed."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="coldinit-run-") as scratch:
            yield Path(scratch)
        return
    keep = keep.absolute()
    if len(os.fsencode(keep)) > SOCKET_PATH_MAX:
        raise LaunchError(f"--keep {keep}: the path is too long for the VMM's sockets, which are there")
    try:
        keep.mkdir(parents=True, exist_ok=True)
        left = next(keep.iterdir(), None)
    except OSError as error:
        raise LaunchError(f"--keep {keep}: {error.strerror}") from None
    if left:
        raise LaunchError(f"--keep {keep}: it is not empty")
    yield keep
    for name in ("console", "qmp", "api", "vsock", f"vsock_{cloud_hypervisor.REPORT_PORT}", *plans.PORTS):
        (keep / name).unlink(missing_ok=True)


def write_report(where, text):
    if where == "-":
        print(f"coldinit-verdict: {text}", file=sys.stderr)
    elif where:
        try:
            Path(where).write_text(text + "\n")
        except OSError as error:
            raise LaunchError(f"--report {where}: {error.strerror}") from None


def explain(ended, memory):
    """Return: why there is no status of the container. @memory: the guest's, in MiB."""
    if ended.problem:
        return ended.problem
    if ended.verdict is None and ended.text:
        return "the verdict is not a JSON object with a status from 0 to 255"
    text = "the guest ended without a verdict"
    if ended.errors:
        return f"{text}: {ended.errors}"
    if not ended.console:
        return f"{text} and printed nothing, so its kernel has probably not started: try more memory than {memory} MiB (-m)"
    return "\n  ".join([f"{text}, and its console ends with:", *ended.console])


def status_of(ended, status, memory):
    """Report the end of a run, of a guest with @memory MiB. Return: the launcher's exit status."""
    if ended.problem or ended.verdict is None:
        status.message(f"{place.PROGRAM}: {explain(ended, memory)}")
        return 137 if ended.problem and ended.started else FAILED
    error = ended.verdict.get("error")
    if ended.verdict.get("outcome") == "failed" or ended.verdict.get("oom"):
        status.report_error(error)
    return ended.verdict["status"]


def check_outputs(options):
    """What is written after the run must not change its status."""
    for option, path in (("--report", options.report), ("--chart", options.chart)):
        if path and str(path) != "-":
            folder = os.path.dirname(path) or "."
            if os.path.isdir(path):
                raise LaunchError(f"{option} {path}: it is a directory, a file is wanted")
            if not os.path.isdir(folder):
                raise LaunchError(f"{option} {path}: there is no directory {folder}")
            if not os.access(path if os.path.exists(path) else folder, os.W_OK):
                raise LaunchError(f"{option} {path}: this user may not write it")


def run(options, status):
    check_outputs(options)
    with scratch_folder(options.keep) as scratch:
        plan = plans.Planner(options, scratch, status.progress).plan()
        vmm = vmms.VMMS[options.vmm](plan, scratch)
        if options.dry_run:
            status.clear()
            print(plans.describe(plan, vmm.describe()))
            if options.keep:
                vmm.keep()
            return 0
        for port in plan.chosen:
            status.message(f"{place.PROGRAM}: port {port.container}/{port.protocol} of the container is port {port.host} here")
        status.progress("starting the guest")
        with vmm.prepared():
            ended = Session(plan, options, scratch, status, vmm).run()
        if ended.text:
            write_report(options.report, ended.text)
        if options.chart and ended.verdict:
            chart.write(options.chart, ended.verdict)
        return status_of(ended, status, plan.guest.memory)


def interrupt(*_):
    raise KeyboardInterrupt


def prepare_process():
    """Make the standard descriptors exist, and SIGTERM and SIGHUP end the launcher with its folders removed."""
    while (fd := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(fd)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)


def main(arguments=None):
    prepare_process()
    options = command_line.parse(arguments)
    status = Status(quiet=options.verbose)
    try:
        return run(options, status)
    except LaunchError as error:
        status.message(f"{place.PROGRAM}: {error}")
    except subprocess.CalledProcessError as error:
        status.message(f"{place.PROGRAM}: {error.cmd[0]} failed")
    except OSError as error:
        status.message(f"{place.PROGRAM}: {error}")
    except RecursionError:
        status.message(f"{place.PROGRAM}: a JSON document of the image or bundle is nested too deeply")
    except KeyboardInterrupt:
        status.message(f"{place.PROGRAM}: interrupted")
        return 130
    except Exception as error:  # pylint: disable=broad-except
        if options.verbose:
            traceback.print_exc()
        status.message(f"{place.PROGRAM}: internal error: {type(error).__name__}: {error} (--verbose shows where)")
    return FAILED
