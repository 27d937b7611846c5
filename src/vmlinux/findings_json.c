/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/findings_json.h"

#include <jansson.h>

#include "report/model_json.h"

static json_t *place(const struct code_place *p)
{
	return p->line ? json_pack("{s:s, s:i}", "file", p->file, "line", (int)p->line)
		       : json_null();
}

/* Of code in the image; of the running kernel's they are not told. */
static json_t *address_of_code(const struct findings *f, uint64_t address)
{
	return address && !f->from_memory ? json_address(address) : json_null();
}

static json_t *run(const struct findings *f, const struct trial *r)
{
	static const char *const words[] = {"skip", "copy", "neither"};

	return json_pack("{s:s, s:s, s:o, s:i}", "outcome", words[r->outcome < 2 ? r->outcome : 2],
			 "what", r->what, "stopped_at", address_of_code(f, r->stopped_at), "instructions",
			 (int)r->instructions);
}

static json_t *input(const struct findings *f, struct finding_input i)
{
	return json_pack("{s:s, s:s}", "side", vma_side_names[i.side & 1], "what", input_name(f, i));
}

static json_t *clause(const struct findings *f, const struct found_clause *c)
{
	json_t *flags = json_array();

	for (uint8_t bit = 0; bit < 64; bit++)
		if (c->bits >> bit & 1)
			json_array_append_new(flags,
					      json_pack("{s:s, s:i}", "name",
							input_name(f, (struct finding_input){c->side, bit}),
							"bit", bit));
	return json_pack("{s:s, s:b, s:o, s:o, s:s, s:o, s:s, s:o, s:{s:o, s:o}}", "side",
			 vma_side_names[c->side & 1], "anon_vma", c->anon_vma, "flags", flags, "read_at",
			 address_of_code(f, c->read_at), "function", c->function,
			 "place", place(&c->place), "inlined_function", c->innermost_function,
			 "inlined_place", place(&c->innermost), "proof", "input",
			 input(f, c->proof_input), "run", run(f, &c->proof));
}

static json_t *functions(const struct findings *f)
{
	json_t *all = json_array();

	for (size_t i = 0; i < f->function_count; i++)
		json_array_append_new(
			all, json_pack("{s:s, s:o, s:o}", "name", f->functions[i].name, "place",
				       place(&f->functions[i].place), "address",
				       address_of_code(f, f->functions[i].address)));
	return all;
}

static json_t *inlined(const struct findings *f)
{
	json_t *ranges = json_array();

	for (size_t i = 0; i < f->inlined_count; i++)
		json_array_append_new(ranges, json_pack("[o, o]", json_address(f->inlined[i].low),
							json_address(f->inlined[i].high)));
	return json_pack("{s:o, s:o}", "call", place(&f->inlined_call), "ranges", ranges);
}

char *findings_json(const struct findings *f, const struct image_answer *answer,
		    const struct reader_cost *cost, const char *image)
{
	json_t *clauses = json_array(), *odd = json_array(), *also = json_array();
	json_t *all, *name = json_string(image);
	char version[64];
	char *text;

	for (size_t i = 0; i < f->clause_count; i++)
		json_array_append_new(clauses, clause(f, &f->clauses[i]));
	for (size_t i = 0; i < f->odd_count; i++)
		json_array_append_new(odd, json_pack("{s:o, s:o, s:b}", "a", input(f, f->odd[i].a),
						     "b", input(f, f->odd[i].b), "copies_together",
						     f->odd[i].copies));
	for (size_t i = 0; i < f->also_read_count; i++)
		json_array_append_new(also, json_string(f->also_read[i]));
	if (!name) /* not UTF-8 */
		name = json_null();
	findings_version(f, version, sizeof(version));
	all = json_pack("{s:i, s:o, s:s, s:s, s:s, s:o, s:o, s:o}", "schema", 1, "image", name,
			"banner", f->banner, "machine", f->machine, "version", version, "clauses",
			clauses, "not_or", odd, "also_read", also);
	json_object_set_new(all, "profile",
			    answer ? json_pack("{s:s, s:b}", "rest_from", answer->known,
					       "same_decision", answer->as_known)
				   : json_null());
	json_object_set_new(all, "vm_area_struct",
			    json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "size",
				      (json_int_t)f->vma_size, "vm_start", (json_int_t)f->vm_start,
				      "vm_end", (json_int_t)f->vm_end, "vm_mm",
				      (json_int_t)f->vm_mm, "vm_flags", (json_int_t)f->vm_flags,
				      "anon_vma", (json_int_t)f->anon_vma));
	json_object_set_new(all, "bits_named_by_image", json_boolean(f->bits_from != BITS_USUAL));
	json_object_set_new(all, "debug_info", json_boolean(f->has_lines));
	json_object_set_new(all, "memory", json_boolean(f->from_memory));
	json_object_set_new(all, "nothing_set", run(f, &f->baseline));
	json_object_set_new(all, "runs",
			    json_pack("{s:i, s:i, s:i}", "singles", (int)f->singles, "pairs",
				      (int)f->pairs, "others", (int)f->others));
	json_object_set_new(all, "functions", functions(f));
	json_object_set_new(all, "vma_needs_copy_inlined", inlined(f));
	json_object_set_new(all, "cost",
			    json_pack("{s:f, s:f, s:I}", "seconds", cost->seconds, "processor",
				      cost->processor, "resident", (json_int_t)cost->resident));
	text = json_dumps(all, JSON_INDENT(1));
	json_decref(all);
	return text;
}
