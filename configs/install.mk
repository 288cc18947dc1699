# SPDX-License-Identifier: Apache-2.0
# make install: the programs below PREFIX (default: /usr/local), below DESTDIR if that is given.

DESTDIR ?=
PREFIX ?= /usr/local
bindir = $(DESTDIR)$(PREFIX)/bin
# What only coldinit's own programs read: init, the launcher, the lists of modules.
libdir = $(DESTDIR)$(PREFIX)/lib/coldinit
datadir = $(DESTDIR)$(PREFIX)/share

man_pages := $(patsubst docs/man/%.scd,$(O)/man/%,$(wildcard docs/man/*.scd))
schemas := configs/manifest.schema.json configs/verdict.schema.json
pages := README.md CHANGELOG.md SECURITY.md
users_pages := $(filter-out docs/hacking.md docs/architecture.md,$(wildcard docs/*.md docs/*.svg))
completions := configs/completion/coldinit configs/completion/coldinit-run

$(O)/man/%: docs/man/%.scd | $(O)/host/install
	$(call say,MAN,$@)
	$(Q)mkdir -p $(@D) && SOURCE_DATE_EPOCH=$(call epoch) scdoc <$< >$@

# The time that made files get: that of the commit, of CHANGELOG.md outside of a repository.
epoch = $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md))

# copy: $(1): install's options, $(2): files, $(3): the folder
copy = $(Q)install -d $(3) && install $(1) $(2) $(3)

.PHONY: install install-guest install-run uninstall pages
pages: $(man_pages)

install: install-guest install-run ## install below PREFIX (/usr/local), and DESTDIR

install-guest: $(O)/init $(O)/coldinit $(O)/tests/programs/edu $(man_pages)
	$(call say,INSTALL,$(bindir)/coldinit)
	$(call copy,-m 755 -s --strip-program=$(STRIP),$(O)/coldinit,$(bindir))
	$(call copy,-m 755,$(O)/init initramfs/mkinitramfs initramfs/mkbundle initramfs/endmark,$(libdir))
	$(call copy,-m 644,initramfs/modules initramfs/modules.file-systems,$(libdir))
	$(call copy,-m 755,$(O)/tests/programs/edu,$(libdir)/demo)
	$(Q)ln -sfn ../lib/coldinit/mkinitramfs $(bindir)/coldinit-mkinitramfs
	$(call copy,-m 644,$(schemas),$(datadir)/coldinit)
	$(call copy,-m 644,configs/completion/coldinit,$(datadir)/bash-completion/completions)
	$(call copy,-m 644,$(pages),$(datadir)/doc/coldinit)
	$(call copy,-m 644,$(users_pages),$(datadir)/doc/coldinit/docs)
	$(call copy,-m 644,$(wildcard configs/examples/*.json),$(datadir)/doc/coldinit/examples)
	$(call copy,-m 644,$(wildcard configs/examples/kubevirt/*),$(datadir)/doc/coldinit/examples/kubevirt)
	$(Q)install -d $(datadir)/doc/coldinit/libraries && for name in $(libraries); do \
		install -m 644 $(O)/src/$$name/debian/copyright $(datadir)/doc/coldinit/libraries/$$name || exit; done
	$(Q)install -m 644 /usr/share/doc/musl-dev/copyright $(datadir)/doc/coldinit/libraries/musl
	$(call copy,-m 644,$(filter %.8,$(man_pages)),$(datadir)/man/man8)
	$(call copy,-m 644,$(filter %.5,$(man_pages)),$(datadir)/man/man5)

install-run: $(man_pages)
	$(call say,INSTALL,$(bindir)/coldinit-run)
	$(call copy,-m 755,initramfs/run,$(libdir))
	$(call copy,-m 644,$(wildcard initramfs/*.py),$(libdir))
	$(call copy,-m 644,$(wildcard initramfs/launcher/*.py),$(libdir)/launcher)
	$(call copy,-m 644,$(wildcard configs/debian/packages.run* configs/debian/packages.libvirt),$(libdir)/packages)
	$(call copy,-m 644,$(wildcard initramfs/demo/*.json),$(libdir)/demo)
	$(Q)install -d $(bindir) && ln -sfn ../lib/coldinit/run $(bindir)/coldinit-run
	$(call copy,-m 644,configs/completion/coldinit-run,$(datadir)/bash-completion/completions)
	$(call copy,-m 644,$(filter %.1,$(man_pages)),$(datadir)/man/man1)

uninstall: ## remove what make install has put there
	$(Q)rm -rf $(libdir) $(datadir)/coldinit $(datadir)/doc/coldinit
	$(Q)rm -f $(addprefix $(bindir)/,coldinit coldinit-run coldinit-mkinitramfs) \
		$(addprefix $(datadir)/bash-completion/completions/,$(notdir $(completions))) \
		$(foreach page,$(notdir $(man_pages)),$(datadir)/man/man$(lastword $(subst ., ,$(page)))/$(page))
