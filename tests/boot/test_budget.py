# SPDX-License-Identifier: Apache-2.0
"""The start of a container has a budget of instructions for each phase, and PID 1 one of memory behind it.

The guest is that of `make bench` (tests/bench/guests.py) with one function: the same build gives the same
figures on every machine. A phase that needs more must be worth it: then its budget is raised in the same
commit, with the reason. One that needs less lowers it.
"""

import sys

import pytest

from conftest import BUILD, TOP

sys.path.append(str(TOP / "tests/bench"))

import guests  # noqa: E402

# Thousands of instructions
BUDGET = {"execve": 270, "mounts": 490, "modules": 165, "manifest": 75, "devices": 435, "spec": 525, "exec": 2835,
          "first": 335}
ROOM = 20  # two ticks of the kernel's timer: their places differ from build to build

# System calls of PID 1 and the container's first process
CALLS = {"execve": 11, "mounts": 59, "modules": 35, "manifest": 14, "devices": 45, "spec": 41, "exec": 425, "first": 10}

# Kilobytes of PID 1 while the container runs
MEMORY = {"RssAnon": 64, "VmRSS": 260}


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    return guests.Bench(BUILD, "6.12", tmp_path_factory.mktemp("bench"))


def over(found, budget):
    """Return: the phases that exceed their budget."""
    return {name: f"{n} of {budget[name]}" for name, n in found.items() if n > budget[name]}


def test_start_stays_within_its_budget_of_instructions(bench):
    start = bench.boot("coldinit")
    assert list(start.ends()) == guests.PHASES
    found = {name: round(n / 1000) for name, n in start.instructions().items()}
    assert not over(found, {name: n + ROOM for name, n in BUDGET.items()}), found


def test_little_memory_is_kept_while_the_container_runs(bench):
    """Anonymous memory is not the program's file, whose pages the initramfs has anyway."""
    found = bench.memory()
    assert 0 < found["RssAnon"] <= MEMORY["RssAnon"] and 0 < found["VmRSS"] <= MEMORY["VmRSS"], found


def test_start_stays_within_its_budget_of_system_calls(bench):
    found = bench.boot("coldinit", traced=True).calls()[0]
    assert not over(found, CALLS), found
