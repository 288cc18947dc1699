# SPDX-License-Identifier: Apache-2.0
"""--vmm cloud-hypervisor: what is missing here, and the command to run elsewhere."""

import os
import shlex
import shutil
import sys

import qemu
from launcher import values
from launcher.options import FAILED


def explain(options):
    """Print the command. Return: the exit status."""
    binary = os.environ.get("CLOUD_HYPERVISOR") or shutil.which("cloud-hypervisor")
    kvm = qemu.best_accelerator() == "kvm"
    memory = values.memory_mib(options.memory) if options.memory else 768
    command = [binary or "cloud-hypervisor", "--kernel", str(options.build / "vmlinuz"),
               "--initramfs", "initramfs-with-bundle.cpio.gz",
               "--cpus", f"boot={values.processors(options.cpus)}", "--memory", f"size={memory}M",
               "--cmdline", " ".join(["console=ttyS0", "quiet", "panic=0", *options.append]),
               "--serial", "tty", "--console", "off",
               "--device", "path=/sys/bus/pci/devices/DDDD:BB:SS.F/,iommu=on"]
    print("run: --vmm cloud-hypervisor is not run from here: it needs KVM "
          f"({'works' if kvm else 'does not work here'}), a cloud-hypervisor binary "
          f"({binary or 'not in PATH'}) and a real device bound to vfio-pci on the host "
          "(it emulates none).\nThe command, with "
          "`cat initramfs.cpio.gz second.cpio.gz` as the initramfs:\n  " + shlex.join(command),
          file=sys.stderr)
    return FAILED
