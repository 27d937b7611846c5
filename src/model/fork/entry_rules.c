/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/fork/entry_rules.h"

#include <stdlib.h>

#include "base/alloc.h"

/* More sorts of entries are not looked for, they are copied one by one. */
#define RULES_MAX 64

void entry_rules_deinit(struct entry_rules *rules)
{
	free(rules->v);
	*rules = (struct entry_rules){0};
}

const struct entry_rule *entry_rules_find(const struct entry_rules *rules, struct pte pte)
{
	for (size_t i = 0; i < rules->n; i++) {
		const struct entry_rule *rule = &rules->v[i];

		if (rule->state == pte.state && rule->attrs == pte.attrs &&
		    rule->frame_kind == frame_kind(pte.frame))
			return rule;
	}
	return NULL;
}

static struct pte_change change_of(struct pte from, struct pte to)
{
	return (struct pte_change){to.attrs, to.state, from.frame && !to.frame};
}

static struct entry_rule make_rule(const struct vma_copy *copy, struct pte pte, bool many)
{
	struct entry_rule rule = {.attrs = pte.attrs, .state = pte.state,
				  .frame_kind = (uint8_t)frame_kind(pte.frame), .alone = true};
	struct entry_copy to;

	if (pte.state == PTE_HUGE || is_vm_hugetlb_page(copy->src) || many)
		return rule;
	to = copy_entry(copy, pte);
	rule.outcome = (uint8_t)to.outcome;
	rule.alone = to.split || to.deposit || to.outcome == OUTCOME_COPIED ||
		     to.src.frame != pte.frame || (to.dst.frame && to.dst.frame != pte.frame);
	rule.after = change_of(pte, to.src);
	rule.child = change_of(pte, to.dst);
	return rule;
}

const struct entry_rule *entry_rules_get(struct entry_rules *rules, const struct vma_copy *copy,
					 struct pte pte)
{
	const struct entry_rule *rule = entry_rules_find(rules, pte);

	if (rule)
		return rule;
	rules->v = xrealloc(rules->v, rules->n + 1, sizeof(*rules->v));
	rules->v[rules->n] = make_rule(copy, pte, rules->n >= RULES_MAX);
	return &rules->v[rules->n++];
}
