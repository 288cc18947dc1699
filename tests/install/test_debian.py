# SPDX-License-Identifier: Apache-2.0
"""Which systems the build knows, and its lists of packages."""

import os
import subprocess

import pytest

from conftest import TOP, run


@pytest.fixture
def release(tmp_path):
    """Return: a function that writes an os-release."""
    def write(codename, name):
        file = tmp_path / "os-release"
        file.write_text(f'PRETTY_NAME="{name}"\nVERSION_CODENAME={codename}\n')
        return file
    return write


def make(*words):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(["make", "-C", TOP, "-n", *words], capture_output=True, text=True, check=False, env=environment)
    return done.returncode, done.stderr


@pytest.mark.parametrize("target", ["all", "run", "build/init", "test", "install"])
def test_an_unknown_system_is_one_clear_line(release, target):
    status, message = make(target, f"OS_RELEASE={release('noble', 'Ubuntu 24.04')}")
    assert status == 2 and message.count("\n") == 1
    assert "Debian 12 (bookworm) or 13 (trixie) is needed, this is Ubuntu 24.04: build in a container" in message


def test_no_release_at_all(tmp_path):
    status, message = make("all", f"OS_RELEASE={tmp_path / 'missing'}")
    assert status == 2 and message.count("\n") == 1 and "this is no Debian" in message


def test_help_works_everywhere(tmp_path):
    assert make("help", f"OS_RELEASE={tmp_path / 'missing'}") == (0, "")


def test_tests_name_their_release(release):
    status, message = make("test", f"OS_RELEASE={release('trixie', 'Debian 13')}")
    assert status == 2 and "tests run on Debian 12 (bookworm)" in message and message.count("\n") == 1


@pytest.mark.parametrize("codename,words", [("bookworm", ["a", "c"]), ("trixie", ["a", "b", "c"]), ("forky", ["a"])])
def test_lists_of_packages_by_release(release, tmp_path, codename, words):
    (tmp_path / "list").write_text("# a list\na # for all\nb trixie\nc bookworm trixie\n")
    printed, _ = run(TOP / "configs/debian/apt", "names", tmp_path / "list",
                     env={**os.environ, "OS_RELEASE": str(release(codename, "x"))})
    assert printed.split() == words


@pytest.mark.parametrize("arch", ["amd64", "arm64", "s390x"])
@pytest.mark.parametrize("codename", ["bookworm", "trixie"])
def test_each_release_names_a_package_for_each_kernel(release, codename, arch):
    """The kernels of configs/arch.mk, except the one that is built from source."""
    show = f"$(info $(foreach k,$(filter-out small,$(kernels_{arch})),[$(kernel_package_{arch}_$(k))]))"
    printed, _ = run("make", "-s", "-f", "-", f"OS_RELEASE={release(codename, 'x')}", "all", cwd=TOP,
                     typed=f"all:\ninclude configs/arch.mk\n{show}\n")
    assert printed.count("[linux-image-") == printed.count("[") >= 1, printed
