# SPDX-License-Identifier: Apache-2.0
"""Real programs give the same answers and the same exit status under coldinit and under crun."""

import pytest

from table import WORKLOADS


@pytest.mark.parametrize("name", WORKLOADS)
def test_same_answers_as_under_crun(name, crun, coldinit):
    workload = WORKLOADS[name]
    facts, verdict, console = coldinit(workload.spec())
    expected = dict(crun[name])
    said = expected.pop("console")
    assert facts == {key: value for key, value in expected.items() if key != "exit"}, f"crun:\n{said}\n{console}"
    assert str(verdict["status"]) == expected["exit"] == str(workload.status), f"crun:\n{said}\n{console}"
    assert verdict["outcome"] == "exited"
    # Both could be wrong in the same way.
    assert {key: facts.get(key) for key in workload.facts} == workload.facts
