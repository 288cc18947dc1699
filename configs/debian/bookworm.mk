# SPDX-License-Identifier: Apache-2.0
# Debian 12. A package is NAME, or NAME/SUITE for one of another suite (configs/debian/apt).

# The release after this one: its kernels are tried, too.
next_release := trixie

kernel_package_amd64_6.12 := linux-image-6.12-cloud-amd64
kernel_package_amd64_6.1 := linux-image-cloud-amd64
kernel_package_amd64_full := linux-image-amd64/backports
kernel_package_amd64_next := linux-image-amd64/$(next_release)-backports

kernel_package_arm64_6.12 := linux-image-6.12-cloud-arm64
kernel_package_arm64_6.1 := linux-image-cloud-arm64
kernel_package_arm64_16k := linux-image-arm64-16k/$(next_release)

kernel_package_s390x_6.1 := linux-image-s390x

# of Debian Policy
standards_version := 4.6.2
