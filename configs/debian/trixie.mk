# SPDX-License-Identifier: Apache-2.0
# Debian 13. A package is NAME, or NAME/SUITE for one of another suite (configs/debian/apt).

# The libraries that are linked into the binary are those of Debian 12: their sources are what the tests run with.
source_suite := /bookworm

kernel_package_amd64_6.12 := linux-image-cloud-amd64
kernel_package_amd64_6.1 := linux-image-cloud-amd64/bookworm
kernel_package_amd64_full := linux-image-amd64
kernel_package_amd64_next := linux-image-amd64/backports

kernel_package_arm64_6.12 := linux-image-cloud-arm64
kernel_package_arm64_6.1 := linux-image-cloud-arm64/bookworm
kernel_package_arm64_16k := linux-image-arm64-16k

kernel_package_s390x_6.1 := linux-image-s390x/bookworm

# of Debian Policy
standards_version := 4.7.2
