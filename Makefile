# SPDX-License-Identifier: GPL-2.0-or-later
#
# make            builds ./vmafork-tui and what comes with it; objects go to build/
# make run        the same on a fresh machine, then starts the main scenario
# make test       builds and runs every test
# make check-oom  each allocation of check, run, play, batch and the session fails once; the
#                 image reader's at a sample
# make check-resize  a terminal that changes its size while a fork is played: RESIZES=10000 SEED=7
# make check-asan the tests that make sense under ASan and UBSan; the model is checked
#                 after each command
# make check-valgrind  units, scenarios, found and cli, each program under valgrind
# make kernels    boots real kernels and holds the model against them: a table;
#                 KERNEL_NAMES='6.1 regression-turned': only those
# make real       forks real programs without their doing, and compares; installs them
# make test-arm64 make run, and PARTS='units scenarios found cli', on an emulated arm64 Debian;
#                 KERNEL=7.3-arm64
# make real-arm64 make real there, with small programs: REAL_NAMES='redis vim'
# make random     random scenarios on this machine's kernel: SEED=1 COUNT=10000
# make random-kernels  the same on each of those that are booted: COUNT=2000
# make findings   surprising behavior of kernels and libraries, see findings/;
#                 FINDINGS='NAME NAME': only those
# make demo       records share/demo/demo.cast
# make bench      what the model and large files cost
# make fuzz       whole random sessions with sanitizers; SECONDS=3600 SEED=7 FUZZ=smaps|core|criu
# make fuzz-images  the readers of kernel images, on spoiled ones; SECONDS=600 SEED=7
# make vmlinux    reads the decision out of real kernel images; needs the network once
# make test-export  pages, pictures and recordings in a browser, a renderer and a terminal
# make analyze    the sources read by clang-tidy, cppcheck and gcc -fanalyzer
# make docs-check documents: lint, and drift from the program
# make install    PREFIX=/usr/local DESTDIR=; make uninstall removes it
# make dist       the sources as an archive, build/vmafork-tui-VERSION.tar.gz
# make deb        Debian's packages, in build/deb/
# make deb-test   the same in fresh bookworm and trixie, built twice, installed and removed
#                 there: SUITES=trixie; needs root and the network
#
# make CROSS=aarch64-linux-gnu-  the static probe for another machine, in
#                 build/aarch64-linux-gnu/; it needs nothing there but a kernel. A cross compiler
#                 with its C library is all that this takes (tests/needs.sh arm64): the probe
#                 is without libelf (no core files) and jansson (no JSON) then.
#
# WERROR=1 turns warnings into errors, V=1 shows the commands.

VERSION = 0.2.0
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
SHAREDIR ?= $(PREFIX)/share/vmafork-tui
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
VIMDIR ?= $(PREFIX)/share/vim/vimfiles

# Another machine: its compiler, with nothing but a C library.
CROSS ?=
ifneq ($(CROSS),)
CC = $(CROSS)gcc
AR = $(CROSS)ar
BUILD = build/$(CROSS:%-=%)
endif
BUILD ?= build
# Other builds (sanitizers, another compiler) keep their programs to themselves.
BINDIR_BUILT = $(if $(filter build,$(BUILD)),,$(BUILD)/)
BIN = $(BINDIR_BUILT)vmafork-tui

CFLAGS ?= -O2 -g
WARNINGS ?= -Wall -Wextra
INSTALL ?= install
PKG_CONFIG ?= pkg-config

# $(call pkg,--cflags,ncursesw,what to use where pkg-config does not know)
pkg = $(shell $(PKG_CONFIG) $(1) $(2) 2>/dev/null || echo '$(3)')

ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -Isrc $(WARNINGS) $(if $(WERROR),-Werror) \
	$(EXTRA) $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS = $(EXTRA) $(CFLAGS) $(LDFLAGS)
# Only the files that need to know: another PREFIX builds them anew, not all.
PLACES = -DVMAFORK_VERSION='"$(VERSION)"' -DVMAFORK_SHARE='"$(SHAREDIR)"'

Q = $(if $(V),,@)
say = $(if $(V),@:,@printf '  %-5s %s\n')

# --- what there is -------------------------------------------------------

FOLDERS = base model model/calls model/check model/fork report language kernels observe live live/realize live/run import outside session session/run session/breaks session/learn session/quiz session/cost session/reproducer view view/export tty
SOURCES := $(foreach d,$(FOLDERS),$(sort $(wildcard src/$(d)/*.c)))
KERNELS := $(sort $(wildcard share/kernels/*.kernel))
ERAS := $(sort $(wildcard share/era/*.vma))
SCENARIOS := $(sort $(wildcard scenarios/*.vma)) scenarios/chapters
LESSONS := $(sort $(wildcard share/lessons/*.vma)) share/lessons/chapters
CHALLENGES := $(sort $(wildcard share/challenges/*.vma))

# Core files are read by libelf, where it is there.
CAN_ELF := $(if $(CROSS),,$(shell printf '\043include <gelf.h>\n' | $(CC) -E -x c - >/dev/null 2>&1 && echo yes))
ELF_LIBS = $(if $(CAN_ELF),$(call pkg,--libs,libelf,-lelf))
SOURCES := $(filter-out src/import/core$(if $(CAN_ELF),_without).c,$(SOURCES))
# JSON is jansson's, and the terminal is curses'.
SOURCES := $(filter-out $(if $(CROSS),%_json.c src/view/json.c src/tty/%,%_without_jansson.c),$(SOURCES))
JSON_STATIC = $(if $(CROSS),,$(call pkg,--static --libs,jansson,-ljansson))

OBJECTS := $(SOURCES:src/%.c=$(BUILD)/%.o) $(BUILD)/gen/builtin_kernels.o $(BUILD)/gen/builtin_eras.o \
	$(BUILD)/gen/builtin_pages.o
# One program for each src/vmafork-*.c; one of them needs libraries that may not be there.
PROGRAMS := $(patsubst src/%.c,%,$(sort $(wildcard src/vmafork-*.c)))
ALL_PROGRAMS := $(PROGRAMS)
# Debian 12 has libdwarf without a pkg-config file, Debian 13 with one that names another folder.
DWARF_CFLAGS := $(call pkg,--cflags,libdwarf,) -I/usr/include/libdwarf
# What images are packed with, and what their types are in.
PACKERS = zlib libzstd liblzma liblz4 libbpf
VMLINUX_CFLAGS = $(DWARF_CFLAGS) $(call pkg,--cflags,unicorn $(PACKERS),)
VMLINUX_LIBS = $(call pkg,--libs,libdwarf,-ldwarf) $(call pkg,--libs,unicorn,-lunicorn) \
	$(call pkg,--libs,$(PACKERS),-lz -lzstd -llzma -llz4 -lbpf)
CAN_VMLINUX := $(if $(CROSS),,$(shell printf '\043include <%s>\n' libdwarf.h unicorn/unicorn.h zlib.h zstd.h lzma.h lz4.h bpf/btf.h | \
	$(CC) $(DWARF_CFLAGS) -E -x c - >/dev/null 2>&1 && echo yes))
ifeq ($(CAN_VMLINUX),)
PROGRAMS := $(filter-out vmafork-vmlinux,$(PROGRAMS))
endif
VMLINUX := $(patsubst src/%.c,$(BUILD)/%.o,$(sort $(wildcard src/vmlinux/*.c)))
BINS = $(PROGRAMS:%=$(BINDIR_BUILT)%)
MAINS := $(PROGRAMS:%=$(BUILD)/%.o)
LIBRARY := $(BUILD)/libvmafork.a

UNITS := $(sort $(wildcard tests/unit/*.c))
UNIT_BINS := $(UNITS:%.c=$(BUILD)/%)
SUPPORT := $(sort $(wildcard tests/support/*.c))
SUPPORT_OBJECTS := $(SUPPORT:%.c=$(BUILD)/%.o)
SCREEN := $(sort $(wildcard tests/screen/*.c))
SCREEN_BINS := $(SCREEN:%.c=$(BUILD)/%)
PTY := $(sort $(wildcard tests/pty/*.c))
PTY_BIN := $(if $(PTY),$(BUILD)/tests/pty/pty)
EXPORT := $(sort $(wildcard tests/export/*.c))
EXPORT_BINS := $(EXPORT:%.c=$(BUILD)/%)
LIVE := $(sort $(wildcard tests/live/*.c))
LIVE_BINS := $(LIVE:%.c=$(BUILD)/%)
RANDOM_SOURCES := $(sort $(wildcard tests/random.d/*.c))
RANDOM_BIN := $(BUILD)/tests/random
OOM_BINS := $(addprefix $(BUILD)/tests/oom/,oom failing.so careless)
TEST_BINS := $(UNIT_BINS) $(LIVE_BINS) $(SCREEN_BINS) $(PTY_BIN) $(EXPORT_BINS) $(RANDOM_BIN) $(OOM_BINS)

# --- the programs --------------------------------------------------------

ifneq ($(CROSS),)
all: vmafork-probe-static
else
all: $(BINS)
endif
ifeq ($(CAN_VMLINUX)$(CROSS),)
	@echo 'vmafork-vmlinux is left out: it needs libdwarf, unicorn, libbpf, zlib, libzstd, liblzma and liblz4 (tests/needs.sh vmlinux gets them)'
endif

# The terminal is the session's alone.
$(BIN): LDLIBS += $(call pkg,--libs,ncursesw,-lncursesw -ltinfo) $(call pkg,--libs,readline,-lreadline)
# So are libdwarf and unicorn vmafork-vmlinux's.
$(BINDIR_BUILT)vmafork-vmlinux: LDLIBS += $(VMLINUX_LIBS)
$(BINDIR_BUILT)vmafork-vmlinux: $(VMLINUX)
$(BUILD)/vmlinux/%.o: private ALL_CFLAGS += $(VMLINUX_CFLAGS)
$(BINS): LDLIBS += $(call pkg,--libs,jansson,-ljansson) -lm
$(BINS): $(BINDIR_BUILT)%: $(BUILD)/%.o $(LIBRARY)
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(LIBRARY) $(LDLIBS)

$(BUILD)/tty/%.o: private ALL_CFLAGS += $(call pkg,--cflags,ncursesw,) $(call pkg,--cflags,readline,)
$(filter %json.o,$(OBJECTS) $(VMLINUX)): private ALL_CFLAGS += $(call pkg,--cflags,jansson,)

# The probe prints JSON, too. Static, it can be the only program of a machine.
$(BINDIR_BUILT)vmafork-probe: LDLIBS += $(call pkg,--libs,jansson,-ljansson) $(ELF_LIBS)
vmafork-probe-static: $(BUILD)/vmafork-probe-static
$(BUILD)/vmafork-probe-static: $(BUILD)/vmafork-probe.o $(LIBRARY)
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -static-pie -o $@ $< $(LIBRARY) $(JSON_STATIC) \
		$(if $(CAN_ELF),$(call pkg,--static --libs,libelf,-lelf -lz)) -lm

KNOW_PLACES = $(MAINS) $(BUILD)/base/share.o
$(KNOW_PLACES): private ALL_CFLAGS += $(PLACES)
$(KNOW_PLACES): $(BUILD)/places

$(BUILD)/%.o: src/%.c $(BUILD)/flags
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# An archive is made anew: a source that went away must not linger in it.
$(LIBRARY): $(OBJECTS)
	$(say) AR $@
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

# Kernel profiles, the forks that tell eras apart and the page of export are compiled in; share/ stays
# the only source.
$(BUILD)/gen/builtin_kernels.c: share/kernels.awk $(KERNELS) $(wildcard share/kernels)
	$(say) GEN $@
	@mkdir -p $(@D)
	$(Q)awk -v array=builtin_kernel -f share/kernels.awk $(KERNELS) </dev/null >$@.new && mv $@.new $@
$(BUILD)/gen/builtin_eras.c: share/kernels.awk $(ERAS) $(wildcard share/era)
	$(say) GEN $@
	@mkdir -p $(@D)
	$(Q)awk -v array=builtin_era -f share/kernels.awk $(ERAS) </dev/null >$@.new && mv $@.new $@

$(BUILD)/gen/builtin_pages.c: share/kernels.awk share/export/page.html share/export/reproducer.c
	$(say) GEN $@
	@mkdir -p $(@D)
	$(Q)awk -v array=builtin_page -f share/kernels.awk share/export/page.html share/export/reproducer.c </dev/null >$@.new && mv $@.new $@

$(BUILD)/gen/%.o: $(BUILD)/gen/%.c $(BUILD)/flags
	$(say) CC $<
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Everything is built again when the compiler or a flag changes.
FLAGS_TEXT = $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)
$(BUILD)/flags: TEXT = $(FLAGS_TEXT)
$(BUILD)/places: TEXT = $(PLACES)
$(BUILD)/flags $(BUILD)/places: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(TEXT))' | cmp -s - $@ || \
		printf '%s\n' '$(subst ','\'',$(TEXT))' >$@

# --- fresh machines ------------------------------------------------------

# As many jobs as processors, unless the caller has said how many.
SUBMAKE = $(MAKE) --no-print-directory $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$$(nproc 2>/dev/null || echo 1))
TEST_JOBS = $(filter-out -j,$(filter -j%,$(MAKEFLAGS)))

# Not every system has these packages; the rest does without them.
NEEDS_VMLINUX = tests/needs.sh vmlinux >&2 || echo 'Going on without vmafork-vmlinux.' >&2

MAIN_SCENARIO = scenarios/whose-flag.vma

run:
	@tests/needs.sh build >&2
	@$(NEEDS_VMLINUX)
	+@$(SUBMAKE) all >&2
	@if [ -t 0 ] && [ -t 1 ]; then \
		if [ -e share/lessons/chapters ]; then ./vmafork-tui learn start; \
		else ./vmafork-tui $(MAIN_SCENARIO); fi; \
	else \
		./vmafork-tui play $(MAIN_SCENARIO); \
	fi

test:
	@tests/needs.sh build test
	@$(NEEDS_VMLINUX)
	+@$(SUBMAKE) tests
	@BUILD='$(BUILD)' tests/run $(TEST_JOBS) $(PARTS)

# --- tests ---------------------------------------------------------------

# All that tests/run needs.
tests: all $(TEST_BINS)

# The session's program and the tests of functions.
units: $(BIN) $(UNIT_BINS)

# What is no part of units: read by the compiler for its warnings, and not compiled.
WARNED = $(filter-out src/vmafork-tui.c,$(PROGRAMS:%=src/%.c)) $(LIVE) $(SCREEN) $(PTY) $(EXPORT) $(RANDOM_SOURCES) \
	$(wildcard tests/bench/*.c) $(wildcard tests/oom/*.c) \
	$(if $(CAN_VMLINUX),$(sort $(wildcard src/vmlinux/*.c)))
WARNED_CFLAGS = -Itests $(PLACES) $(if $(CAN_VMLINUX),$(VMLINUX_CFLAGS)) \
	$(call pkg,--cflags,jansson,) $(call pkg,--cflags,vterm,)
warnings:
	$(say) WARN '$(words $(WARNED)) files'
	$(Q)$(CC) $(ALL_CFLAGS) $(WARNED_CFLAGS) -fsyntax-only $(WARNED)

# clang-tidy, cppcheck and gcc -fanalyzer, of bookworm's versions: TOOLS=cppcheck chooses.
analyze:
	@tests/needs.sh build vmlinux analyze
	@tests/analyze -std=c17 -D_GNU_SOURCE -Isrc $(WARNINGS) $(VMLINUX_CFLAGS) $(PLACES)

$(BUILD)/tests/%.o: tests/%.c $(BUILD)/flags
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -Itests $(TEST_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tests/unit/%: TEST_CFLAGS = $(call pkg,--cflags,cmocka,)
$(BUILD)/tests/unit/%: LDLIBS += $(call pkg,--libs,cmocka,-lcmocka) $(call pkg,--libs,jansson,-ljansson) -lm
$(BUILD)/tests/unit/dumps: LDLIBS += $(ELF_LIBS)
# Looks into the model, which this test counts.
LOOKS = spans_find spans_at spans_next spans_before runs_at runs_alike runs_agree runs_first \
	rangeset_probe rangeset_next machine_event
$(BUILD)/tests/unit/lookups: ALL_LDFLAGS += $(LOOKS:%=-Wl,--wrap=%)
$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(SUPPORT_OBJECTS) $(LIBRARY)
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(LIBRARY) $(LDLIBS)

$(BUILD)/tests/screen/%: LDLIBS += $(call pkg,--libs,jansson,-ljansson) -lm
$(BUILD)/tests/screen/%: $(BUILD)/tests/screen/%.o $(LIBRARY)
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(LIBRARY) $(LDLIBS)

$(BUILD)/tests/live/%: TEST_CFLAGS = $(call pkg,--cflags,jansson,)
$(BUILD)/tests/live/%: LDLIBS += $(call pkg,--libs,jansson,-ljansson) -lm
$(BUILD)/tests/live/%: $(BUILD)/tests/live/%.o $(LIBRARY)
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(LIBRARY) $(LDLIBS)

ifneq ($(PTY_BIN),)
$(PTY_BIN): TEST_CFLAGS = $(call pkg,--cflags,vterm,)
$(PTY_BIN): LDLIBS += $(call pkg,--libs,vterm,-lvterm) -lutil
$(PTY_BIN): $(PTY:%.c=$(BUILD)/%.o) $(LIBRARY)
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)
endif

# Runs programs in which allocations fail: see tests/parts/oom.sh.
$(BUILD)/tests/oom/failing.so: tests/oom/failing.c $(BUILD)/flags
	$(say) LINK $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -fsanitize=%,$(ALL_CFLAGS)) $(LDFLAGS) -shared -fPIC -o $@ $<
$(BUILD)/tests/oom/careless: $(BUILD)/tests/oom/careless.o
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $<
$(BUILD)/tests/oom/careless.o: TEST_CFLAGS = -O0
$(BUILD)/tests/oom/oom: $(BUILD)/tests/oom/oom.o $(LIBRARY)
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lutil
RESIZES ?= 10000
check-resize:
	@tests/needs.sh build test
	+@$(SUBMAKE) $(BIN) $(PTY_BIN)
	@BUILD='$(BUILD)' RESIZES='$(RESIZES)' SEED='$(SEED)' V=1 tests/run pty

check-oom:
	@tests/needs.sh build test
	@$(NEEDS_VMLINUX)
	+@$(SUBMAKE) all $(OOM_BINS)
	@BUILD='$(BUILD)' OOM=all tests/run oom

$(BUILD)/tests/export/%: TEST_CFLAGS = $(call pkg,--cflags,vterm,) $(call pkg,--cflags,jansson,)
$(BUILD)/tests/export/%: LDLIBS += $(call pkg,--libs,vterm,-lvterm) $(call pkg,--libs,jansson,-ljansson) -lm
$(BUILD)/tests/export/%: $(BUILD)/tests/export/%.o $(LIBRARY)
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(LIBRARY) $(LDLIBS)

# Random scenarios on the kernel that runs here; static, for kernels that are booted.
$(RANDOM_BIN): $(RANDOM_SOURCES:%.c=$(BUILD)/%.o) $(LIBRARY)
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(call pkg,--libs,jansson,-ljansson) -lm
SEED ?= 1
COUNT ?= 10000
random-kernels: COUNT = 2000
random:
	@tests/needs.sh build
	+@$(SUBMAKE) $(RANDOM_BIN)
	@BUILD='$(BUILD)' tests/random --seed $(SEED) --count $(COUNT)
random-static: $(BUILD)/tests/random-static
$(BUILD)/tests/random-static: $(RANDOM_SOURCES:%.c=$(BUILD)/%.o) $(LIBRARY)
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -static-pie -o $@ $^ $(JSON_STATIC) -lm

# Whole sessions from random scenarios, with sanitizers, until something is found or the time is over.
FUZZ_BIN := $(BUILD)/tests/fuzz/session
$(FUZZ_BIN): $(FUZZ_BIN).o $(filter-out %/random.o,$(RANDOM_SOURCES:%.c=$(BUILD)/%.o)) $(SUPPORT_OBJECTS) $(LIBRARY)
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(call pkg,--libs,cmocka,-lcmocka) $(call pkg,--libs,jansson,-ljansson) -lm
# What import reads of files: FUZZ=smaps, core or criu.
FUZZ_DUMPS := $(BUILD)/tests/fuzz/dumps
$(FUZZ_DUMPS): $(FUZZ_DUMPS).o $(SUPPORT_OBJECTS) $(LIBRARY)
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(ELF_LIBS) $(call pkg,--libs,cmocka,-lcmocka) $(call pkg,--libs,jansson,-ljansson) -lm
SECONDS ?= 60
FUZZ ?= session
FUZZ_ASAN = build/asan/tests/fuzz/$(if $(filter session,$(FUZZ)),session,dumps)
fuzz:
	@tests/needs.sh build test
	+@$(SUBMAKE) BUILD=build/asan EXTRA='$(SANITIZE) -DVMAFORK_CHECK' CFLAGS='-O1 -g1' $(FUZZ_ASAN)
	@$(FUZZ_ASAN) $(filter-out session,$(FUZZ)) $(SEED) $(SECONDS)

# The readers of images, on small images that are made here and spoiled.
FUZZ_IMAGE := $(BUILD)/tests/fuzz/image
$(FUZZ_IMAGE): LDLIBS += $(VMLINUX_LIBS) $(call pkg,--libs,jansson,-ljansson) -lm
$(FUZZ_IMAGE): $(FUZZ_IMAGE).o $(VMLINUX) $(LIBRARY)
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)
fuzz-images:
	@tests/needs.sh build test
	@$(NEEDS_VMLINUX)
	+@$(SUBMAKE) BUILD=build/asan EXTRA='$(SANITIZE) -DVMAFORK_CHECK' CFLAGS='-O1 -g1' build/asan/tests/fuzz/image build/asan/vmafork-vmlinux
	@BUILD=build/asan tests/fuzz/images $(SEED) $(SECONDS)

SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# ASAN_GOALS: what the parts units, scenarios and found need is units; hostile imports, too.
ASAN_GOALS ?= tests
asan:
	+@$(SUBMAKE) BUILD=build/asan EXTRA='$(SANITIZE) -DVMAFORK_CHECK' CFLAGS='-O1 -g1' $(ASAN_GOALS)
check-asan:
	@tests/needs.sh build test
	@$(NEEDS_VMLINUX)
	+@$(SUBMAKE) asan
	@BUILD=build/asan EVERY_WAY=1 tests/run $(TEST_JOBS) $(or $(PARTS),units scenarios found hostile cli observations)

# Parts that run under valgrind, with tests as small as those of sanitizers.
check-valgrind:
	@tests/needs.sh build test valgrind
	+@$(SUBMAKE) BUILD=build/valgrind EXTRA='-DSANITIZED=1' CFLAGS='-O1 -g' \
		build/valgrind/vmafork-tui build/valgrind/vmafork-probe units
	@tests/valgrind build/valgrind $(or $(PARTS),units scenarios found cli)

# Real kernels, fetched, built and booted; see tests/kernels/. Those of other machines are
# left out where these cannot be built for and emulated.
NEEDS_ARM64 = tests/needs.sh arm64 >&2 || echo 'Going on without the kernels of arm64.' >&2
OTHERS = $(filter-out $(shell uname -m)-linux-gnu-,aarch64-linux-gnu-)
# $(call for_others,GOALS): the same programs for those machines.
for_others = $(foreach o,$(OTHERS),command -v $(o)gcc >/dev/null || exit 0; \
	$(SUBMAKE) CROSS=$(o) CC=$(o)gcc AR=$(o)ar BUILD=build/$(o:%-=%) $(addprefix build/$(o:%-=%)/,$(1)))
kernels:
	@tests/needs.sh build kernels >&2
	@$(NEEDS_ARM64)
	+@$(SUBMAKE) all vmafork-probe-static >&2
	+@$(call for_others,vmafork-probe-static) >&2
	@STATIC='$(BUILD)/vmafork-probe-static' PROBE='./$(BINDIR_BUILT)vmafork-probe' \
		tests/kernels/run $(KERNEL_NAMES)

# Real programs, which it installs from Debian's packages; see tests/real/. Needs root.
REAL_WORK := $(BUILD)/tests/real/work
REAL_SANITIZERS := address thread undefined

$(REAL_WORK): tests/real/work.c
	@mkdir -p $(@D)
	$(Q)$(CC) -O1 -pthread -o $@ $<
$(REAL_WORK)-memory: tests/real/work.c
	@mkdir -p $(@D)
	$(Q)clang -O1 -pthread -fsanitize=memory -o $@ $<
$(REAL_SANITIZERS:%=$(REAL_WORK)-%): $(REAL_WORK)-%: tests/real/work.c
	@mkdir -p $(@D)
	$(Q)gcc -O1 -pthread -fsanitize=$* -o $@ $<

real-programs: $(REAL_WORK) $(REAL_WORK)-memory $(REAL_SANITIZERS:%=$(REAL_WORK)-%)

real:
	@RUNLEVEL=1 tests/needs.sh build real >&2
	+@$(SUBMAKE) all tests real-programs >&2
	@tests/real/run $(REAL_NAMES)

# Both on an arm64 Debian, which is made and booted; see tests/kernels/debian. Needs root.
NEEDS_GUEST = tests/needs.sh arm64 guest >&2 || echo 'Going on without them.' >&2
test-arm64:
	@$(NEEDS_GUEST)
	@tests/kernels/debian test $(PARTS)
real-arm64:
	@$(NEEDS_GUEST)
	@tests/kernels/debian real $(REAL_NAMES)

random-kernels:
	@tests/needs.sh build kernels >&2
	@$(NEEDS_ARM64)
	+@$(SUBMAKE) random-static >&2
	+@$(call for_others,tests/random-static) >&2
	@STATIC='$(BUILD)/tests/random-static' SEED='$(SEED)' COUNT='$(COUNT)' \
		tests/kernels/random $(KERNEL_NAMES)

LEAST_SCREEN := tests/bench/least-screen
BENCH := $(sort $(filter-out $(LEAST_SCREEN).c,$(wildcard tests/bench/*.c)))
BENCH_BINS := $(BENCH:%.c=$(BUILD)/%)

# With curses, and nothing of this program: what tests/bench/terminal.c compares with.
$(BUILD)/$(LEAST_SCREEN): $(BUILD)/$(LEAST_SCREEN).o
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(call pkg,--libs,ncursesw,-lncursesw -ltinfo)
$(BENCH_BINS): LDLIBS += -lutil
$(BENCH_BINS): LDLIBS += $(call pkg,--libs,jansson,-ljansson) $(ELF_LIBS) -lm
$(BENCH_BINS): %: %.o $(LIBRARY)
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(LIBRARY) $(LDLIBS)

# No test runs them; that they can be built is one.
tests: $(BENCH_BINS)
bench: $(BIN) $(SCREEN_BINS) $(BUILD)/$(LEAST_SCREEN) $(BENCH_BINS)
	@for b in $(BENCH_BINS); do $$b || exit 1; done

# Debian's images, the pair that differs in one line, other programs on the same images, and
# kernels that run; see tests/vmlinux/.
vmlinux:
	@tests/needs.sh build vmlinux kernels >&2
	@tests/needs.sh peers >&2 || echo 'Going on without them.' >&2
	+@$(SUBMAKE) all vmafork-probe-static >&2
	@tests/vmlinux/images

# What export and record write, in the programs that people open it with: see tests/parts/export.sh.
test-export:
	@tests/needs.sh build test export
	+@$(SUBMAKE) $(BIN) $(EXPORT_BINS)
	@BUILD='$(BUILD)' tests/run export

# Two minutes of a session as a recording: what is typed is in share/demo/demo.keys.
demo:
	@tests/needs.sh build
	+@$(SUBMAKE) vmafork-probe $(BUILD)/tests/screen/demo
	@tests/screen/record-demo $(BUILD)/tests/screen/demo ./$(BINDIR_BUILT)vmafork-probe

# Each is a script that needs no program of this project.
findings:
	@findings/run $(FINDINGS)

docs-check: all $(SCREEN_BINS)
	@BUILD='$(BUILD)' tests/run docs

# --- installing ----------------------------------------------------------

SECTIONS = 1 5 7
VIM_FILES = syntax/vmafork.vim ftdetect/vmafork.vim
OWN_FOLDERS = $(COMPLETIONDIR) $(ZSHDIR) $(FISHDIR) $(addprefix $(VIMDIR)/,$(dir $(VIM_FILES)))

# What completes shells' words is installed once a program: packages can divide the programs.
install: all
	$(INSTALL) -d $(DESTDIR)$(BINDIR) $(foreach s,$(SECTIONS),$(DESTDIR)$(MANDIR)/man$(s))
	$(INSTALL) -d $(addprefix $(DESTDIR)$(SHAREDIR)/,kernels scenarios lessons challenges)
	$(INSTALL) -d $(addprefix $(DESTDIR),$(OWN_FOLDERS))
	$(INSTALL) -m 755 $(BINS) $(DESTDIR)$(BINDIR)
	for s in $(SECTIONS); do \
		$(INSTALL) -m 644 man/*.$$s $(DESTDIR)$(MANDIR)/man$$s || exit; done
	$(INSTALL) -m 644 $(KERNELS) $(DESTDIR)$(SHAREDIR)/kernels
	$(INSTALL) -m 644 $(SCENARIOS) $(DESTDIR)$(SHAREDIR)/scenarios
	$(INSTALL) -m 644 $(LESSONS) $(DESTDIR)$(SHAREDIR)/lessons
	$(INSTALL) -m 644 $(CHALLENGES) $(DESTDIR)$(SHAREDIR)/challenges
	for f in $(VIM_FILES); do \
		$(INSTALL) -m 644 share/vim/$$f $(DESTDIR)$(VIMDIR)/$$f || exit; done
	for p in $(PROGRAMS); do \
		$(INSTALL) -m 644 share/completions/vmafork.bash $(DESTDIR)$(COMPLETIONDIR)/$$p && \
		$(INSTALL) -m 644 share/completions/vmafork.fish $(DESTDIR)$(FISHDIR)/$$p.fish && \
		$(INSTALL) -m 644 share/completions/_vmafork $(DESTDIR)$(ZSHDIR)/_$$p && \
		sed -i "1s/.*/#compdef $$p/" $(DESTDIR)$(ZSHDIR)/_$$p || exit; done

# Folders that hardly any system has from the start are removed, too, if they are empty.
uninstall:
	rm -f $(ALL_PROGRAMS:%=$(DESTDIR)$(BINDIR)/%) $(ALL_PROGRAMS:%=$(DESTDIR)$(COMPLETIONDIR)/%) \
		$(ALL_PROGRAMS:%=$(DESTDIR)$(FISHDIR)/%.fish) $(ALL_PROGRAMS:%=$(DESTDIR)$(ZSHDIR)/_%) \
		$(VIM_FILES:%=$(DESTDIR)$(VIMDIR)/%)
	rm -f $(foreach s,$(SECTIONS),$(patsubst man/%,$(DESTDIR)$(MANDIR)/man$(s)/%,$(wildcard man/*.$(s))))
	rm -rf $(DESTDIR)$(SHAREDIR)
	for d in $(OWN_FOLDERS); do \
		rmdir -p --ignore-fail-on-non-empty $(DESTDIR)$$d 2>/dev/null || :; done

# --- packages ------------------------------------------------------------

NAME = vmafork-tui-$(VERSION)
dist:
	@tests/deb/archive $(NAME) $(BUILD)/$(NAME).tar.gz
	@echo $(BUILD)/$(NAME).tar.gz

deb:
	@tests/needs.sh build vmlinux test deb
	@tests/deb/build $(BUILD)/deb

# Skipped, and said so, where chroots are not possible.
SUITES = bookworm trixie
deb-test:
	@tests/deb/chroots $(BUILD)/deb-test $(SUITES) || [ $$? = 77 ]

clean:
	rm -rf build $(ALL_PROGRAMS)

FORCE:
.PHONY: check-oom check-valgrind check-resize all run demo test test-export tests units warnings kernels real real-programs test-arm64 real-arm64 fuzz fuzz-images random-kernels vmafork-probe-static random random-static asan check-asan bench vmlinux findings docs-check install uninstall dist deb deb-test analyze clean FORCE
.SECONDARY:
.DELETE_ON_ERROR:

-include $(OBJECTS:.o=.d) $(VMLINUX:.o=.d) $(MAINS:.o=.d) $(SUPPORT_OBJECTS:.o=.d)
-include $(UNIT_BINS:=.d) $(EXPORT_BINS:=.d) $(LIVE_BINS:=.d) $(SCREEN_BINS:=.d) $(PTY:%.c=$(BUILD)/%.d)
-include $(RANDOM_SOURCES:%.c=$(BUILD)/%.d)
