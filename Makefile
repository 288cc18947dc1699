# SPDX-License-Identifier: Apache-2.0
# coldinit: `make help` lists the targets.
#
# Kbuild-like, but not recursive: each folder's Makefile is a list of obj-y, the rules are here.

V ?= 0
HOSTCC = gcc
CLANG = clang-14

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all
export PYTHONDONTWRITEBYTECODE = 1
PYTHON := /usr/bin/python3
SHELL := /bin/sh

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-7s %s\n' '$(1)' '$(patsubst $(O)/%,%,$(2))'
endif

apt := configs/debian/apt
state = $(O)/debian

include configs/arch.mk
include configs/build.mk
include initramfs/build.mk
include configs/install.mk
include configs/deb.mk
include tests/build.mk

.PHONY: all size help clean distclean
all: $(O)/init $(if $(CONFIG_TOOL),$(O)/coldinit) $(O)/initramfs.cpio.gz $(O)/initramfs-disk.cpio.gz $(O)/vmlinuz $(O)/sbom.spdx.json

size: $(O)/init ## the size table: by folder, and of the stripped binary
	$(Q)$(PYTHON) configs/size.py $(O)

help: ## this list
	@echo 'make                              $(O)/init, $(O)/coldinit, $(O)/initramfs.cpio.gz and $(O)/vmlinuz'
	@sed -n 's/^\([a-z_ -]*\):.* ## \(.*\)/\1	\2/p' $(MAKEFILE_LIST) | sort | \
		while IFS='	' read -r names text; do printf 'make %-28s %s\n' "$$names" "$$text"; done
	@echo
	@echo 'O=dir        build there instead of in $(O)/'
	@echo 'ARCH=arm64   for another architecture: $(archs)'
	@echo 'V=1          show the commands'
	@echo 'T=x          for test-*: only tests whose name contains x; for test-boot and test-parity'
	@echo '             also a file, or one test of it: T=test_devices.py::test_x'
	@echo 'KERNEL=6.1   boot that stock kernel instead of 6.12; KERNEL=small: one built from source'

clean: ## remove what was built; keep the configuration and the downloads
	$(Q)find $(O) -mindepth 1 -maxdepth 1 ! -name debian ! -name kernels ! -name src \
		! -name host ! -name sysroot ! -name .config -exec rm -rf {} + 2>/dev/null || :

distclean: ## remove everything, the downloads too
	$(Q)rm -rf $(O)
