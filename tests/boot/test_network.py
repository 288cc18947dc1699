# SPDX-License-Identifier: Apache-2.0
"""The network: interfaces, routes and names in the container, on QEMU's user networking."""

import http.server
import threading

import pytest

import bundles
import qemu

MAC = "52:54:00:aa:bb:01"
OTHER_MAC = "52:54:00:aa:bb:02"
BODY = "hello from the build machine\n"


class OneFile(http.server.BaseHTTPRequestHandler):
    """Answers each request with the same text."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(BODY.encode())

    def log_message(self, *args):
        pass


@pytest.fixture
def port():
    """The port of a web server on the build machine, which the guest reaches at 10.0.2.2."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), OneFile) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def card(mac=MAC, slot=8, number=0):
    """Return: QEMU's words for a network card at path SLOT/00 with user networking."""
    return ["-netdev", f"user,id=n{number}",
            *qemu.behind_root_port(f"virtio-net-pci,netdev=n{number},mac={mac}", slot=slot)]


def interface(**more):
    """Return: Kata's Interface for card(), by its hardware address."""
    words = {"name": "eth0", "hwAddr": MAC,
             "IPAddresses": [{"family": "v4", "address": "10.0.2.15", "mask": "24"}]}
    words.update(more)
    return {key: value for key, value in words.items() if value is not None}


DEFAULT_ROUTE = {"dest": "", "gateway": "10.0.2.2", "device": "eth0"}


@pytest.mark.parametrize("kernel", ["6.12", "6.1"])
def test_container_fetches_a_file(boot, port, kernel):
    outcome = boot(bundles.container("links", f"fetch 10.0.2.2 {port} /file"),
                   bundles.manifest(interfaces=[interface()], routes=[DEFAULT_ROUTE]),
                   kernel=kernel, devices=card())
    outcome.assert_exited(0)
    assert outcome.probe("fetch") == [BODY.strip()]
    assert "lo: mtu=65536 up" in outcome.probe("links")
    assert outcome.device() == {"id": MAC, "type": "net", "interface": "eth0",
                                "us": outcome.device()["us"]}


def test_everything_at_once(boot, port):
    """Two cards, one by its path, with names, MTU, IPv6, routes, a neighbour and all files."""
    outcome = boot(
        bundles.container("links", "cat /proc/net/route", "cat /proc/net/arp",
                          "cat /proc/net/ipv6_route", "cat /etc/resolv.conf", "cat /etc/hosts",
                          "cat /etc/hostname", "hostname", f"fetch gateway {port} /file",
                          "fetch box 1 /"),
        bundles.manifest(
            interfaces=[
                interface(name="net0", mtu=1400, devicePath="08/00", IPAddresses=[
                    {"family": "v4", "address": "10.0.2.15", "mask": "24"},
                    {"family": "v6", "address": "fd07::15", "mask": "64"}]),
                # It gets the name of the first one, which is renamed.
                interface(name="eth0", hwAddr=OTHER_MAC, raw_flags=128, mtu="9000", IPAddresses=[
                    {"address": "192.168.7.1", "mask": "32"}])],
            routes=[{"dest": "", "gateway": "10.0.2.2", "device": "net0"},
                    {"dest": "10.99.0.0/16", "device": "net0", "source": "10.0.2.15"},
                    {"dest": "fd09::/64", "gateway": "fd07::2", "device": "net0"},
                    {"dest": "10.98.0.0/16", "gateway": "192.0.2.9", "device": "eth0", "flags": 4}],
            ARPNeighbors=[{"toIPAddress": {"address": "10.0.2.77"}, "device": "net0",
                           "lladdr": "52:55:0a:00:02:4d"}],
            hostname="box.example.org", dns=["10.0.2.3", "search example.org"]),
        prepare=lambda bundle: (bundle / "rootfs/etc/hosts").write_text("hidden\n"),
        devices=card() + card(OTHER_MAC, slot=9, number=1))
    outcome.assert_exited(1)  # no program listens at port 1 of the container
    links = outcome.probe("links")
    for line in ("lo: mtu=65536 up", "net0: mtu=1400 up", "eth0: mtu=9000 up noarp",
                 "net0: 10.0.2.15 255.255.255.0", "net0: fd07::15 ffff:ffff:ffff:ffff::",
                 "eth0: 192.168.7.1 255.255.255.255"):
        assert line in links
    found = outcome.probe("cat")
    routes = [line.split()[1:5] for line in found if line.startswith("/proc/net/route: ")]
    assert ["net0", "00000000", "0202000A", "0003"] in routes
    assert ["net0", "0000630A", "00000000", "0001"] in routes
    assert ["eth0", "0000620A", "090200C0", "0003"] in routes
    assert any("fd090000000000000000000000000000 40" in line for line in found)
    assert any("10.0.2.77" in line and "0x6" in line and "52:55:0a:00:02:4d" in line
               for line in found)
    assert [line for line in found if line.startswith("/etc/")] == [
        "/etc/resolv.conf: nameserver 10.0.2.3", "/etc/resolv.conf: search example.org",
        "/etc/hosts: 127.0.0.1\tlocalhost",
        "/etc/hosts: ::1\tlocalhost ip6-localhost ip6-loopback",
        "/etc/hosts: 10.0.2.15\tbox.example.org box", "/etc/hosts: fd07::15\tbox.example.org box",
        "/etc/hosts: 192.168.7.1\tbox.example.org box", "/etc/hostname: box.example.org"]
    assert outcome.probe("hostname") == ["box.example.org"]
    # "gateway" is in no file, and the guest has no name server; "box" is.
    assert outcome.probe("fetch")[-1] == "connect: Connection refused"
    assert [d["interface"] for d in outcome.verdict["devices"]] == ["net0", "eth0"]


def test_ip_of_the_command_line(boot, port):
    outcome = boot(
        bundles.container("links", "hostname", "cat /etc/resolv.conf", "cat /etc/hosts",
                          f"fetch 10.0.2.2 {port} /file"),
        devices=card(),
        words=["ip=10.0.2.15::10.0.2.2:255.255.255.0:box::off:10.0.2.3"])
    outcome.assert_exited(0)
    assert outcome.probe("fetch") == [BODY.strip()]
    assert outcome.probe("hostname") == ["box"]
    assert "eth0: 10.0.2.15 255.255.255.0" in outcome.probe("links")
    assert "/etc/resolv.conf: nameserver 10.0.2.3" in outcome.probe("cat")
    assert "/etc/hosts: 10.0.2.15\tbox" in outcome.probe("cat")
    assert outcome.device()["interface"] == "eth0"


@pytest.mark.parametrize("word, phase, said", [
    ("ip=dhcp", "cmdline", ["coldinit does no DHCP", "give a static address"]),
    ("ip=10.0.2.15:::::eth7:off", "devices",
     ["waited 3000 ms for the network interface eth7", f"eth0 ({MAC})"]),
])
def test_ip_that_cannot_be_had(boot, word, phase, said):
    boot(bundles.container(), devices=card(), words=[word]).assert_failed(phase, *said)


def test_wrong_hardware_address_is_reported_in_time(boot):
    outcome = boot(bundles.container(), bundles.manifest(interfaces=[interface(hwAddr=OTHER_MAC)]),
                   devices=card(), words=["coldinit.timeout=1"])
    outcome.assert_failed("devices", f"waited 1000 ms for the network interface with hardware "
                          f"address {OTHER_MAC}", f"eth0 ({MAC})", "is the network card plugged in")
    assert 1_000_000 <= outcome.device()["us"] < 2_500_000


@pytest.mark.parametrize("words, said", [
    ({"interfaces": [interface(mtu=65535, IPAddresses=[{"address": "127.0.0.9", "mask": "33"}])]},
     None),
    ({"interfaces": [interface()], "routes": [{"gateway": "10.0.3.1", "device": "eth0"}]},
     ["cannot add the route to 0.0.0.0/0 via 10.0.3.1 on eth0: Network unreachable",
      "the kernel says: Nexthop has invalid gateway"]),
    ({"interfaces": [interface()], "routes": [{"gateway": "10.0.2.2", "device": "eth1"}]},
     ["cannot add the route to 0.0.0.0/0 via 10.0.2.2 on eth1: there is no such interface",
      "found: lo eth0"]),
])
def test_what_the_kernel_refuses(boot, words, said):
    outcome = boot(bundles.container(), bundles.manifest(**words), devices=card())
    if said is None:
        outcome.assert_failed("manifest", "/interfaces/0/IPAddresses/0: expected a prefix length")
    else:
        outcome.assert_failed("network", *said)


def test_interface_at_a_path_gets_the_hardware_address(boot, port):
    """As a virtual function of SR-IOV has another one after a rebind."""
    outcome = boot(bundles.container("cat /sys/class/net/eth0/address", f"fetch 10.0.2.2 {port} /file"),
                   bundles.manifest(interfaces=[interface(devicePath="08/00", hwAddr=OTHER_MAC)]),
                   devices=card())
    outcome.assert_exited(0)
    assert outcome.probe("cat") == [f"/sys/class/net/eth0/address: {OTHER_MAC}"]
    assert outcome.probe("fetch") == [BODY.strip()]
    assert "warnings" not in outcome.verdict


@pytest.mark.parametrize("swap", [True, False])
def test_hardware_address_of_another_interface(boot, swap):
    """Two interfaces may swap theirs. One that keeps the address of another one is a warning."""
    interfaces = [interface(devicePath="08/00", hwAddr=OTHER_MAC)]
    if swap:
        interfaces.append({"devicePath": "09/00", "hwAddr": MAC, "name": "eth1"})
    outcome = boot(bundles.container("cat /sys/class/net/eth0/address", "cat /sys/class/net/eth1/address"),
                   bundles.manifest(interfaces=interfaces),
                   devices=card() + card(OTHER_MAC, slot=9, number=1)).assert_exited(0)
    assert outcome.probe("cat") == [f"/sys/class/net/eth0/address: {OTHER_MAC}",
                                    f"/sys/class/net/eth1/address: {MAC if swap else OTHER_MAC}"]
    assert outcome.verdict.get("warnings", []) == ([] if swap else [
        f"network: eth0 gets the hardware address {OTHER_MAC}, which eth1 has, too"])


IPV6 = {"interfaces": [interface(IPAddresses=[{"family": "v4", "address": "10.0.2.15", "mask": "24"},
                                              {"family": "v6", "address": "fd07::15", "mask": "64"}])],
        "routes": [DEFAULT_ROUTE, {"dest": "fd09::/64", "gateway": "fd07::2", "device": "eth0"}],
        "ARPNeighbors": [{"toIPAddress": {"family": "v6", "address": "fd07::2"}, "device": "eth0",
                          "lladdr": "52:55:0a:00:02:4d"}]}


@pytest.mark.parametrize("word", ["ipv6.disable=1", "ipv6.disable_ipv6=1"])
def test_kernel_without_ipv6(boot, port, word):
    """The addresses and routes of IPv6 are skipped with a warning each; those of IPv4 are set up."""
    outcome = boot(bundles.container(f"fetch 10.0.2.2 {port} /file"), bundles.manifest(**IPV6),
                   devices=card(), words=[word]).assert_exited(0)
    assert outcome.probe("fetch") == [BODY.strip()]
    warnings = outcome.verdict["warnings"]
    for number, what in enumerate(("add the address fd07::15/64 to the interface eth0",
                                   "add the route to fd09::/64 via fd07::2 on eth0")):
        assert warnings[number] == f"network: did not {what}: the guest kernel has no IPv6, or it is disabled"
    assert all("has no IPv6" in line for line in warnings)


def test_routes_replace_those_that_are_there(boot, port):
    """The kernel has made the one to the network. /proc/net/route does not show their MTU."""
    routes = [{"dest": "10.0.2.0/24", "device": "eth0", "source": "10.0.2.15", "scope": 253, "mtu": 1300},
              {"gateway": "10.0.2.9", "device": "eth0"}, {**DEFAULT_ROUTE, "mtu": 1400}]
    outcome = boot(bundles.container("cat /proc/net/route", f"fetch 10.0.2.2 {port} /file"),
                   bundles.manifest(interfaces=[interface()], routes=routes), devices=card()).assert_exited(0)
    found = [line.split() for line in outcome.probe("cat") if "eth0" in line]
    assert [(words[2], words[3]) for words in found] == [("00000000", "0202000A"), ("0002000A", "00000000")]
    assert outcome.probe("fetch") == [BODY.strip()]
    [warning] = outcome.verdict["warnings"]
    assert "routes 1 and 2 (counted from 0) lead to the same network, so one replaces the other" in warning


def test_image_with_links_keeps_them_inside(boot):
    """resolv.conf may be a link to nothing, or out of the image: its target is made inside."""
    def prepare(bundle):
        (bundle / "rootfs/etc/resolv.conf").symlink_to("../run/systemd/resolve/stub-resolv.conf")
        (bundle / "rootfs/etc/hosts").symlink_to("../../../../../../proc/sys/kernel/hostname")
        (bundle / "rootfs/etc/hostname").symlink_to("/../../dev/kmsg")

    spec = bundles.container("cat /run/systemd/resolve/stub-resolv.conf", "cat /etc/resolv.conf",
                             "ls /etc")
    spec["mounts"] = [m for m in spec["mounts"] if m["destination"] != "/proc"]
    outcome = boot(spec, bundles.manifest(hostname="box", dns=["10.0.2.3"]), prepare=prepare)
    outcome.assert_exited(0)
    assert outcome.probe("cat") == [
        "/run/systemd/resolve/stub-resolv.conf: nameserver 10.0.2.3",
        "/etc/resolv.conf: nameserver 10.0.2.3"]


def test_read_only_image_without_the_files(boot):
    """The files are there on a read-only root too; a mount of the config has precedence."""
    spec = bundles.container("cat /etc/resolv.conf", "cat /etc/hosts", "create /etc/x")
    spec["root"]["readonly"] = True
    spec["mounts"].append({"destination": "/etc/hosts", "type": "bind", "source": "my-hosts",
                           "options": ["bind", "ro"]})
    outcome = boot(spec, bundles.manifest(hostname="box", dns=["10.0.2.3"]),
                   prepare=lambda bundle: (bundle / "my-hosts").write_text("1.2.3.4 mine\n"))
    outcome.assert_exited(0)
    assert outcome.probe("cat") == ["/etc/resolv.conf: nameserver 10.0.2.3",
                                    "/etc/hosts: 1.2.3.4 mine"]
    assert outcome.probe("create") == ["/etc/x: Read-only file system"]


def test_without_a_network_the_image_is_left_alone(boot):
    outcome = boot(bundles.container("ls /etc", "links"), bundles.manifest(), devices=card())
    outcome.assert_exited(0)
    assert outcome.probe("ls") == ["/etc: notes passwd"]
    assert "lo: mtu=65536 up" in outcome.probe("links")


def test_tiny_refuses_it_by_name(boot):
    outcome = boot(bundles.container(), bundles.manifest(interfaces=[interface()]), kernel="6.12-tiny")
    outcome.assert_failed("manifest", "/interfaces: not supported by this build of coldinit")
