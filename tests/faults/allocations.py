#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Let each allocation of "coldinit plan" fail: tests/faults/allocations.py BUILD

First one alone, then all from it on, on recorded trees of tests/trees. AddressSanitizer watches. A plan
must end with its document, or with status 1 and one line that has a text. The last line is
"N passed, N failed".
"""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TREES = HERE.parent / "trees"
SECONDS = 60
TYPICAL = ["root-port", "cdi-nodes", "shared-group", "virtio-disk"]


def words(tree):
    """Return: the tool's words for a tree, as in tests/run.py."""
    out = ["plan", "--root", "tree.txt", "--config", "config.json"]
    if (tree / "manifest.json").exists():
        out += ["--manifest", "manifest.json"]
    if (tree / "cdi").exists():
        out += ["--cdi", "cdi"]
    if (tree / "cmdline").exists():
        out += ["--cmdline", (tree / "cmdline").read_text()]
    return out


def plan(program, tree, **variables):
    """Run a plan. Return: status, stdout, stderr, and the number of its allocations."""
    ours, theirs = os.pipe()
    env = dict(os.environ, ASAN_OPTIONS="detect_leaks=0", FAIL_COUNT=str(theirs),
               **{name: str(value) for name, value in variables.items()})
    try:
        done = subprocess.run([program, *words(tree)], cwd=tree, env=env, pass_fds=[theirs], capture_output=True,
                              text=True, errors="replace", stdin=subprocess.DEVNULL, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as late:
        return "a hang", "", str(late.stderr), 0
    finally:
        os.close(theirs)
        with os.fdopen(ours) as pipe:
            count = pipe.read()
    return done.returncode, done.stdout, done.stderr, int(count or 0)


def problem(result, good):
    """Return: what is wrong with a plan in which an allocation has failed, or None."""
    status, out, messages, _ = result
    lines = [line for line in messages.splitlines() if line]
    if status == 1:
        return None if not out and lines and not lines[-1].rstrip().endswith(":") else "an error without a text"
    if status != 0:
        return f"status {status}"
    # Without a document's member there must at least be a warning.
    return None if out == good[1] or len(lines) > len(good[2].splitlines()) else "another document without a warning"


def check(program, tree):
    """Yield each case of one tree: its name, and what is wrong or None."""
    good = plan(program, tree)
    if good[0]:
        raise SystemExit(f"{tree.name}: {good}")
    for on in (0, 1):
        for at in range(1, good[3] + 1):
            result = plan(program, tree, FAIL_AT=at, FAIL_ON=on)
            wrong = problem(result, good)
            yield f"{tree.name}: allocation {at}{' and all that follow' if on else ''}", wrong, result


def main():
    program = Path(sys.argv[1]).resolve() / "tests/faults/plan"
    chosen = sys.argv[2:] or TYPICAL
    passed = failed = 0
    for name in chosen:
        for case, wrong, result in check(program, TREES / name):
            passed, failed = passed + (wrong is None), failed + (wrong is not None)
            if wrong:
                print(f"{case}: {wrong}: {result[2][-3000:]}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
