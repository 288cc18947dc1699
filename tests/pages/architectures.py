# SPDX-License-Identifier: Apache-2.0
"""The table of architectures in docs/image.md, made from the boot tests: each fact names its test.

KERNEL in a test's name is each kernel of the row. tests/boot/test_pages_documents.py checks that the tests exist and
that the page has this table; `python3 tests/pages/architectures.py` prints it.
"""

DEMO, KERNELS, MMIO = "test_demo.py::test_appended_cpio", "test_kernels.py", "test_mmio.py::test_everything_at_once"
ARM64, S390X = "test_arm64.py", "test_s390x.py"

# Architecture, machine, kernels (a name for readers: the tests' name), what was booted: tests that show it.
ROWS = [
    ("x86-64", "`q35`", {"6.12 cloud": "6.12", "6.1 cloud": "6.1"}, {
        "`vfio-pci`": [f"{DEMO}[KERNEL]"],
        "`vfio-pci-gk`": ["test_devices.py::test_driver_of_a_function_is_loaded_by_its_modalias[KERNEL]"],
        "`blk`": ["test_devices.py::test_disks[KERNEL]"],
        "`scsi`, `nvdimm`, `net`": ["test_devices.py::test_scsi_nvdimm_and_network_card[KERNEL]"],
        "ext4, erofs, squashfs": [f"test_storage.py::test_file_systems_of_a_disk[KERNEL-disk-{kind}]"
                                  for kind in ("ext4", "erofs", "squashfs")],
        "report": ["test_report.py::test_virtio_serial[org.coldinit.report-words0-KERNEL]"],
        "power button": ["test_lifecycle.py::test_turning_the_guest_off_stops_the_container[power_button-KERNEL]"]}),
    ("", "", {"6.12 *full*": "full", "*next*": "next"}, {
        "`vfio-pci`": [f"{KERNELS}::test_demo[KERNEL]"],
        "`blk`, ext4, erofs, squashfs": [f"{KERNELS}::test_file_systems_of_a_disk[{kind}-KERNEL]"
                                         for kind in ("ext4", "erofs", "squashfs")],
        "`scsi`": [f"{KERNELS}::test_scsi[KERNEL]"], "`nvdimm`": [f"{KERNELS}::test_nvdimm[KERNEL]"],
        "`net`": [f"{KERNELS}::test_network[KERNEL]"], "power button": [f"{KERNELS}::test_power_button[KERNEL]"]}),
    ("", "`microvm`", {"6.12 cloud": "6.12", "6.1 cloud": "6.1", "6.12 *full*": "full", "*next*": "next"}, {
        "`mmioblk`": ["test_mmio.py::test_disk_by_the_name_of_its_node[KERNEL]"],
        "`scsi`, interfaces by address, report, random numbers, power button": [f"{MMIO}[KERNEL]"]}),
    ("arm64", "`virt` with an SMMUv3", {"6.12 cloud": "6.12"}, {
        "`vfio-pci` with a device tree and with ACPI": [f"{ARM64}::test_demo[device-tree]", f"{ARM64}::test_demo[acpi]"],
        "`blk`": [f"{ARM64}::test_disk"]}),
    ("", "", {"6.12 with 16 KiB pages": "16k"}, {
        "`vfio-pci` with a device tree and with ACPI": [f"{ARM64}::test_pages_of_16_kib[device-tree]",
                                                        f"{ARM64}::test_pages_of_16_kib[acpi]"]}),
    ("", "`virt` with a virtio-iommu", {"6.12 cloud": "6.12"}, {"`vfio-pci`": [f"{ARM64}::test_virtio_iommu"]}),
    ("", "`virt`, virtio on MMIO", {"6.12 cloud": "6.12"}, {
        "`scsi`, interfaces by address, report, random numbers": [f"{ARM64}::test_everything_on_mmio[6.12-False]"]}),
    ("", "", {"6.12 with 16 KiB pages": "16k"}, {
        "the same, and the power button": [f"{ARM64}::test_everything_on_mmio[16k-True]"]}),
    ("s390x", "`s390-ccw-virtio`", {"6.1": "6.1"}, {
        "`blk-ccw`": [f"{S390X}::test_disks"], "`net`": [f"{S390X}::test_network"],
        "`scsi`, interfaces by address, report, random numbers": [f"{S390X}::test_everything_at_once"],
        "`blk` on zPCI": [f"{S390X}::test_disk_on_pci[0012:00:00.0]"]}),
]


def table():
    """Return: the lines of the table."""
    return ["| | machine | Linux | booted with |", "|---|---|---|---|", *(
        f"| {arch} | {machine} | {', '.join(kernels)} | {', '.join(facts)} |".replace("|  |", "| |").replace("|  |", "| |")
        for arch, machine, kernels, facts in ROWS)]


def tests():
    """Return: the names of all tests that the table relies on."""
    return [name.replace("KERNEL", kernel) for _, _, kernels, facts in ROWS for names in facts.values() for name in names
            for kernel in kernels.values()]


if __name__ == "__main__":
    print("\n".join(table()))
