# SPDX-License-Identifier: Apache-2.0
# The guest: stock kernels from Debian, the initramfs, and how they are booted.

.PRECIOUS: $(O)/kernels/%/.unpacked
$(O)/kernels/%/.unpacked: | $(O)/src/libmd/src/sha2.c
	$(call say,KERNEL,$(call kernel_package,$*))
	$(Q)mkdir -p $(O)/kernels && $(apt) unpack $(state) $(call kernel_package,$*) $(O)/kernels/$* \
		>$(O)/kernels/$*.log 2>&1 || { cat $(O)/kernels/$*.log; exit 1; }
	$(Q)touch $@

# One that Debian does not have, from Debian's source: 10 minutes on two idle processors.
$(O)/kernels/small/.unpacked: initramfs/mkkernel configs/kernel-small.config | $(O)/host/kernel
	$(call say,KERNEL,small)
	$(Q)mkdir -p $(O)/kernels && initramfs/mkkernel configs/kernel-small.config $(O)/kernels/small.build \
		$(O)/kernels/small >$(O)/kernels/small.log 2>&1 || { tail -n 20 $(O)/kernels/small.log; exit 1; }
	$(Q)touch $@

# Which kernel is built for; changes when KERNEL= does.
$(O)/kernel: FORCE
	$(Q)mkdir -p $(@D); [ "$$(cat $@ 2>/dev/null)" = $(KERNEL) ] || echo $(KERNEL) >$@

$(O)/vmlinuz: $(O)/kernel $(O)/kernels/$(KERNEL)/.unpacked
	$(call say,COPY,$@)
	$(Q)cp $(O)/kernels/$(KERNEL)/boot/vmlinuz-* $@

$(O)/initramfs.cpio.gz: $(O)/init $(O)/kernel $(O)/kernels/$(KERNEL)/.unpacked initramfs/mkinitramfs \
		initramfs/modules
	$(call say,CPIO,$@)
	$(Q)initramfs/mkinitramfs $(O)/init $(O)/kernels/$(KERNEL) $@

# The same with the file systems of disks, for bundles that are on one.
$(O)/initramfs-disk.cpio.gz: $(O)/initramfs.cpio.gz initramfs/modules.file-systems
	$(call say,CPIO,$@)
	$(Q)initramfs/mkinitramfs $(O)/init $(O)/kernels/$(KERNEL) $@ --file-systems

.PHONY: run
BUNDLE ?=
DEVICE ?=
NETDEV ?=
VMM ?= qemu
WORDS ?=
run: all $(O)/tests/workload/edu $(O)/host/run-$(ARCH) ## boot the demo, or BUNDLE=dir with DEVICE='edu'; ends with the guest's status
	$(Q)initramfs/run --build $(O) --arch $(ARCH) --vmm $(VMM) $(if $(BUNDLE),--bundle '$(BUNDLE)') \
		$(if $(DEVICE),--device '$(DEVICE)') \
		$(if $(NETDEV),--netdev '$(NETDEV)') $(WORDS)
