# SPDX-License-Identifier: Apache-2.0
"""linux.sysctl: kernel parameters of the container's namespaces."""

import bundles


def test_settings_of_all_namespaces(boot):
    """Names have dots or slashes; the container's /proc/sys may be read-only, as Docker's is."""
    settings = {"kernel.msgmax": "4096", "kernel.sem": "100 6400 20 64", "fs.mqueue.msg_max": "7",
                "kernel.domainname": "example.org", "net.ipv4.ip_forward": "1",
                "net/ipv4/conf/lo/forwarding": "1", "kernel.shm_rmid_forced": "1"}
    paths = {name: "/proc/sys/" + name.replace(".", "/") for name in settings}
    spec = bundles.container("hostname", *(f"cat {path}" for path in paths.values()))
    spec["linux"].update(sysctl=settings, readonlyPaths=["/proc/sys"])
    outcome = boot(spec).assert_exited(0)
    assert outcome.probe("domainname") == ["example.org"]
    assert [line.split() for line in outcome.probe("cat")] == [
        [f"{paths[name]}:", *value.split()] for name, value in settings.items()]


def test_a_value_that_the_kernel_refuses(boot):
    spec = bundles.container()
    spec["linux"]["sysctl"] = {"net.ipv4.ip_forward": "maybe"}
    boot(spec).assert_failed("exec", "linux.sysctl: cannot set /proc/sys/net/ipv4/ip_forward to "
                                     "\"maybe\": Invalid argument")


def test_the_guests_own_settings_are_refused(boot):
    spec = bundles.container()
    spec["linux"]["sysctl"] = {"kernel.core_pattern": "|/bin/probe"}
    boot(spec).assert_failed("spec", "/linux/sysctl/kernel.core_pattern: not a parameter of "
                                     "the container's namespaces")


def test_a_build_without_sysctl_refuses_it(boot):
    spec = bundles.container()
    spec["linux"]["sysctl"] = {"net.ipv4.ip_forward": "1"}
    boot(spec, kernel="6.12-tiny").assert_failed("spec", "/linux/sysctl: not supported by this build")
