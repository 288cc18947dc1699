# SPDX-License-Identifier: Apache-2.0
"""Each bundle of the table looks the same inside under coldinit and under crun."""

import pytest

import compare
import guests
import report
from conftest import RESULTS
from rows import ROWS


def row_param(row):
    return pytest.param(row, id=row.name, marks=[] if row.fast else [pytest.mark.slow])


def listed(differences):
    return "\n".join(f"  {d.fact}\n    crun:     {d.crun}\n    coldinit: {d.coldinit}"
                     for d in differences)


@pytest.mark.parametrize("row", [row_param(row) for row in ROWS])
def test_row(row, crun, image, tmp_path):
    facts, guest = crun
    expected = compare.normal(facts[row.name], guest)
    bundle = row.write(tmp_path / "bundle", guests.PROBE)
    found = guests.run_coldinit(image, bundle, tmp_path)
    if row.alone:
        report.save(RESULTS, row.name, expected, [], row.alone)
        assert expected["ran"] == "no", "crun runs it: compare"
        assert (found.get("end"), found["exit"]) == ("ok", "0")
        return
    differences, idle = compare.explain(row.name, expected, compare.normal(found, guest))
    report.save(RESULTS, row.name, expected, differences)
    unexplained = [d for d in differences if not d.reason]
    if unexplained:
        pytest.fail(f"{len(unexplained)} unexplained differences:\n{listed(unexplained)}\n"
                    f"coldinit's error: {found.get('error')}\n"
                    f"crun's output: {facts[row.name]['console']}", pytrace=False)
    if idle:
        pytest.fail(f"explanations that explain nothing here: {[entry.reason for entry in idle]}",
                    pytrace=False)


def test_there_are_enough_bundles():
    assert len(ROWS) >= 40
    assert len({row.name for row in ROWS}) == len(ROWS)
