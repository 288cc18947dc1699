# SPDX-License-Identifier: Apache-2.0
# The configuration, the sources from Debian, and the binary.

dirs := init init/lib init/libc init/container spec dev net

# --- packages of this machine, and the configuration ---------------------------------------------

$(O)/host/%: configs/debian/packages.%
	$(Q)$(apt) install $<
	$(Q)mkdir -p $(@D) && touch $@

kconfig = KCONFIG_CONFIG=$(O)/.config $(PYTHON) -m

defconfig tiny_defconfig: $(O)/host/build ## take a configuration from configs/
	$(Q)mkdir -p $(O) && $(kconfig) defconfig --kconfig configs/Kconfig configs/$@ >/dev/null

menuconfig: $(O)/.config ## change the configuration
	$(Q)$(kconfig) menuconfig configs/Kconfig

$(O)/.config: | $(O)/host/build
	$(call say,CONF,$@)
	$(Q)mkdir -p $(O) && $(kconfig) defconfig --kconfig configs/Kconfig configs/defconfig >/dev/null

$(O)/autoconf.h: $(O)/.config configs/Kconfig
	$(Q)$(kconfig) olddefconfig configs/Kconfig >/dev/null
	$(Q)$(kconfig) genconfig --header-path $@.new configs/Kconfig
	$(Q)cmp -s $@.new $@ 2>/dev/null || cp $@.new $@; rm $@.new; touch $@

.PHONY: menuconfig defconfig tiny_defconfig

# Everything but these needs to know the configuration.
ifneq ($(filter-out help clean distclean %defconfig menuconfig,$(or $(MAKECMDGOALS),all)),)
-include $(O)/.config
-include $(O)/libmnl.mk
endif

# --- libraries -----------------------------------------------------------------------------------

# musl-gcc sees no header of the kernel and none of the system's libraries: show it just these.
includes := $(O)/include
$(includes)/.made: $(O)/host/build $(O)/src/cjson/cJSON.c $(O)/src/libmd/src/sha2.c
	$(Q)mkdir -p $(@D)
	$(Q)for d in linux asm-generic libmnl; do ln -sfn /usr/include/$$d $(@D)/$$d; done
	$(Q)ln -sfn /usr/include/$$($(HOSTCC) -print-multiarch)/asm $(@D)/asm
	$(Q)ln -sfn $(abspath $(O))/src/cjson $(@D)/cjson
	$(Q)ln -sfn $(abspath $(O))/src/libmd/include $(@D)/libmd
	$(Q)touch $@

define source
$(call say,SOURCE,$(1))
$(Q)mkdir -p $(O)/src && $(apt) source $(state) $(1) $(O)/src/$(1) >$(O)/src/$(1).log 2>&1 || \
	{ cat $(O)/src/$(1).log; exit 1; }
endef

$(O)/src/cjson/cJSON.c: | $(O)/host/build
	$(call source,cjson)

$(O)/src/libmd/src/sha2.c: | $(O)/src/cjson/cJSON.c
	$(call source,libmd)
	$(Q)touch $(O)/src/libmd/src/config.h

# libmnl: the toolchain's own static library, else Debian's source, else net/mnl.c.
$(O)/libmnl.mk: configs/libmnl.sh | $(O)/host/build
	$(Q)mkdir -p $(O)
	$(Q)CC='$(CC)' APT=$(apt) STATE=$(state) sh configs/libmnl.sh $(O)/src/libmnl $@

# --- the binary ----------------------------------------------------------------------------------

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Werror
CPPFLAGS_ALL = -D_GNU_SOURCE -I. -include $(O)/autoconf.h -DCOLDINIT_VERSION='"$(VERSION)"'
CFLAGS_ALL = -std=gnu11 -Os $(WARN) -ffunction-sections -fdata-sections -fno-pie \
	-fno-asynchronous-unwind-tables -fno-unwind-tables -ffile-prefix-map=$(CURDIR)/= \
	-isystem $(includes) $(CFLAGS)
# Nothing is relocated when a static binary starts: a read-only part of .data would only be padding.
LDFLAGS_ALL = -static -no-pie -Wl,--gc-sections -Wl,-z,noseparate-code -Wl,-z,norelro \
	-Wl,--build-id=none -Wl,-Map=$(O)/init.map $(LDFLAGS)
VERSION := 0.1

# One folder's list, with the folder's name in front.
define take
obj-y :=
include $(1)/Makefile
objects += $$(addprefix $(1)/,$$(obj-y))
endef
objects :=
$(foreach d,$(dirs),$(eval $(call take,$(d))))

init_objects := $(addprefix $(O)/obj/,$(objects)) $(O)/obj/cjson.o $(O)/obj/sha2.o $(LIBMNL_OBJECTS)

$(O)/init: $(O)/init.debug
	$(call say,STRIP,$@)
	$(Q)$(STRIP) -s -R .comment -o $@ $<

$(O)/init.debug: $(init_objects)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBMNL_LIBS)

$(O)/obj/%.o: %.c $(O)/autoconf.h $(includes)/.made Makefile configs/build.mk
	$(call say,CC,$*.o)
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# Foreign code: its own warnings are its own. Documents are nested 64 deep at the most.
cjson_flags := -w -include spec/cjson_port.h -DCJSON_NESTING_LIMIT=64 -DCJSON_HIDE_SYMBOLS
$(O)/obj/cjson.o: $(O)/src/cjson/cJSON.c spec/cjson_port.h $(includes)/.made
	$(call say,CC,cjson.o)
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) $(cjson_flags) -c -o $@ $<

$(O)/obj/sha2.o: $(O)/src/libmd/src/sha2.c $(includes)/.made
	$(call say,CC,sha2.o)
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) -w -I$(O)/src/libmd/include -I$(O)/src/libmd/src \
		-include stdint.h -c -o $@ $<

# These are what the compiler knows the meaning of: it must not put a call of them into themselves.
$(O)/obj/init/libc/%.o: CFLAGS += -fno-builtin

-include $(patsubst %.o,%.d,$(filter $(O)/obj/%,$(init_objects)))
