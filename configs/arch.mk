# SPDX-License-Identifier: Apache-2.0
# The Debian release of this machine, and architectures, by Debian's names; make ARCH= also takes uname's names.
# configs/debian/RELEASE.mk has the packages of their kernels.
# seccomp_: the architectures whose system calls its kernel runs, by libseccomp's names.
# initramfs/qemu.py (MACHINES) has QEMU's words for each.

# Building needs a release whose packages are known.
OS_RELEASE ?= /etc/os-release
os = $(shell . $(OS_RELEASE) 2>/dev/null && echo "$$$(1)")
releases := $(patsubst configs/debian/%.mk,%,$(wildcard configs/debian/*.mk))
release := $(filter $(releases),$(call os,VERSION_CODENAME))
ifeq ($(release)$(filter help clean distclean,$(MAKECMDGOALS)),)
$(error Debian 12 (bookworm) or 13 (trixie) is needed, this is $(or $(call os,PRETTY_NAME),no Debian): \
	build in a container or chroot of it)
endif
-include configs/debian/$(release).mk

triple_amd64 := x86_64-linux
kernels_amd64 := 6.12 6.1 full next small
seccomp_amd64 := x86_64 x86 x32

triple_arm64 := aarch64-linux
kernels_arm64 := 6.12 6.1 16k
seccomp_arm64 := aarch64 arm

# Its kernel has no VFIO.
triple_s390x := s390x-linux
kernels_s390x := 6.1
seccomp_s390x := s390x s390

arch_x86_64 := amd64
arch_aarch64 := arm64

machine := $(shell uname -m)
own_arch := $(or $(arch_$(machine)),$(machine))
override ARCH := $(or $(arch_$(ARCH)),$(ARCH),$(own_arch))
archs := $(sort $(patsubst triple_%,%,$(filter triple_%,$(.VARIABLES))))
ifeq ($(filter $(ARCH),$(archs)),)
$(error ARCH=$(ARCH) is unknown: $(archs))
endif

# Values for the architecture: the folder, the kernel, the C compiler and the kernel's headers.
# $(triple)-gnu is its name for --host of a configure script.
triple := $(triple_$(ARCH))
cross := $(filter-out $(own_arch),$(ARCH))
O ?= build$(addprefix -,$(cross))
# One name for each build folder, because dependency files contain it: relative inside of this tree.
override O := $(patsubst $(CURDIR)/%,%,$(abspath $(O)))
KERNEL ?=
override KERNEL := $(or $(KERNEL),$(firstword $(kernels_$(ARCH))))
ifeq ($(filter $(KERNEL),$(kernels_$(ARCH))),)
$(error KERNEL=$(KERNEL) is none of $(ARCH): $(kernels_$(ARCH)))
endif
kernel_package = $(kernel_package_$(ARCH)_$(1))
export DEB_ARCH := $(ARCH)

# Cross build: Debian's compiler with Debian's musl for that architecture, unpacked into a folder.
ifdef cross
sysroot := $(O)/sysroot
CC = $(triple)-gnu-gcc -specs $(sysroot)/musl-gcc.specs
STRIP = $(triple)-gnu-strip
headers := ../sysroot/linux-libc-dev/usr/include
toolchain := $(sysroot)/musl-gcc.specs $(sysroot)/linux-libc-dev/.unpacked

$(sysroot)/%/.unpacked: | $(O)/host/build $(O)/host/$(ARCH)
	$(call say,UNPACK,$*)
	$(Q)mkdir -p $(sysroot) && $(apt) unpack $(state) $* $(@D) >$(@D).log 2>&1 || { cat $(@D).log; exit 1; }
	$(Q)touch $@

$(sysroot)/musl-gcc.specs: $(sysroot)/musl-dev/.unpacked
	$(Q)sed 's,/usr/\(lib\|include\)/,$(<D)&,g' $(<D)/usr/lib/$(triple)-musl/musl-gcc.specs >$@
else
CC = musl-gcc
STRIP = strip
headers := /usr/include
toolchain := $(O)/host/build
endif
