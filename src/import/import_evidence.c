/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does a VMA have an anon_vma? /proc shows none. Pages of its own prove one; what else hints at
 * one was measured on kernels 6.1 to 7.3:
 *
 *   VM_ACCOUNT on anonymous memory that is not writable: mprotect_fixup() keeps it only if there
 *   is an anon_vma (6.12 on)
 *   pages of its own in a neighbor that continues it: both halves of a split keep the anon_vma.
 *   For a file only if one of them has pages and is not writable now, as what a loader has
 *   relocated: these are older than the split; or if both are executable, as a heap of code
 *   (SBCL) whose parts are write-protected again and again. Wine splits first: what is
 *   written then is one half's alone
 *   zero pages while userfaultfd handles missing pages: UFFDIO_ZEROPAGE makes an anon_vma
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "import/import_private.h"
#include "kernels/version.h"

bool import_own_pages(const struct proc_vma *vma)
{
	if (vma->perms[3] == 's')
		return false;
	return vma->anonymous || vma->swap ||
	       (vma->flags & VM_HUGETLB && (vma->private || vma->shared));
}

bool import_continues(const struct proc_vma *a, const struct proc_vma *b)
{
	if (a->end != b->start || a->perms[3] != b->perms[3] ||
	    (a->flags ^ b->flags) & VM_HUGETLB)
		return false;
	if (import_anonymous(a) || import_anonymous(b))
		return import_anonymous(a) && import_anonymous(b);
	return a->inode && a->inode == b->inode && a->dev_major == b->dev_major &&
	       a->dev_minor == b->dev_minor && a->offset + (a->end - a->start) == b->offset;
}

/* Can it have been written, as far as its flags tell? */
static bool was_writable(const struct proc_vma *vma)
{
	return vma->perms[3] == 'p' && vma->flags & (VM_WRITE | VM_ACCOUNT);
}

static bool since_6_12(const char *version)
{
	struct version v, first = {0};

	return version_scan(version, &v) && version_scan("6.12", &first) &&
	       version_compare(&v, &first) >= 0;
}

static enum import_evidence flags_say(const struct proc_vma *vma, bool accounts)
{
	/* A forked child has VM_WIPEONFORK memory as it was, without its anon_vma. */
	bool kept = import_anonymous(vma) && vma->flags & VM_ACCOUNT &&
		    !(vma->flags & (VM_WRITE | VM_SPECIAL | VM_WIPEONFORK));

	return accounts && kept ? EVIDENCE_ACCOUNT : EVIDENCE_NONE;
}

/* Of this kernel the flag decides: what was never written lost it. */
static bool never_written(const struct proc_vma *vma, bool accounts)
{
	return accounts && import_anonymous(vma) && !(vma->flags & (VM_WRITE | VM_ACCOUNT));
}

bool import_was_writable(const struct proc_vma *vma)
{
	return !import_anonymous(vma) && was_writable(vma) && !(vma->flags & (VM_WRITE | VM_HUGETLB));
}

struct chain {
	const struct proc_map *map;
	enum import_evidence *evidence;
	bool *older; /* its anon_vma is older than the cut, if there was one */
	bool accounts;
};

/* Were these two one VMA when the first, which has an anon_vma, got it? Then `to` has it as well. */
static void pass_on(struct chain *c, size_t from, size_t to)
{
	const struct proc_vma *written = &c->map->v[from], *vma = &c->map->v[to];
	bool joined = c->older[from] || (c->evidence[from] && (import_anonymous(vma) ||
							       written->flags & vma->flags & VM_EXEC));

	if (!joined || !was_writable(written) || !was_writable(vma) || never_written(vma, c->accounts) ||
	    !(from < to ? import_continues(written, vma) : import_continues(vma, written)))
		return;
	c->older[to] = true;
	if (!c->evidence[to])
		c->evidence[to] = EVIDENCE_NEIGHBOR;
}

enum import_evidence *import_evidence(const struct proc_map *map, const char *version)
{
	size_t n = map->n ? map->n : 1;
	struct chain c = {
		.map = map,
		.evidence = xcalloc(n, sizeof(*c.evidence)),
		.older = xcalloc(n, sizeof(*c.older)),
		.accounts = since_6_12(version),
	};

	for (size_t i = 0; i < map->n; i++) {
		c.evidence[i] = import_own_pages(&map->v[i]) ? EVIDENCE_PAGES : flags_say(&map->v[i], c.accounts);
		c.older[i] = c.evidence[i] && !(map->v[i].flags & VM_WRITE);
	}
	for (size_t i = 1; i < map->n; i++)
		pass_on(&c, i - 1, i);
	for (size_t i = map->n; i-- > 1;)
		pass_on(&c, i, i - 1);
	free(c.older);
	return c.evidence;
}
