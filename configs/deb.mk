# SPDX-License-Identifier: Apache-2.0
# What the image consists of (SPDX), and make deb: Debian packages in $(O)/deb. configs/debian/package has the files of their debian folder.

# The libraries that are linked into the binaries, by their source packages.
libraries := cjson libmd $(if $(CONFIG_CDI_YAML),libyaml) $(if $(CONFIG_SECCOMP),libseccomp) $(if $(LIBMNL_SOURCE),libmnl)

# Print their names and versions.
print_libraries = { for name in $(libraries); do \
		echo "$$name $$(dpkg-parsechangelog -l $(O)/src/$$name/debian/changelog -S Version)" || exit; \
	done; dpkg-query -W -f '$${source:Package} $${source:Version}\n' musl-dev; }

.PHONY: libraries
libraries: $(toolchain)
	@$(print_libraries)

# The bill of materials of vmlinuz and initramfs.cpio.gz.
$(O)/sbom.spdx.json: configs/sbom.py $(O)/initramfs.cpio.gz $(O)/vmlinuz
	$(call say,SBOM,$@)
	$(Q)$(print_libraries) | $(PYTHON) $< $(O) $(KERNEL) \
		"$$(sed 's/.*"\(.*\)".*/\1/' $(O)/version.h)" $(epoch) $@

deb_version = $(VERSION)$(shell git log -1 --date=format:%Y%m%d --format=+git%cd.%h --abbrev=12 2>/dev/null)
deb_folder = $(O)/deb/coldinit-$(deb_version)
deb_list = $(shell $(apt) names $(1) | paste -sd, | sed 's/,/, /g')
deb_libraries := $(patsubst %,$(O)/src/%,cjson/cJSON.c libmd/src/sha2.c libyaml/src/api.c libseccomp/src/syscalls.perf.c)

# Debian's tools work on a copy of the tree, whose build folder has all that was downloaded.
.PHONY: deb
deb: $(deb_libraries) $(O)/libmnl.mk $(auto_conf) $(O)/host/install $(O)/host/deb ## Debian packages, in build/deb
	$(call say,DEB,$(deb_version))
	$(Q)rm -rf $(O)/deb && mkdir -p $(deb_folder)/build/host
	$(Q){ git ls-files -co --exclude-standard 2>/dev/null || find . -path ./$(O) -prune -o -type f -print; } | \
		while read -r file; do [ ! -f "$$file" ] || echo "$$file"; done | xargs cp -a --parents -t $(deb_folder)
	$(Q)cp -r configs/debian/package $(deb_folder)/debian
	$(Q)sed -i -e 's/@STANDARDS@/$(standards_version)/; s/@RUN@/$(call deb_list,$(addprefix configs/debian/packages.,run run-$(own_arch)))/' \
		-e 's/@BUILD@/$(call deb_list,$(addprefix configs/debian/packages.,build install deb))/; s/build-essential, //; s/debhelper, //' $(deb_folder)/debian/control
	$(Q)printf 'coldinit (%s) unstable; urgency=medium\n\n  * See CHANGELOG.md.\n\n -- %s  %s\n' '$(deb_version)' \
		"$$(sed -n 's/^Maintainer: //p' configs/debian/package/control)" "$$(date -uRd @$(epoch))" >$(deb_folder)/debian/changelog
	$(Q)cp -a $(O)/.config $(O)/src $(deb_folder)/build && touch $(addprefix $(deb_folder)/build/host/,build install)
	$(Q)sed 's,$(O)/,build/,' $(O)/libmnl.mk >$(deb_folder)/build/libmnl.mk
	$(Q)cd $(deb_folder) && env -u MAKEFLAGS -u MFLAGS -u CFLAGS -u O SOURCE_DATE_EPOCH=$(epoch) dpkg-buildpackage -b -us -uc \
		>../build.log 2>&1 || { tail -n 30 ../build.log; exit 1; }
	$(Q)cd $(O)/deb && ls *.deb
