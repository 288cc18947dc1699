# SPDX-License-Identifier: Apache-2.0
# The configuration, the sources from Debian, and the binary.

# The linker keeps this order: init/libc is first, beside the C library, as all use both.
dirs := init/libc init init/options init/guest init/source init/request init/devices init/network init/storage init/services \
	init/bundle init/container init/run init/report init/verdict init/end init/tool init/lib spec spec/cdi dev net

# --- packages of this machine, the configuration -------------------------------------------------

$(O)/host/run-%: configs/debian/packages.run configs/debian/packages.run-%
	$(Q)$(apt) install $^
	$(Q)mkdir -p $(@D) && touch $@

$(O)/host/%: configs/debian/packages.%
	$(Q)$(apt) install $<
	$(Q)mkdir -p $(@D) && touch $@

kconfig = KCONFIG_CONFIG=$(O)/.config $(PYTHON) -m

defconfig: $(O)/host/build ## take the usual configuration
	$(Q)mkdir -p $(O) && $(kconfig) defconfig --kconfig configs/Kconfig configs/$@ >/dev/null

tiny_defconfig: $(O)/host/build ## take the smallest one: only the options of configs/tiny_defconfig
	$(Q)mkdir -p $(O) && KCONFIG_ALLCONFIG=configs/$@ $(kconfig) allnoconfig configs/Kconfig >/dev/null

menuconfig: $(O)/.config ## change the configuration
	$(Q)$(kconfig) menuconfig configs/Kconfig

# An option that is newer than the configuration gets its default.
$(O)/.config: configs/Kconfig | $(O)/host/build
	$(call say,CONF,$@)
	$(Q)mkdir -p $(O) && if [ -e $@ ]; then $(kconfig) olddefconfig configs/Kconfig; \
		else $(kconfig) defconfig --kconfig configs/Kconfig configs/defconfig; fi >/dev/null
	$(Q)touch $@

# genconfig touches $(O)/config/some/option.h when CONFIG_SOME_OPTION changes; objects depend on these
# files (fixdep.sh). make includes auto.conf, so it starts again after this step and sees the new times.
auto_conf := $(O)/config/auto.conf
$(auto_conf) $(O)/autoconf.h &: $(O)/.config
	$(Q)$(kconfig) genconfig --header-path $(O)/autoconf.h --sync-deps $(O)/config configs/Kconfig
	$(Q)touch $(auto_conf) $(O)/autoconf.h

.PHONY: menuconfig defconfig tiny_defconfig

# These targets do not need the configuration.
ifneq ($(filter-out help clean distclean uninstall %defconfig menuconfig,$(or $(MAKECMDGOALS),all)),)
-include $(auto_conf)
-include $(O)/libmnl.mk
endif

# --- libraries -----------------------------------------------------------------------------------

# musl-gcc finds no headers of the kernel and of the system's libraries, except these.
includes := $(O)/include
$(includes)/.made: $(toolchain) $(O)/src/cjson/cJSON.c $(O)/src/libmd/src/sha2.c
	$(Q)mkdir -p $(@D)
	$(Q)for d in linux asm-generic; do ln -sfn $(headers)/$$d $(@D)/$$d; done
	$(Q)ln -sfn $(headers)/$(triple)-gnu/asm $(@D)/asm
	$(Q)ln -sfn /usr/include/libmnl $(@D)/libmnl
	$(Q)ln -sfn ../src/cjson $(@D)/cjson
	$(Q)ln -sfn ../src/libmd/include $(@D)/libmd
	$(Q)ln -sfn ../yaml $(@D)/libyaml
	$(Q)for h in seccomp.h seccomp-syscalls.h; do ln -sfn ../src/libseccomp/include/$$h $(@D)/$$h; done
	$(Q)touch $@

define source
$(call say,SOURCE,$(1))
$(Q)mkdir -p $(O)/src && $(apt) source $(state) $(1)$(source_suite) $(O)/src/$(1) >$(O)/src/$(1).log 2>&1 || \
	{ cat $(O)/src/$(1).log; exit 1; }
endef

$(O)/src/cjson/cJSON.c: | $(O)/host/build
	$(call source,cjson)

$(O)/src/libmd/src/sha2.c: | $(O)/src/cjson/cJSON.c
	$(call source,libmd)
	$(Q)touch $(O)/src/libmd/src/config.h

# libyaml's parser, without the parts that read files and write YAML, made smaller by configs/libyaml.sed.
ifdef CONFIG_CDI_YAML
yaml_objects := yaml/api.o yaml/parser.o yaml/scanner.o
yaml_flags := -w -I. -I$(O)/yaml -I$(O)/src/libyaml/src -DYAML_VERSION_STRING='"0.2.5"' -DYAML_VERSION_MAJOR=0 \
	-DYAML_VERSION_MINOR=2 -DYAML_VERSION_PATCH=5
$(includes)/.made: $(O)/src/libyaml/src/api.c configs/build.mk
$(foreach kind,obj host-obj fuzz-obj plain-obj,$(addprefix $(O)/$(kind)/,$(yaml_objects) spec/cdi/yaml.o)): $(O)/yaml/yaml.h
endif
$(O)/src/libyaml/src/api.c: | $(O)/src/libmd/src/sha2.c
	$(call source,libyaml)

$(O)/yaml/%.c: $(O)/src/libyaml/src/api.c configs/libyaml.sed
	$(Q)mkdir -p $(@D) && sed -f configs/libyaml.sed $(<D)/$*.c >$@

# A text has less than 4 GiB, so that the copies of a mark are short.
$(O)/yaml/yaml.h: $(O)/src/libyaml/src/api.c configs/build.mk
	$(Q)mkdir -p $(@D) && sed '/^typedef struct yaml_mark_s/,/^}/s/size_t/unsigned/' $(<D)/../include/yaml.h >$@

comma := ,

# libseccomp without the part that prints filters, and only for the architectures that a guest's kernel
# runs: configs/libseccomp.sh.
ifdef CONFIG_SECCOMP
seccomp_objects := $(addprefix seccomp/,api.o arch.o db.o gen_bpf.o hash.o helper.o syscalls.o \
	syscalls.perf.o system.o $(seccomp_$(ARCH):%=arch-%.o))
$(includes)/.made: $(O)/src/libseccomp/src/syscalls.perf.c configs/build.mk
endif
$(O)/src/libseccomp/src/api.c: | $(O)/src/libyaml/src/api.c
	$(call source,libseccomp)
	$(Q)echo '#define HAVE_LINUX_SECCOMP_H 1' >$(@D)/configure.h

$(O)/src/libseccomp/src/syscalls.perf.c: configs/libseccomp.sh configs/arch.mk $(O)/src/libseccomp/src/api.c
	$(call say,GEN,$@)
	$(Q)sh configs/libseccomp.sh $(O)/src/libseccomp $(seccomp_$(ARCH))

# libmnl: the toolchain's static library, else Debian's source, else net/mnl.c.
$(O)/libmnl.mk: configs/libmnl.sh | $(toolchain)
	$(Q)mkdir -p $(O)
	$(Q)CC='$(CC)' APT=$(apt) STATE=$(state) SUITE=$(source_suite) sh configs/libmnl.sh $(O)/src/libmnl $@
libmnl_objects := $(if $(LIBMNL_SOURCE),mnl/socket.o mnl/callback.o mnl/nlmsg.o mnl/attr.o)

# --- the binary ----------------------------------------------------------------------------------

# Compilers without -Oz have -Os. The options behind it were measured: each makes the binary smaller
# (-fno-jump-tables: 6,800 bytes of it in the libraries). Without -mgeneral-regs-only each printf-like function would save
# floating-point registers, which coldinit does not use. The compiler is tried once, when the first
# file is compiled: before that there may be none.
cc_option = $(shell $(CC) -Werror $(1) -S -x c -o /dev/null /dev/null 2>/dev/null && echo $(1))
smaller := -malign-data=abi -fno-jump-tables -fno-caller-saves -fno-optimize-sibling-calls -fno-shrink-wrap \
	-fno-move-loop-invariants -fno-thread-jumps -fno-partial-inlining -fno-tree-dominator-opts -fno-tree-tail-merge \
	--param=large-function-insns=300
small = $(eval small := $(or $(call cc_option,-Oz),-Os) $(foreach o,$(smaller),$(call cc_option,$(o))))$(small)
own = $(eval own := $(call cc_option,-mgeneral-regs-only))$(own)
fixdep = sh configs/fixdep.sh $(@:.o=.d) $(O)
# A binary without the toolchain's C library is optimised as a whole. -g1: the table of lines then says which
# folder code is of ("make size").
lto := $(if $(CONFIG_SMALL_LIBC),-flto)
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Werror
no_unwinding := -fno-asynchronous-unwind-tables -fno-unwind-tables
# No path of this machine, so that each machine makes the same bytes: of two that match, GCC uses the last. The
# canonical name of a header is the one that is shorter, which depends on the folder that the tree is in.
no_paths = $(eval no_paths := -ffile-prefix-map=$(CURDIR)=. -ffile-prefix-map=$(CURDIR)/= \
	$(call cc_option,-fno-canonical-system-headers))$(no_paths)
# musl 1.2.4 and later have dirent64 and getdents64() of glibc only with _LARGEFILE64_SOURCE.
CPPFLAGS_ALL = -D_GNU_SOURCE -D_LARGEFILE64_SOURCE -I. -include $(O)/autoconf.h
CFLAGS_ALL = -std=gnu11 $(small) $(WARN) -ffunction-sections -fdata-sections -fno-pie \
	$(no_unwinding) -g1 $(no_paths) -isystem $(includes) $(lto) $(CFLAGS)
# A static binary is not relocated at its start, so .data needs no padding to become read-only.
LDFLAGS_ALL = -static -no-pie $(no_unwinding) $(no_paths) -Wl,--gc-sections -Wl,-z,noseparate-code -Wl,-z,norelro \
	-Wl,-z,common-page-size=64 -Wl,--sort-section=alignment -Wl,--build-id=none $(LDFLAGS)
VERSION := 0.1

$(O)/version.h: FORCE
	$(Q)mkdir -p $(@D) && sh configs/version.sh $(VERSION) $@

# One file reads it, so that a commit recompiles only that file.
version_readers := $(foreach kind,obj host-obj fuzz-obj plain-obj,$(O)/$(kind)/init/tool/tool.o)
$(version_readers): CPPFLAGS_ALL += -include $(O)/version.h
$(version_readers): | $(O)/version.h
.PHONY: FORCE

# Add one folder's lists of objects: of init, and of coldinit, which has all of init as well.
define take
obj-y :=
tool-y :=
include $(1)/Makefile
objects += $$(addprefix $(1)/,$$(obj-y))
tool_objects += $$(addprefix $(1)/,$$(tool-y))
endef
objects :=
tool_objects :=
$(foreach d,$(dirs),$(eval $(call take,$(d))))

init_objects := $(addprefix $(O)/obj/,$(objects)) $(O)/obj/cjson.o $(if $(CONFIG_SHA256),$(O)/obj/sha2.o) \
	$(addprefix $(O)/obj/,$(yaml_objects) $(libmnl_objects) $(seccomp_objects))

$(O)/init: $(O)/init.debug configs/headers.py
	$(call say,STRIP,$@)
	$(Q)$(STRIP) -s -R .comment -o $@ $< && $(PYTHON) configs/headers.py $@

# The lists of objects depend on options and on the folders' Makefiles.
link = $(CC) $(if $(lto),-flto=1 -flto-partition=one -fdata-sections) $(LDFLAGS_ALL) -Wl,-Map=$(@:.debug=).map -o $@
$(O)/init.debug: $(init_objects) $(auto_conf) $(dirs:%=%/Makefile)
	$(call say,LD,$@)
	$(Q)$(link) $(init_objects) $(LIBMNL_LIBS)

# The program of the build machine.
coldinit_objects := $(init_objects) $(addprefix $(O)/obj/,$(tool_objects))
$(O)/coldinit: $(coldinit_objects) $(auto_conf) $(dirs:%=%/Makefile)
	$(call say,LD,$@)
	$(Q)$(link) $(coldinit_objects) $(LIBMNL_LIBS)

$(O)/obj/%.o: %.c Makefile configs/build.mk | $(O)/autoconf.h $(includes)/.made
	$(call say,CC,$*.o)
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS_ALL) $(own) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<
	$(Q)$(fixdep)

# Foreign code, without warnings. cJSON passes strtod() an unsigned char ** as a char **.
cjson_flags := -w -fno-strict-aliasing -I. -include spec/cjson_port.h -DCJSON_HIDE_SYMBOLS
$(O)/obj/cjson.o: $(O)/src/cjson/cJSON.c spec/cjson_port.h $(includes)/.made configs/build.mk
	$(call say,CC,cjson.o)
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) $(cjson_flags) -c -o $@ $<

$(O)/obj/sha2.o: $(O)/src/libmd/src/sha2.c $(includes)/.made
	$(call say,CC,sha2.o)
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) -w -I$(O)/src/libmd/include -I$(O)/src/libmd/src \
		-include stdint.h -c -o $@ $<

$(O)/obj/yaml/%.o: $(O)/yaml/%.c spec/cdi/yaml_port.h $(includes)/.made
	$(call say,CC,yaml/$*.o)
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) $(yaml_flags) -DNDEBUG -c -o $@ $<

$(O)/obj/seccomp/%.o: $(O)/src/libseccomp/src/syscalls.perf.c $(includes)/.made
	$(call say,CC,seccomp/$*.o)
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) -w -D_GNU_SOURCE -DNDEBUG -I$(<D) -c -o $@ $(<D)/$*.c

$(O)/obj/mnl/%.o: $(O)/libmnl.mk $(includes)/.made
	$(call say,CC,mnl/$*.o)
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) -w -D_GNU_SOURCE -I$(LIBMNL_SOURCE)/include -c -o $@ \
		$(LIBMNL_SOURCE)/src/$*.c

# The smallest build, beside this one and with its downloads.
$(O)/tiny/.config: configs/tiny_defconfig configs/Kconfig | $(O)/src/cjson/cJSON.c
	$(Q)mkdir -p $(@D) && for d in src host debian; do ln -sfn ../$$d $(@D)/; done
	$(Q)$(MAKE) O=$(@D) tiny_defconfig
	$(Q)touch $@

$(O)/tiny/init: $(O)/tiny/.config FORCE
	$(Q)$(MAKE) O=$(@D) $@

# The compiler must not replace the code of these functions by calls of themselves.
$(O)/obj/init/libc/%.o: override CFLAGS += -fno-builtin -fno-lto

-include $(patsubst %.o,%.d,$(filter $(O)/obj/%,$(coldinit_objects)))
