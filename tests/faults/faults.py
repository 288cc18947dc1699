#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Let each system call of coldinit fail: tests/faults/faults.py BUILD [--n=N] [--only=TEXT] [--errors=E,E] [FLOW...]

--n: that many cases of each flow, spread evenly. --only: only cases whose line contains the text, as
"1.2 openat2 12 EIO". Without FLOW all flows run. The last line is "N passed, N failed".
"""

import collections
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
import judge  # noqa: E402
import known  # noqa: E402
import plan  # noqa: E402
import vm  # noqa: E402
import flows  # noqa: E402
import builds  # noqa: E402

WORKERS = 2  # VMs at a time
SLICE = 120  # cases in one VM
LIMIT_SECONDS = 240  # of one boot, longer than all that coldinit waits for

NEEDS = ["init.debug", "tests/faults/rig", "tests/faults/both", "tests/parity/probe", "tests/programs/edu",
         "tests/programs/service"]


def describe(call, error, symbols):
    name = plan.NAMES.get(call.number, call.number)
    return f"{call.role} {name} {call.nth} {error}: {call.object[:100]}: {' < '.join(symbols.own_path(call)[:4])}"


class Run:
    """The cases of one flow."""

    def __init__(self, build, name, scratch, symbols):
        self.name, self.symbols = name, symbols
        self.vms = [vm.Vm(build, flows.get(name), self.folder(scratch, worker)) for worker in range(WORKERS)]
        self.free = list(self.vms)
        self.lock = threading.Lock()
        self.reference = None
        self.log = build / f"tests/faults/{name}.log"
        self.log.write_text("")

    @staticmethod
    def folder(scratch, worker):
        folder = scratch / str(worker)
        folder.mkdir()
        return folder

    def boot(self, lines):
        with self.lock:
            machine = self.free.pop()
        try:
            return machine.run([f"limit {LIMIT_SECONDS}", *lines])
        finally:
            self.free.append(machine)

    def trace(self):
        """Boot without faults. Return: the calls of a warm guest, and those of a cold one about modules."""
        boots, ended = self.boot(["cold", "trace 0", "warm", "plain 1", "plain 2", "plain 3", "trace 4"])
        if ended or len(boots) != 5:
            raise SystemExit(f"{self.name}: the boots without a fault did not end: {ended}")
        if not all(boot.verdicts() for boot in boots):
            raise SystemExit(f"{self.name}: no verdict without a fault:\n{boots[0].console}")
        self.reference = judge.Reference(boots[1:4], self.vms[0].flow.fast)
        if self.reference.problems:
            raise SystemExit(f"{self.name}: {self.reference.problems}\n{boots[1].console[-3000:]}")
        warm = plan.distinct(boots[4].calls, self.symbols)
        cold = [call for call in plan.distinct(boots[0].calls, self.symbols) if plan.is_about_modules(call)]
        return warm, cold

    def slices(self, only, errors, count):
        """Return: parts of the cases, each with the word for the state of the guest."""
        warm, cold = self.trace()
        parts = []
        for state, calls, first in (("warm", warm, 1000), ("cold", cold, 100000)):
            cases = [case for case in plan.lines(calls, first, errors)
                     if only in describe(case[1], case[2], self.symbols)]
            if count:
                cases = cases[::max(1, len(cases) // count)]
            parts += [(state, cases[at:at + SLICE]) for at in range(0, len(cases), SLICE)]
        return parts

    def judge(self, boot, case):
        """Return: kind and text of a result."""
        _, call, error, _ = case
        if not boot.faults:
            return "not reached", ""
        kind, text = judge.judge(boot, self.reference)
        if kind == "bad" and text.startswith("silent"):
            functions = self.symbols.own_path(boot.fault)
            name = plan.NAMES.get(call.number, "")
            for entry in known.KNOWN:
                if entry.explains(boot.fault, name, error, functions):
                    return "known", entry.reason
        return kind, text

    def judge_all(self, state, cases):
        """Boot some cases. Return: those that are slow; the counts of the others; what to write about each."""
        by_id = {case[0]: case for case in cases}
        boots, ended = self.boot([state, "plain 0", *(case[3] for case in cases)])
        slow, kinds, lines = [], collections.Counter(), []
        for line, console in ended:
            kinds["bad"] += 1
            lines.append(f"bad {line}: the VM ended:\n{console}")
            print(f"{self.name}: {line}: the VM ended", flush=True)
        for boot in boots:
            if boot.case not in by_id:
                continue
            case = by_id[boot.case]
            kind, text = self.judge(boot, case)
            what = describe(boot.fault or case[1], case[2], self.symbols)
            lines.append(f"{kind} {what}: {text}")
            if kind in ("bad", "slow"):
                print(f"{self.name}: {kind}: {what}: {text}", flush=True)
                lines.append(boot.console)
            if kind == "slow":
                slow.append(case)
            else:
                kinds[kind] += 1
        return slow, kinds, lines

    def run_slice(self, part):
        """Run some cases. Return: how many there were of each kind of result.

        Slow ones run again: what the fault causes comes again. A late thread of QEMU, in which edu computes, does
        not: the clock of an idle guest jumps until that thread has ended.
        """
        state, cases = part
        slow, kinds, lines = self.judge_all(state, cases)
        if slow:
            again, more, more_lines = self.judge_all(state, slow)
            kinds, lines = kinds + more, lines + more_lines
            kinds["bad"] += len(again)
        with self.lock, self.log.open("a", encoding="utf-8") as log:
            log.writelines(f"{line}\n" for line in lines)
        return kinds

    def run(self, only, errors, count):
        start = time.monotonic()
        kinds = collections.Counter()
        with ThreadPoolExecutor(WORKERS) as pool:
            for part in pool.map(self.run_slice, self.slices(only, errors, count)):
                kinds += part
        print(f"{self.name}: {sum(kinds.values())} cases in {time.monotonic() - start:.0f} s: "
              + ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items())), flush=True)
        return kinds


def option(name):
    return next((word.split("=", 1)[1] for word in sys.argv[2:] if word.startswith(f"--{name}=")), "")


def main():
    build = Path(sys.argv[1]).resolve()
    names = [word for word in sys.argv[2:] if not word.startswith("--")] or list(flows.FLOWS)
    builds.make_in(build, *NEEDS, *sorted({f"images/{flows.FLOWS[name].image}.cpio.gz" for name in names}))
    symbols = plan.Symbols(build / "init.debug")
    errors = set(filter(None, option("errors").split(",")))
    kinds = collections.Counter()
    for name in names:
        with tempfile.TemporaryDirectory(prefix="coldinit-faults-") as scratch:
            kinds += Run(build, name, Path(scratch), symbols).run(option("only"), errors, int(option("n") or 0))
    failed = kinds["bad"]
    passed = sum(kinds.values()) - failed
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
