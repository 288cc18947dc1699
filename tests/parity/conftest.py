# SPDX-License-Identifier: Apache-2.0
"""One boot with crun for all requested bundles, and build/parity.md at the end."""

import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).resolve().parent)]

import guests  # noqa: E402
import report  # noqa: E402
from rows import ROWS  # noqa: E402

RESULTS = guests.BUILD / "parity"


def pytest_sessionstart(session):
    if not hasattr(session.config, "workerinput"):  # not in the workers of pytest-xdist
        report.clear(RESULTS)


def pytest_sessionfinish(session):
    if not hasattr(session.config, "workerinput"):
        report.write(RESULTS, ROWS, guests.BUILD / "parity.md")


@pytest.fixture(scope="session")
def chosen(request):
    """Return: the rows that this session requests, the same in all workers."""
    return sorted({item.callspec.params["row"].name for item in request.session.items
                   if hasattr(item, "callspec") and "row" in item.callspec.params})


@pytest.fixture(scope="session")
def crun(chosen, image, tmp_path_factory):
    """Return: facts by row under crun, and facts of the guest. The first worker makes the one boot."""
    def run(scratch):
        return guests.run_crun({row.name: row.write(scratch / row.name, guests.PROBE)
                                for row in ROWS if row.name in chosen}, scratch)

    return guests.once(tmp_path_factory, "crun", run)


@pytest.fixture(scope="session")
def image():
    """Return: coldinit's initramfs. The probe is built too."""
    return guests.build()
