/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was seen, as lines of the language, and what was not, as comments.
 *
 *   seen      VMAs, flags, and what each entry is
 *   inferred  anon_vma (pages of its own, now), write bits and PageAnonExclusive
 *             (no other process maps the page), features of a userfaultfd (its fdinfo)
 *   not seen  dirty and young bits, pins, tables with nothing in them, PFN maps
 */
#include "import/import_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "model/syscalls.h"
#include "observe/paging.h"

/* What it takes to load and fork a run of pages, and a VMA, on both sides: measured. */
#define RUN_BYTES 100
#define RUN_STEPS 30
#define VMA_BYTES 5600
#define VMA_STEPS 300
#define RANGES_SHORT 12			/* on one line, where there are few */
#define RANGES_LONG 500
#define RANGE_MAX 48			/* characters of one */
#define LOWEST (paging_observed()->mmap_min) /* address of the language */

/* --- untrusted text ----------------------------------------------------------------- */

void import_add_clean(struct buf *out, const char *text, bool quoted)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (quoted && (c == '"' || c == '\\'))
			buf_putc(out, '\\');
		buf_putc(out, c < ' ' || c > '~' ? '?' : (char)c);
	}
}

static const char pairs[] =
	"0001020304050607080910111213141516171819202122232425262728293031323334353637383940"
	"41424344454647484950515253545556575859606162636465666768697071727374757677787980"
	"81828384858687888990919293949596979899";

/*
 * Up to a million numbers, each a little larger than the last: most of them share
 * all but the last two digits with it.
 */
struct digits {
	char text[24]; /* of `hundreds`; a number has 20 digits at most */
	unsigned count;
	uint64_t hundreds; /* 0: text is not filled in */
};

static void fill(struct digits *digits, uint64_t n)
{
	char text[sizeof(digits->text)], *at = text + sizeof(text);

	digits->hundreds = n - n % 100;
	for (; n || at == text + sizeof(text); n /= 10)
		*--at = (char)('0' + n % 10);
	digits->count = (unsigned)(text + sizeof(text) - at);
	memcpy(digits->text, at, digits->count);
}

/* Writes a number and returns where it ends; sizeof(text) must fit at `at`. */
static inline char *put_number(struct digits *digits, char *at, uint64_t n)
{
	if (!digits->hundreds || n - digits->hundreds >= 100)
		fill(digits, n);
	memcpy(at, digits->text, sizeof(digits->text));
	if (digits->hundreds) /* two digits at least */
		memcpy(at + digits->count - 2, &pairs[(n - digits->hundreds) * 2], 2);
	return at + digits->count;
}

/* --- what kind of VMA ------------------------------------------------------------------ */

static bool is_shmem(const struct import *im, const struct proc_vma *vma)
{
	static const char *const names[] = {"/memfd:", "/SYSV", "/dev/zero", "[anon_shmem", "/dev/shm/", "/dev/ashmem"};

	for (size_t i = 0; vma->path && i < ARRAY_SIZE(names); i++)
		if (!strncmp(vma->path, names[i], strlen(names[i])))
			return true;
	for (size_t i = 0; i < im->tmpfs_count; i++)
		if (im->tmpfs[i] == makedev(vma->dev_major, vma->dev_minor))
			return true;
	/* Nothing else can be registered for these. */
	return vma->flags & (VM_UFFD_MISSING | VM_UFFD_MINOR | VM_UFFD_RWP);
}

enum backing import_backing(const struct import *im, const struct proc_vma *vma)
{
	if (vma->flags & VM_HUGETLB)
		return BACKING_HUGETLB;
	if (vma->flags & VM_PFNMAP)
		return BACKING_PFNMAP;
	if (vma->flags & VM_MIXEDMAP)
		return BACKING_MIXEDMAP;
	if (import_anonymous(vma))
		return vma->flags & VM_GROWSDOWN ? BACKING_STACK : BACKING_ANON;
	if (vma->path && !strncmp(vma->path, "/secretmem", strlen("/secretmem")))
		return BACKING_SECRET;
	return is_shmem(im, vma) ? BACKING_SHMEM : BACKING_FILE;
}

bool import_is_vvar(const struct proc_vma *vma)
{
	return vma->path && !strncmp(vma->path, "[vvar", 5);
}

/* Why a VMA is not in the scenario; NULL: it is. */
static const char *left_out(const struct proc_vma *vma)
{
	if (vma->start >= UINT64_C(1) << 56)
		return "the kernel's own page, in no process's page table: fork does not copy it";
	if (vma->flags & VM_HUGETLB && vma->page_size != PMD_SIZE)
		return "hugetlb pages of this size are not modelled, only those of one PMD entry";
	if (vma->flags & VM_HUGETLB && (vma->start | vma->end) & (PMD_SIZE - 1))
		return "hugetlb pages begin at multiples of their size, and it does not";
	if ((vma->end - vma->start) / PAGE_SIZE > VMA_PAGES_MAX)
		return "mappings of more than 256 TiB are not modelled";
	if (vma->end <= LOWEST)
		return "the language has no addresses that low";
	return NULL;
}

/* --- one VMA: its lines --------------------------------------------------------------- */

/* Tables that were counted, so that neighbours do not count one twice. */
struct counted_tables {
	uint64_t next[TABLE_LEVELS]; /* number of the first table that is not counted yet */
	uint64_t count;
};

/* All entries of a VMA that are alike, as pte commands. */
struct kind {
	struct import_run like;
	struct buf lines;
	size_t ranges, in_line;
	/* The part of the line that is not in `lines` yet: there may be a million ranges. */
	char stage[1024];
	size_t staged;
};

struct one {
	struct import *im;
	const struct proc_vma *vma, *before; /* before: the one that precedes it; NULL: none */
	enum import_evidence evidence;
	const char *name;
	uint64_t place; /* where it is said to start */
	enum backing backing;
	bool shared;
	struct kind *kinds;
	size_t n, cap;
	struct digits digits;
	struct counted_tables *tables; /* counted so far, all VMAs together */
	struct import_units *used;
	struct import_names *names;
	struct buf *out;
};

static void add_flag_changes(struct buf *out, uint64_t flags, char sign)
{
	for (; flags; flags &= flags - 1)
		buf_printf(out, " %c%s", sign, vm_flag_of(flags)->code);
}

/*
 * Would the model continue the VMA before it, or join the two, where the kernel has not? They
 * may be of two files; or have an anon_vma, index or memory policy of their own.
 */
static void add_apart(const struct one *o)
{
	const struct proc_vma *vma = o->vma, *before = o->before;
	uint64_t ignored = VM_SOFTDIRTY | VM_MAYBE_GUARD | VM_UFFD_FLAGS;
	bool file = o->backing != BACKING_ANON && o->backing != BACKING_STACK;

	if (!before || before->end != vma->start || import_backing(o->im, before) != o->backing ||
	    before->perms[3] != vma->perms[3])
		return;
	if (file && !import_continues(before, vma))
		buf_puts(o->out, " own");
	else if (!(vma->flags & VM_SPECIAL) && !((vma->flags ^ before->flags) & ~ignored))
		buf_puts(o->out, " apart");
}

static void add_vma_line(const struct one *o)
{
	const struct proc_vma *vma = o->vma;
	struct mmap_args args = {
		.backing = o->backing,
		.shared = o->shared,
		.prot = (vma->perms[0] == 'r' ? MODEL_PROT_READ : 0u) |
			(vma->perms[1] == 'w' ? MODEL_PROT_WRITE : 0u) |
			(vma->perms[2] == 'x' ? MODEL_PROT_EXEC : 0u),
	};
	/* A file that is open for reading only: VM_MAYSHARE without VM_SHARED. */
	bool read_only = o->shared && vma->flags & VM_MAYSHARE;
	uint64_t fixed = VM_UFFD_FLAGS | VM_MAYSHARE | (read_only ? 0 : VM_SHARED);
	uint64_t usual, flags = vma->flags & ~fixed;

	if (!o->im->eyes.soft_dirty)
		flags |= VM_SOFTDIRTY; /* no line takes away a flag that the kernel lacks */
	usual = vm_mmap_flags(&args) & ~fixed;
	/* What some kernels add to these mappings. */
	if (o->backing == BACKING_SECRET)
		usual |= VM_LOCKED;
	if (o->backing == BACKING_MIXEDMAP)
		usual |= VM_MAYEXEC;
	buf_printf(o->out, "vma %s %s %s ", o->name, backing_names[o->backing],
		   o->shared ? "shared" : "private");
	buf_size(o->out, vma->end - vma->start);
	buf_putc(o->out, ' ');
	for (int i = 0; i < 3; i++)
		if (vma->perms[i] != '-')
			buf_putc(o->out, vma->perms[i]);
	buf_printf(o->out, "%s at 0x%" PRIx64, args.prot ? "" : "none", o->place);
	add_apart(o);
	add_flag_changes(o->out, flags & ~usual, '+');
	add_flag_changes(o->out, usual & ~flags, '-');
	buf_putc(o->out, '\n');
}

static bool has_state(const struct one *o, enum pte_state state, uint16_t attrs)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->kinds[i].like.state == state && (o->kinds[i].like.attrs & attrs) == attrs)
			return true;
	return false;
}

/* What the entries say of an anon_vma, where smaps says nothing. */
static enum import_evidence evidence_of_entries(const struct one *o)
{
	const struct proc_vma *vma = o->vma;
	bool anonymous = import_anonymous(vma), guard = has_state(o, PTE_MARKER, PTE_GUARD);

	/* Until 6.18.37 a guard page made one everywhere, and left no flag. */
	if (guard && (anonymous || !(vma->flags & VM_MAYBE_GUARD)))
		return EVIDENCE_PAGES;
	if (o->shared)
		return EVIDENCE_NONE;
	if (has_state(o, PTE_SWAP, 0) || has_state(o, PTE_MARKER, PTE_POISON))
		return EVIDENCE_PAGES;
	/* The huge zero page has one, the small one does not. */
	if (anonymous && (vma->flags & VM_MAYBE_GUARD || has_state(o, PTE_HUGE, 0)))
		return EVIDENCE_PAGES;
	if (anonymous && vma->flags & VM_UFFD_MISSING && has_state(o, PTE_ZERO, 0))
		return EVIDENCE_ZEROPAGE;
	return EVIDENCE_NONE;
}

static void add_anon_vma(struct one *o)
{
	static const char *const why[] = {
		[EVIDENCE_ACCOUNT] = "no page of its own now, but ac, which memory that is not "
				     "writable keeps only if it was written",
		[EVIDENCE_NEIGHBOR] = "no page of its own now, but its neighbor has: they were "
				      "probably one VMA, and both keep its anon_vma",
		[EVIDENCE_ZEROPAGE] = "zero pages where a userfaultfd handles missing pages: "
				      "UFFDIO_ZEROPAGE makes an anon_vma",
	};

	if (o->evidence != EVIDENCE_PAGES && evidence_of_entries(o))
		o->evidence = evidence_of_entries(o);
	if (o->evidence > EVIDENCE_PAGES) {
		buf_printf(o->out, "#   anon_vma: %s\n", why[o->evidence]);
		o->im->sum.hinted++;
	}
	if (o->evidence)
		buf_printf(o->out, "anon_vma %s on\n", o->name);
	else if (import_was_writable(o->vma))
		buf_printf(o->out, "#   ac: it was writable once. If it was written then, fork walks it: anon_vma %s on\n",
			   o->name);
}

/* --- counting, the same way as fork will ---------------------------------------------- */

static void count_tables(struct counted_tables *tables, enum table_level lowest, enum table_level top,
			 uint64_t start, uint64_t end)
{
	/* Those above it were counted with the lowest one. */
	if ((end - 1) >> TABLE_SHIFT(lowest) < tables->next[lowest])
		return;
	for (enum table_level level = lowest; level <= top; level++) {
		uint64_t first = start >> TABLE_SHIFT(level);
		uint64_t next = ((end - 1) >> TABLE_SHIFT(level)) + 1;

		if (first < tables->next[level])
			first = tables->next[level];
		if (next > first) {
			tables->count += next - first;
			tables->next[level] = next;
		}
	}
}

static void count_run(struct one *o, const struct import_run *run)
{
	uint64_t pages = run->last - run->first + 1;
	bool huge = run->state == PTE_HUGE || o->backing == BACKING_HUGETLB;

	o->im->sum.runs++;
	o->im->sum.entries += huge ? pages / PTRS_PER_PTE : pages;
	o->im->sum.guessed += run->guessed;
	/* A huge entry of anonymous memory has a table deposited. */
	if (huge && import_anonymous(o->vma))
		o->tables->count += pages / PTRS_PER_PTE;
	import_units_add(o->used, o->vma->start + run->first * PAGE_SIZE,
			 o->vma->start + (run->last + 1) * PAGE_SIZE);
	/* VmPTE does not count the fifth level. */
	count_tables(o->tables, huge ? LEVEL_PMD : LEVEL_PTE, paging_top(paging_observed()),
		     o->vma->start + run->first * PAGE_SIZE,
		     o->vma->start + (run->last + 1) * PAGE_SIZE);
}

/* --- its entries, run by run ------------------------------------------------------------ */

static void unload(struct kind *kind)
{
	buf_add(&kind->lines, kind->stage, kind->staged);
	kind->staged = 0;
}

static void end_line(struct kind *kind)
{
	unload(kind);
	buf_printf(&kind->lines, " %s", pte_state_names[kind->like.state]);
	for (uint16_t attrs = kind->like.attrs; attrs; attrs &= (uint16_t)(attrs - 1))
		buf_printf(&kind->lines, ",%s", pte_attr_names[__builtin_ctz(attrs)]);
	buf_putc(&kind->lines, '\n');
	kind->in_line = 0;
}

static struct kind *kind_of(struct one *o, const struct import_run *run)
{
	size_t i = 0;

	while (i < o->n && (o->kinds[i].like.state != run->state ||
			    o->kinds[i].like.attrs != run->attrs))
		i++;
	if (i == o->n) {
		GROW(o->kinds, o->n, o->cap);
		o->kinds[o->n] = (struct kind){.like = *run};
		o->n++;
	}
	return &o->kinds[i];
}

static bool take_part(struct one *o, const struct import_run *run)
{
	struct kind *kind = kind_of(o, run);
	size_t most = kind->ranges < 10 * RANGES_SHORT ? RANGES_SHORT : RANGES_LONG;
	char *at;

	kind->like.guessed |= run->guessed;
	if (!kind->in_line)
		buf_printf(&kind->lines, "pte %s ", o->name);
	if (kind->staged + RANGE_MAX > sizeof(kind->stage))
		unload(kind);
	at = kind->stage + kind->staged;
	if (kind->in_line)
		*at++ = ',';
	at = put_number(&o->digits, at, run->first);
	if (run->last > run->first) {
		*at++ = '-';
		at = put_number(&o->digits, at, run->last);
	}
	kind->staged = (size_t)(at - kind->stage);
	kind->ranges++;
	if (++kind->in_line >= most)
		end_line(kind);
	count_run(o, run);
	return budget_take(&o->im->budget, RUN_BYTES) && budget_spend(&o->im->budget, RUN_STEPS);
}

/* Of a pinned page the whole huge entry counts: its folio is pinned. */
static uint64_t pin_unit(const struct one *o, const struct import_run *run)
{
	return run->state == PTE_HUGE || o->backing == BACKING_HUGETLB ? PMD_SIZE : PAGE_SIZE;
}

/* An import_sink: the run, cut where pins begin and end. */
static bool take_run(void *data, const struct import_run *run)
{
	struct one *o = data;
	uint64_t unit = pin_unit(o, run), start = o->vma->start;
	struct import_run rest = *run;
	bool more = true;

	for (size_t i = 0; more && i < o->im->pin_count && pte_state_attrs[run->state] & PTE_PINNED; i++) {
		uint64_t from = o->im->pins[i].start & ~(unit - 1);
		uint64_t to = (o->im->pins[i].end + unit - 1) & ~(unit - 1);
		struct import_run part = rest;

		if (to <= start + rest.first * PAGE_SIZE)
			continue;
		if (from > start + rest.last * PAGE_SIZE)
			break;
		if (from > start + rest.first * PAGE_SIZE) {
			part.last = (from - start) / PAGE_SIZE - 1;
			more = take_part(o, &part);
			rest.first = part.last + 1;
		}
		part = rest;
		part.last = min(rest.last, (to - start) / PAGE_SIZE - 1);
		part.attrs |= PTE_PINNED;
		o->im->sum.pinned += part.last - part.first + 1;
		more = more && take_part(o, &part);
		rest.first = part.last + 1;
		if (rest.first > rest.last)
			return more;
	}
	return more && take_part(o, &rest);
}

/* --- all of its lines ------------------------------------------------------------------- */

/* What a reader should know of this VMA alone. */
static void add_notes(const struct one *o)
{
	const struct proc_vma *vma = o->vma;

	if (import_is_vvar(vma))
		buf_puts(o->out, "#   its entries are not visible; a driver may add them on first use: "
				 "none here\n");
	else if (vma->flags & VM_PFNMAP)
		buf_puts(o->out, "#   its entries are not visible: assumed present, as drivers fill "
				 "such mappings\n");
	if (import_vma_skipped(&o->im->eyes, vma))
		buf_puts(o->out, "#   too large to scan on this kernel; smaps reports it as empty\n");
	for (size_t i = 0; i < o->n; i++)
		if (o->kinds[i].like.guessed)
			buf_printf(o->out, "#   %s below is a guess: this kernel, or these privileges, do not "
				   "show it\n",
				   pte_state_names[o->kinds[i].like.state]);
}

static void add_register(const struct one *o)
{
	static const struct {
		uint64_t flag;
		const char *mode;
	} modes[] = {
		{VM_UFFD_MISSING, "missing"},
		{VM_UFFD_WP, "wp"},
		{VM_UFFD_MINOR, "minor"},
		{VM_UFFD_RWP, "rwp"},
	};

	if (!(o->vma->flags & VM_UFFD_FLAGS))
		return;
	buf_printf(o->out, "register %s %s", IMPORT_UFFD, o->name);
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		if (o->vma->flags & modes[i].flag)
			buf_printf(o->out, " %s", modes[i].mode);
	buf_putc(o->out, '\n');
}

static void add_vma(struct one *o)
{
	const struct proc_vma *vma = o->vma;

	buf_printf(o->out, "\n# %" PRIx64 "-%" PRIx64 " %s ", o->place, o->place + (vma->end - vma->start),
		   vma->perms);
	import_add_path(o->names, vma, o->out);
	buf_putc(o->out, '\n');
	add_notes(o);
	add_vma_line(o);
	add_register(o);
	add_anon_vma(o);
	/* Making such a VMA fills it, in the language. */
	if (o->backing == BACKING_MIXEDMAP || import_is_vvar(vma))
		buf_printf(o->out, "pte %s all none\n", o->name);
	for (size_t i = 0; i < o->n; i++) {
		if (o->kinds[i].in_line)
			end_line(&o->kinds[i]);
		buf_add(o->out, buf_str(&o->kinds[i].lines), o->kinds[i].lines.len);
		buf_deinit(&o->kinds[i].lines);
	}
}

/* --- all of them ---------------------------------------------------------------------- */

static bool too_much(const struct import *im, struct vf_error *error)
{
	char why[200];

	snprintf(why, sizeof(why), "%.190s", error->message);
	if (im->file)
		snprintf(error->message, sizeof(error->message), "%.200s is too large for a scenario: %s", im->file,
			 why);
	else
		snprintf(error->message, sizeof(error->message),
			 "process %d (%.32s) is too large for a scenario: %s", (int)im->pid, im->comm, why);
	return false;
}

bool import_charge_vmas(struct import *im, size_t n, struct vf_error *error)
{
	budget_take(&im->budget, n * VMA_BYTES);
	budget_spend(&im->budget, n * VMA_STEPS);
	return budget_check(&im->budget, error) || too_much(im, error);
}

static void add_left_out(const struct one *o, const char *reason)
{
	buf_printf(o->out, "\n# left out: %" PRIx64 "-%" PRIx64 " ", o->place,
		   o->place + (o->vma->end - o->vma->start));
	import_add_path(o->names, o->vma, o->out);
	buf_printf(o->out, "\n#   %s\n", reason);
	o->im->sum.left_out++;
}

/* The part of a VMA that the language has addresses for. */
static void cut_low(struct proc_vma *vma, struct buf *out)
{
	buf_printf(out, "\n# %" PRIx64 "-%" PRIx64 " begins below %" PRIu64 " KiB, for which the language has no "
			"addresses: the part above follows\n",
		   vma->start, vma->end, LOWEST >> 10);
	if (vma->inode)
		vma->offset += LOWEST - vma->start;
	vma->start = LOWEST;
}

/* Where each VMA is said to start. */
static uint64_t *places_of(const struct import *im)
{
	uint64_t *places = import_places(&im->map);

	for (size_t i = 0; !im->anonymous && i < im->map.n; i++)
		places[i] = im->map.v[i].start;
	return places;
}

bool import_text(struct import *im, struct buf *out, struct vf_error *error)
{
	struct import_names *names = import_names_create(im->anonymous);
	struct counted_tables tables = {0};
	struct import_units used = {0};
	struct one o = {.im = im, .tables = &tables, .used = &used, .names = names, .out = out};
	const struct import_sink sink = {take_run, &o};
	enum import_evidence *evidence = import_evidence(&im->map, im->release.version);
	const char **called = xcalloc(im->map.n ? im->map.n : 1, sizeof(*called));
	uint64_t *places;
	bool ok = true;

	for (size_t i = 0; i < im->map.n; i++)
		if (im->map.v[i].start < LOWEST && im->map.v[i].end > LOWEST)
			cut_low(&im->map.v[i], out);
	places = places_of(im);

	for (size_t i = 0; ok && i < im->map.n; i++) {
		const struct proc_vma *vma = &im->map.v[i];
		const char *reason = left_out(vma);

		o.vma = vma;
		o.place = places[i];
		if (reason) {
			add_left_out(&o, reason);
			o.before = NULL;
			continue;
		}
		o.n = 0;
		o.evidence = evidence[i];
		o.backing = import_backing(im, vma);
		o.shared = vma->perms[3] == 's';
		o.name = called[i] = import_name(names, vma, i ? &im->map.v[i - 1] : NULL);
		ok = im->source.runs(im->source.data, vma, &sink);
		add_vma(&o);
		o.before = vma;
		im->sum.uffd |= (vma->flags & VM_UFFD_FLAGS) != 0;
		ok = (budget_check(&im->budget, error) || too_much(im, error)) && ok;
	}
	im->sum.tables = tables.count;
	if (ok && im->tables > 0 && (uint64_t)im->tables > tables.count)
		im->sum.empty = import_empty_tables(im, called, &used, (uint64_t)im->tables - tables.count, out);
	import_units_deinit(&used);
	free(called);
	import_names_free(names);
	free(evidence);
	free(places);
	free(o.kinds);
	return ok;
}
