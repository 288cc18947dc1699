#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What coldinit replaces: busybox as /bin/sh and as PID 1, with crun. The arguments are functions, which are
# bound to vfio-pci; their groups' nodes take the place of the numbers 511, 0, 1, ... in config.json.
set -eu
bundle=/coldinit/bundle
mount -t proc -o nosuid,nodev,noexec proc /proc
mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
mount -t devtmpfs -o nosuid devtmpfs /dev
mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 /sys/fs/cgroup
mkdir -p /run
number=0
edits=
last=
for function; do
	device=/sys/bus/pci/devices/$function
	echo vfio-pci >"$device/driver_override"
	echo "$function" >/sys/bus/pci/drivers_probe
	group=$(readlink "$device/iommu_group")
	group=${group##*/}
	[ "$group" != "$last" ] || continue
	last=$group
	# two words
	# shellcheck disable=SC2046
	set -- $(stat -c '%t %T' "/dev/vfio/$group")
	edits="$edits;s|\"major\": 511, \"minor\": $number\\b|\"major\": $((0x$1)), \"minor\": $((0x$2))|g"
	edits="$edits;s|/dev/vfio/$((500 + number))\\b|/dev/vfio/$group|g"
	number=$((number + 1))
done
sed -i "${edits#;}" $bundle/config.json
crun --root /run/crun --cgroup-manager=cgroupfs run --no-pivot --bundle $bundle c1
poweroff -f
