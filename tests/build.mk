# SPDX-License-Identifier: Apache-2.0
# Tests. Unit tests and fuzz targets are built for this machine, with sanitizers.

SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g -O1
HOST_CFLAGS := -std=gnu11 $(WARN) $(SANITIZE) -DCOLDINIT_TEST -DCONFIG_FAULT_CHECK=1 -I$(O)/include-host

# Headers of the source packages; the system's own for everything else.
$(O)/include-host/.made: $(includes)/.made
	$(Q)mkdir -p $(@D)
	$(Q)for d in cjson libmd libyaml; do ln -sfn ../include/$$d $(@D)/$$d; done
	$(Q)touch $@

# One rule for each kind of object: host (gcc, sanitizers), fuzz (clang, sanitizers, coverage), and
# plain, whose instructions are counted.
define host_rules
$(O)/$(1)/%.o: %.c tests/build.mk | $(O)/autoconf.h $(O)/include-host/.made $(O)/host/test
	$$(call say,$(2),$$(@:$(O)/%=%))
	$$(Q)mkdir -p $$(@D) && $(3) $$(CPPFLAGS_ALL) $$(HOST_CFLAGS) $(4) -MMD -MP -c -o $$@ $$<
	$$(Q)$$(fixdep)

$(O)/$(1)/cjson.o: $(O)/src/cjson/cJSON.c spec/cjson_port.h $(O)/host/test
	$$(Q)mkdir -p $$(@D) && $(3) $(SANITIZE) $(4) $(cjson_flags) -c -o $$@ $$<

$(O)/$(1)/sha2.o: $(O)/src/libmd/src/sha2.c $(O)/host/test
	$$(Q)mkdir -p $$(@D) && $(3) $(SANITIZE) $(4) -w -I$(O)/src/libmd/include -I$(O)/src/libmd/src \
		-include stdint.h -c -o $$@ $$<

$(O)/$(1)/yaml/%.o: $(O)/yaml/%.c spec/cdi/yaml_port.h $(O)/host/test
	$$(Q)mkdir -p $$(@D) && $(3) $(SANITIZE) $(4) $(yaml_flags) -c -o $$@ $$<
endef
$(eval $(call host_rules,host-obj,HOSTCC,$(HOSTCC),))
$(eval $(call host_rules,fuzz-obj,CLANG,$(CLANG),-fsanitize=fuzzer-no-link -Wno-unknown-warning-option))

$(eval $(call host_rules,plain-obj,HOSTCC,$(HOSTCC),-fno-sanitize=all))

# Everything except main() and the replacements of libmnl and the C library.
tested := $(filter-out init/main.o net/mnl.o init/libc/%,$(objects)) $(tool_objects) cjson.o sha2.o $(yaml_objects)
unit_support := $(patsubst %.c,%.o,$(wildcard tests/unit/support/*.c))
unit_tests := $(patsubst tests/unit/%.c,$(O)/tests/unit/%,$(wildcard tests/unit/test_*.c)) $(O)/tests/growth/growth
fuzz_targets := $(patsubst tests/fuzz/%.c,$(O)/tests/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))

# cmocka passes a state to every test; few use it.
$(O)/host-obj/tests/unit/%: HOST_CFLAGS += -Wno-unused-parameter

# Libraries of this machine.
host_libs = -lmnl $(if $(CONFIG_SECCOMP),-lseccomp)

# Functions that the linker replaces in a test, by the test's __wrap_NAME().
wraps_test_caps := prctl
wraps_test_job := unshare chroot syscall
wraps_test_modules := syscall
wraps_test_reserve := write
wraps_test_root := open
wraps_test_services := job_start services_ready
wraps_test_signals := waitpid
wraps_test_wallclock := time clock_settime ioctl
wraps_test_supervise := clock_gettime container_signal madvise loop_add loop_add_end loop_linger loop_remove loop_wait container_start \
	container_message container_go_on container_kill container_oom_killed guest_hooks_start \
	guest_hooks_stop guest_hooks_poststart guest_hooks_poststop guest_hooks_launch_s stdio_open \
	stdio_start stdio_cloned stdio_close relay_attach relay_detach power_watch watchdog_limit kmsg_last

.SECONDARY:
$(O)/tests/unit/%: $(O)/host-obj/tests/unit/%.o $(addprefix $(O)/host-obj/,$(tested) $(unit_support))
	$(call say,HOSTLD,$@)
	$(Q)mkdir -p $(@D) && $(HOSTCC) $(SANITIZE) -o $@ $^ $(addprefix -Wl$(comma)--wrap=,$(wraps_$(@F))) -lcmocka -ldl $(host_libs)

$(O)/tests/fuzz/%: $(O)/fuzz-obj/tests/fuzz/%.o $(addprefix $(O)/fuzz-obj/,$(tested))
	$(call say,FUZZ,$@)
	$(Q)mkdir -p $(@D) && $(CLANG) $(SANITIZE) -fsanitize=fuzzer -o $@ $^ $(host_libs)

$(O)/tests/growth/growth: $(addprefix $(O)/plain-obj/,tests/growth/growth.o $(tested))
	$(call say,HOSTLD,$@)
	$(Q)mkdir -p $(@D) && $(HOSTCC) -o $@ $^ $(host_libs)

# Static programs that containers in the guest run.
programs := $(patsubst tests/programs/%.c,$(O)/tests/programs/%,$(wildcard tests/programs/*.c))
$(addprefix $(O)/tests/programs/,probe load): tests/programs/commands.h
$(O)/tests/programs/probe: tests/programs/probe_net.h
$(O)/tests/programs/edu: tests/programs/iommufd.h
$(O)/tests/programs/%: tests/programs/%.c $(includes)/.made
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) -std=gnu11 -Os $(WARN) -D_GNU_SOURCE -isystem $(includes) -static -s -o $@ $<

# The driver, programs and library of a vendor, for tests/boot/test_gpu_guest.py. The module is built by Kbuild with
# the headers of the kernel that the guest has; its Makefile includes another one by an absolute path.
gpu_parts := $(addprefix $(O)/tests/gpu/,edu_gpu.ko vendor compute)

.PRECIOUS: $(O)/kernels/%.headers/.unpacked
$(O)/kernels/%.headers/.unpacked: $(O)/kernels/%/.unpacked
	$(call say,HEADERS,$*)
	$(Q)release=$$(ls $(O)/kernels/$*/lib/modules) && { $(apt) unpack $(state) linux-headers-$$release $(@D) >$(@D).log 2>&1 || \
		{ cat $(@D).log; exit 1; }; } && sed -i 's,^include /usr/src/,include ../,' $(@D)/usr/src/*/Makefile
	$(Q)touch $@

# Of this make only PATH and the like: its variables (CC, O, ARCH) have another meaning there.
$(O)/tests/gpu/edu_gpu.ko: tests/gpu/module/edu_gpu.c tests/gpu/module/Kbuild $(O)/kernels/6.12.headers/.unpacked
	$(call say,KBUILD,$@)
	$(Q)mkdir -p $(@D)/module && cp tests/gpu/module/* $(@D)/module/
	$(Q)env -i PATH="$$PATH" make -C $(O)/kernels/6.12.headers/usr/src/linux-headers-*-$(ARCH) \
		M=$(abspath $(@D))/module CONFIG_DEBUG_INFO_BTF_MODULES= modules >$@.log 2>&1 || { cat $@.log; exit 1; }
	$(Q)strip --strip-debug -o $@ $(@D)/module/$(@F)

$(O)/tests/gpu/vendor: tests/gpu/vendor.c $(includes)/.made
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) -std=gnu11 -Os $(WARN) -D_GNU_SOURCE -isystem $(includes) -static -s -o $@ $<

$(O)/tests/gpu/libedugpu.so.1: tests/gpu/library.c tests/gpu/library.h $(includes)/.made
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) -std=gnu11 -Os $(WARN) -fPIC -shared -Wl,-soname,$(@F) -s -o $@ $<

$(O)/tests/gpu/compute: tests/gpu/compute.c tests/gpu/library.h $(O)/tests/gpu/libedugpu.so.1
	$(call say,CC,$@)
	$(Q)$(CC) -std=gnu11 -Os $(WARN) -s -o $@ $< $(O)/tests/gpu/libedugpu.so.1

# What the measured guests run (tests/bench/guests.py).
bench_programs := $(patsubst %.c,$(O)/%,$(wildcard tests/bench/*.c))
$(bench_programs): $(O)/%: %.c $(includes)/.made
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) -std=gnu11 -Os $(WARN) -D_GNU_SOURCE -isystem $(includes) -static -s -o $@ $<

# The program that shows the inside of a container, under coldinit and under crun.
parity_probe := $(O)/tests/parity/probe
$(parity_probe): $(wildcard tests/parity/*.c tests/parity/*.h) $(includes)/.made
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) -std=gnu11 -Os $(WARN) -D_GNU_SOURCE -isystem $(includes) -static -s -o $@ \
		$(filter %.c,$^)

# The guest that boots coldinit with one failed system call at a time, and the program of its containers.
fault_rig := $(addprefix $(O)/tests/faults/,rig both)
$(O)/tests/faults/rig: $(addprefix tests/faults/,rig.c trace.c guest.c call.c faults.h) $(includes)/.made
$(O)/tests/faults/both: tests/faults/both.c $(includes)/.made
$(fault_rig):
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) -std=gnu11 -Os $(WARN) -D_GNU_SOURCE -isystem $(includes) -static -s -o $@ \
		$(filter %.c,$^)

fault_needs = $(test_needs) $(fault_rig) $(O)/tests/faults/plan $(programs) $(parity_probe)

# The tool, whose allocations fail.
$(O)/tests/faults/plan: $(addprefix $(O)/host-obj/,tests/faults/allocations.o init/main.o $(tested))
	$(call say,HOSTLD,$@)
	$(Q)mkdir -p $(@D) && $(HOSTCC) $(SANITIZE) -o $@ $^ -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup \
		-ldl $(host_libs)

# The disk that all workloads share, and the files of nginx for an image.
$(O)/workloads/tree/.unpacked $(O)/nginx/tree/.unpacked: $(O)/%/tree/.unpacked: configs/debian/packages.% $(apt)
	$(call say,APT,$*)
	$(Q)mkdir -p $(@D) && $(apt) tree $(O)/debian/$(own_arch) $< $(@D) >$(@D).log 2>&1 || { cat $(@D).log; exit 1; }
	$(Q)touch $@

$(O)/workloads/rootfs.erofs: $(O)/workloads/tree/.unpacked $(wildcard tests/workloads/mkrootfs tests/workloads/run/* tests/workloads/units/*)
	$(call say,EROFS,$@)
	$(Q)rm -rf $(@D)/work && cp -al $(@D)/tree $(@D)/work && tests/workloads/mkrootfs $(@D)/work $(abspath $@).new && rm -rf $(@D)/work && mv $@.new $@

.PHONY: test test-all test-unit test-fuzz test-trees test-lint test-boot test-parity test-faults fuzz soak
test_needs = $(O)/host/run-$(ARCH) $(addprefix $(O)/host/,test install libvirt)

# T= selects tests: see tests/run.py. Boot tests build the images and programs that they need
# (tests/builds.py); without T= the usual ones are built before.
T ?=
run_tests = $(PYTHON) tests/run.py $(O) $(if $(T),--only='$(T)')
chosen = $(if $(T),$(foreach p,$(1),$(if $(findstring $(T),$(notdir $(p))),$(p))),$(1))
boot_needs = $(test_needs) $(if $(T),,all $(programs) $(gpu_parts) $(parity_probe) $(O)/kernels/6.1/.unpacked)

ifneq ($(release),bookworm)
ifneq ($(filter test% fuzz bench soak,$(MAKECMDGOALS)),)
$(error tests run on Debian 12 (bookworm), whose compilers and tools they need; "make test-install" builds on Debian 13 as well)
endif
endif

ifdef cross
ifneq ($(filter test% fuzz bench soak,$(MAKECMDGOALS)),)
$(error tests run on this machine, which is $(own_arch): "make test-all" boots $(ARCH) as well)
endif
endif

test: $(boot_needs) $(unit_tests) $(fuzz_targets) ## all tests except the slow ones: lint, unit, fuzz corpora, recorded trees, boot in QEMU
	$(Q)$(run_tests) lint unit fuzz trees install boot parity

test-all: $(boot_needs) $(O)/host/deb $(O)/host/test-install $(O)/kernels/small/.unpacked $(unit_tests) $(fuzz_targets) $(fault_needs) ## all tests
	$(Q)$(run_tests) lint unit fuzz trees install-all boot-all parity-all faults workloads

test-lint: $(test_needs) $(O)/init $(O)/coldinit $(O)/include-host/.made ## style, names, contracts, words, layers, static analysis, the build
	$(Q)$(run_tests) lint

.PHONY: format
format: $(O)/host/test ## clang-format on all C files
	$(Q)git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format-14 -i

test-unit: $(call chosen,$(unit_tests)) ## unit tests with sanitizers
	$(Q)$(run_tests) unit

test-fuzz: $(call chosen,$(fuzz_targets)) ## each parser's fuzz target on its corpus
	$(Q)$(run_tests) fuzz

test-trees: $(O)/coldinit $(test_needs) ## recorded /sys trees through coldinit plan
	$(Q)$(run_tests) trees

test-boot: $(boot_needs) ## boots in QEMU
	$(Q)$(run_tests) boot

.PHONY: test-install
test-install: $(boot_needs) $(O)/host/deb $(O)/host/test-install ## what make install and make deb install, in fresh Debians; needs root
	$(Q)$(run_tests) install-all

test-faults: $(fault_needs) ## boots with one failed system call each, and plans with failed allocations; N=100: that many of each
	$(Q)$(run_tests) $(if $(N),--cases=$(N)) faults

.PHONY: bench
bench: $(O)/host/run-$(ARCH) ## the duration of each phase of a boot, on a clock that counts instructions
	$(Q)$(PYTHON) tests/bench/bench.py $(O) $(KERNEL)

.PHONY: test-cloud-hypervisor
test-cloud-hypervisor: $(test_needs) all $(programs) ## boots under Cloud Hypervisor; needs its binary: CLOUD_HYPERVISOR=path
	$(Q)COLDINIT_BUILD=$(abspath $(O)) $(PYTHON) -m pytest -q -p no:cacheprovider tests/boot/cloud_hypervisor.py tests/boot/cloud_hypervisor_pages.py

test-parity: $(boot_needs) ## a few containers beside crun; build/parity.md has the differences
	$(Q)$(run_tests) parity

N ?=
soak: all $(programs) ## boot N (1000) mixed guests, two at a time
	$(Q)$(PYTHON) tests/soak/soak.py $(O) $(or $(N),1000)

.PHONY: test-workloads
test-workloads: $(boot_needs) ## servers, runtimes and systemd from Debian's packages, each beside crun
	$(Q)$(run_tests) workloads

SECONDS_EACH ?= 600
fuzz: $(fuzz_targets) ## fuzz each parser for SECONDS_EACH (600) seconds
	$(Q)for t in $(fuzz_targets); do \
		new=$(O)/tests/fuzz/new/$${t##*/fuzz_}; mkdir -p $$new; \
		$$t -max_total_time=$(SECONDS_EACH) -artifact_prefix=$$new/ $$new tests/fuzz/corpus/$${t##*/fuzz_} || exit 1; \
	done

-include $(wildcard $(foreach kind,host-obj fuzz-obj plain-obj,$(addprefix $(O)/$(kind)/,*/*.d */*/*.d */*/*/*.d)))
