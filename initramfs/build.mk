# SPDX-License-Identifier: Apache-2.0
# The guest: stock kernels from Debian, the initramfs, and make run.

.PRECIOUS: $(O)/kernels/%/.unpacked
$(O)/kernels/%/.unpacked: | $(O)/src/libmd/src/sha2.c
	$(call say,KERNEL,$(call kernel_package,$*))
	$(Q)mkdir -p $(O)/kernels && $(apt) unpack $(state) $(call kernel_package,$*) $(O)/kernels/$* \
		>$(O)/kernels/$*.log 2>&1 || { cat $(O)/kernels/$*.log; exit 1; }
	$(Q)for d in $(O)/kernels/$*/lib/modules/* $(O)/kernels/$*/usr/lib/modules/*; do \
		[ ! -d $$d/kernel ] || PATH=$$PATH:/usr/sbin:/sbin depmod -b $${d%/lib/modules/*} $${d##*/} || exit; done
	$(Q)touch $@

# A kernel with another configuration from Debian's source: 10 minutes on two idle processors.
$(O)/kernels/small/.unpacked: initramfs/mkkernel configs/kernel-small.config | $(O)/host/kernel
	$(call say,KERNEL,small)
	$(Q)mkdir -p $(O)/kernels && initramfs/mkkernel configs/kernel-small.config $(O)/kernels/small.build \
		$(O)/kernels/small >$(O)/kernels/small.log 2>&1 || { tail -n 20 $(O)/kernels/small.log; exit 1; }
	$(Q)touch $@

# The name of the kernel; the file changes when KERNEL= does.
$(O)/kernel: FORCE
	$(Q)mkdir -p $(@D); [ "$$(cat $@ 2>/dev/null)" = $(KERNEL) ] || echo $(KERNEL) >$@

$(O)/vmlinuz: $(O)/kernel $(O)/kernels/$(KERNEL)/.unpacked
	$(call say,COPY,$@)
	$(Q)for f in $(O)/kernels/$(KERNEL)/boot/vmlinuz-* $(O)/kernels/$(KERNEL)/usr/lib/modules/*/vmlinuz; do \
		[ ! -f $$f ] || cp $$f $@ || exit; done

# images/KERNEL.cpio.gz. Variants are images/KERNEL-VARIANT.cpio.gz, which have options of mkinitramfs or another
# init, and images/KERNEL+MODULE.cpio.gz, which have more modules, separated by "+".
image_options_compressed := --compressed-modules
image_options_signed := --signed-modules
image_options_disk := --file-systems
image_init_tiny := $(O)/tiny/init
image_variants := compressed signed disk tiny

# $(1): the image's name, $(2): its kernel, $(3): its variant
define image_rule
$(O)/images/$(1).cpio.gz: $(or $(image_init_$(3)),$(O)/init) $(O)/kernels/$(2)/.unpacked initramfs/mkinitramfs \
		initramfs/endmark initramfs/modules $(if $(filter disk,$(3)),initramfs/modules.file-systems)
	$$(call say,CPIO,$$@)
	$$(Q)mkdir -p $$(@D) && STRIP=$(STRIP) initramfs/mkinitramfs $$< $(O)/kernels/$(2) $$@ $(image_options_$(3)) \
		$$(if $$(filter +,$(3)),$$(patsubst %,--module %,$$(subst +, ,$$*)))
endef
$(foreach k,$(kernels_$(ARCH)),$(eval $(call image_rule,$(k),$(k),)) $(eval $(call image_rule,$(k)+%,$(k),+)) \
	$(foreach v,$(image_variants),$(eval $(call image_rule,$(k)-$(v),$(k),$(v)))))

$(O)/initramfs.cpio.gz: $(O)/images/$(KERNEL).cpio.gz $(O)/kernel
	$(Q)cp $< $@

# With the file systems of disks, for bundles that are on one.
$(O)/initramfs-disk.cpio.gz: $(O)/images/$(KERNEL)-disk.cpio.gz $(O)/kernel
	$(Q)cp $< $@

.PHONY: run
IMAGE ?=
BUNDLE ?=
DEVICE ?=
NETDEV ?=
MEMORY ?=
SMP ?=
TIMEOUT ?=
VMM ?= qemu
WORDS ?=
OPTIONS ?=
ARGS ?=
run_image = $(or $(IMAGE),$(BUNDLE))
# Cloud Hypervisor has no port for stdin. OPTIONS are more options of initramfs/run, ARGS the container's program and its arguments.
run_options = --build $(O) --arch $(ARCH) --vmm $(VMM) $(if $(filter cloud-hypervisor,$(VMM)),,--interactive) --report - \
	$(if $(DEVICE),--device '$(DEVICE)') $(if $(NETDEV),--netdev '$(NETDEV)') $(if $(MEMORY),--memory '$(MEMORY)') \
	$(if $(SMP),--cpus '$(SMP)') $(if $(TIMEOUT),--timeout '$(TIMEOUT)') $(if $(WORDS),--append '$(WORDS)')
run: all $(O)/tests/programs/edu $(O)/host/run-$(ARCH) ## run the demo, or IMAGE=app.tar, or BUNDLE=dir
	$(Q)initramfs/run $(run_options) $(OPTIONS) $(if $(run_image),'$(run_image)' $(ARGS))
