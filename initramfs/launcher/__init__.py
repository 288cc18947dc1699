# SPDX-License-Identifier: Apache-2.0
"""The launcher: from an image and devices to a running VM.

options -> reference, store (the image) -> plan (spec, devices, disks, network, volumes) -> session
(QEMU, streams, verdict). Each file has one subject; values, spec and chart are pure.
"""
