/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/recording.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "language/words.h"
#include "observe/paging.h"

/* All observations of a kernel are some hundred KiB. */
#define RECORDING_MAX (UINT64_C(16) << 20)

/* --- reading ------------------------------------------------------------------------ */

/* The object that a line adds to; NULL: none has begun. */
struct recording_parse {
	struct recording *recording;
	struct recorded *section;
	struct seen_moment *moment;
	struct seen_process *process;
	struct seen_vma *vma;
	size_t step_cap;
	const struct reader *reader;
	const struct line *line;
	size_t at; /* the next word of the line */
	struct vf_error *error;
};

/* Points at the next word, or at the last one of the line. */
static bool expected(struct recording_parse *p, const char *what)
{
	size_t i = p->at < p->line->n ? p->at : p->line->n - 1;

	vf_error_set(p->error, "expected %s", what);
	reader_point(p->reader, &p->line->words[i], p->error);
	return false;
}

/* The next word, or NULL at the end of the line. */
static const char *peek(const struct recording_parse *p)
{
	return p->at < p->line->n ? p->line->words[p->at].text : NULL;
}

static const char *take(struct recording_parse *p)
{
	const char *word = peek(p);

	p->at++;
	return word;
}

static bool take_word(struct recording_parse *p, const char *word)
{
	if (!peek(p) || strcmp(peek(p), word))
		return false;
	p->at++;
	return true;
}

static bool take_text(struct recording_parse *p, char **text, const char *what)
{
	if (!peek(p))
		return expected(p, what);
	free(*text);
	*text = xstrdup(take(p));
	return true;
}

static bool at_end(struct recording_parse *p)
{
	return p->at >= p->line->n || expected(p, "the end of the line");
}

/* Which of n words the next one is; -1 with an error: none. */
static int take_name(struct recording_parse *p, const char *const *names, size_t n, const char *what)
{
	for (size_t i = 0; i < n; i++)
		if (take_word(p, names[i]))
			return (int)i;
	expected(p, what);
	return -1;
}

/* A page, or a count of things: rejects numbers that are larger than any process has. */
#define NUMBER_MAX (UINT64_C(1) << 48)

static const char *read_number(const char *s, uint64_t *number)
{
	const char *start = s;

	assert(s);
	for (*number = 0; *s >= '0' && *s <= '9' && *number < NUMBER_MAX; s++)
		*number = *number * 10 + (uint64_t)(*s - '0');
	return s > start && *number < NUMBER_MAX ? s : NULL;
}

/* "0-15", or one number for both. */
static const char *read_range(const char *s, uint64_t *first, uint64_t *last)
{
	s = read_number(s, first);
	*last = *first;
	return s && *s == '-' ? read_number(s + 1, last) : s;
}

/* "0x7f00" */
static const char *read_address(const char *s, uint64_t *address)
{
	char *end;

	if (strncmp(s, "0x", 2) || !isxdigit((unsigned char)s[2]))
		return NULL;
	errno = 0;
	*address = strtoull(s, &end, 16);
	return errno ? NULL : end;
}

static bool take_number(struct recording_parse *p, int64_t *to)
{
	const char *end;
	uint64_t number;

	if (!peek(p) || !(end = read_number(peek(p), &number)) || *end)
		return expected(p, "a number");
	*to = (int64_t)number;
	p->at++;
	return true;
}

/* --- the head ------------------------------------------------------------------------ */

static bool line_date(struct recording_parse *p)
{
	return take_text(p, &p->recording->date, "a date");
}

static bool line_command(struct recording_parse *p)
{
	return take_text(p, &p->recording->command, "a command");
}

static bool line_kernel(struct recording_parse *p)
{
	struct release *release = &p->recording->release;

	if (p->line->n != 3)
		return expected(p, "a release and a version");
	snprintf(release->name, sizeof(release->name), "%s", take(p));
	snprintf(release->version, sizeof(release->version), "%s", take(p));
	return true;
}

/* So far: from here on addresses are read as that machine's. shift 0: its usual pages. */
static bool set_paging(struct recording_parse *p, enum arch arch, unsigned shift)
{
	const struct paging *paging = paging_find(arch, shift, 0);
	struct paging *of = &p->recording->paging;

	if (!paging)
		return false;
	*of = *paging;
	paging_observe(of);
	return true;
}

static bool line_machine(struct recording_parse *p)
{
	int arch = peek(p) ? arch_by_uname(peek(p)) : -1;
	struct buf text = {0};

	if (arch >= 0)
		set_paging(p, (enum arch)arch, 0);
	while (peek(p))
		buf_printf(&text, "%s%s", text.len ? " " : "", take(p));
	free(p->recording->machine);
	p->recording->machine = buf_take(&text);
	return true;
}

/* Recordings that do not say it are of the usual pages. */
static bool line_page_size(struct recording_parse *p)
{
	int64_t size;

	if (!take_number(p, &size))
		return false;
	if (size > 0 && !(size & (size - 1)) &&
	    set_paging(p, p->recording->paging.arch, (unsigned)__builtin_ctzll((uint64_t)size)))
		return true;
	p->at--;
	return expected(p, "the size of that machine's pages, such as 4096");
}

static bool line_access_bits(struct recording_parse *p)
{
	static const char *const words[] = {"software", "hardware"};
	int which = take_name(p, words, ARRAY_SIZE(words), "hardware or software");

	p->recording->paging.hardware_bits = which;
	return which >= 0;
}

static bool line_model(struct recording_parse *p)
{
	return take_text(p, &p->recording->model, "a kernel");
}

static bool line_check(struct recording_parse *p)
{
	int side = take_name(p, vma_side_names, ARRAY_SIZE(vma_side_names), "dst or src");

	p->recording->check = side;
	return side >= 0;
}

/* --- scenarios and steps -------------------------------------------------------------- */

static bool line_scenario(struct recording_parse *p)
{
	struct recording *recording = p->recording;

	if (!peek(p))
		return expected(p, "a scenario's file");
	GROW(recording->scenarios, recording->count, recording->cap);
	p->section = &recording->scenarios[recording->count++];
	*p->section = (struct recorded){
		.scenario = xstrdup(take(p)),
		.line = p->line->words[0].line,
		.knobs = {.paging = recording->paging, .thp = THP_MADVISE,
			  .fault_around = fault_around_default(&recording->paging)},
	};
	p->step_cap = 0;
	p->moment = NULL;
	return true;
}

static bool line_knobs(struct recording_parse *p)
{
	int64_t pages;
	int thp;

	if (!take_word(p, "thp"))
		return expected(p, "thp");
	thp = take_name(p, thp_mode_names, THP_ALWAYS + 1, "never, madvise or always");
	if (thp < 0)
		return false;
	if (!take_word(p, "fault-around"))
		return expected(p, "fault-around");
	if (!take_number(p, &pages))
		return false;
	if (!fault_around_fits((uint64_t)pages, PTRS_PER_PTE)) {
		p->at--;
		return expected(p, "a power of two, no more than a page table has entries");
	}
	p->section->knobs.thp = (enum thp_mode)thp;
	p->section->knobs.fault_around = (uint64_t)pages;
	if (!take_word(p, "zero-page"))
		return true;
	p->section->knobs.no_zero_page = take_word(p, "off");
	return p->section->knobs.no_zero_page || expected(p, "off");
}

static bool take_errno(struct recording_parse *p, int *err)
{
	for (*err = 1; peek(p) && *err < 4096; ++*err) {
		const char *name = strerrorname_np(*err);

		if (name && take_word(p, name))
			return true;
	}
	return expected(p, "an error such as EINVAL");
}

static bool take_step_word(struct recording_parse *p, struct seen_step *step)
{
	int result;

	if (take_word(p, "after-fork"))
		return step->after_fork = true;
	if (take_word(p, "errno"))
		return take_errno(p, &step->err);
	if (take_word(p, "faults"))
		return take_number(p, &step->faults);
	if (take_word(p, "cow-copies"))
		return take_number(p, &step->cow_copies);
	if (!take_word(p, "touch"))
		return expected(p, "errno, touch, after-fork, faults or cow-copies");
	result = take_name(p, touch_result_names, TOUCH_BLOCKED + 1, "ok or a signal");
	step->touch = true;
	step->signal = result < 0 ? TOUCH_OK : (enum touch_result)result;
	return result >= 0;
}

static bool add_step(struct recording_parse *p, struct seen_step step)
{
	struct recorded *section = p->section;
	struct record *seen = &section->seen;

	if (!peek(p))
		return expected(p, "a command in quotes");
	GROW(section->texts, section->text_count, section->text_cap);
	section->texts[section->text_count++] = xstrdup(take(p));
	while (peek(p))
		if (!step.done)
			return expected(p, "the end of the line");
		else if (!take_step_word(p, &step))
			return false;
	GROW(seen->steps, seen->step_count, p->step_cap);
	seen->steps[seen->step_count++] = step;
	p->moment = NULL;
	return true;
}

static bool line_step(struct recording_parse *p)
{
	const struct record *seen = &p->section->seen;

	if (seen->step_count && !seen->steps[seen->step_count - 1].done)
		return expected(p, "'left', since the command before it was not carried out");
	return add_step(p, (struct seen_step){.done = true, .faults = -1, .cow_copies = -1});
}

static bool line_left(struct recording_parse *p)
{
	return add_step(p, (struct seen_step){0});
}

static bool line_end(struct recording_parse *p)
{
	static const char *const words[] = {"impossible", "refused"};
	int which = take_name(p, words, ARRAY_SIZE(words), "impossible or refused");

	if (which < 0)
		return false;
	if (!peek(p))
		return expected(p, "a reason in quotes");
	p->section->end = which ? PROBE_REFUSED : PROBE_IMPOSSIBLE;
	snprintf(p->section->reason, sizeof(p->section->reason), "%s", take(p));
	return true;
}

/* --- moments ---------------------------------------------------------------------------- */

static bool line_moment(struct recording_parse *p)
{
	static const char *const words[] = {"now", "fork"};
	struct record *seen = &p->section->seen;
	int fork = take_name(p, words, ARRAY_SIZE(words), "fork or now");

	if (fork < 0)
		return false;
	if (!seen->step_count || !seen->steps[seen->step_count - 1].done) {
		p->at = 0;
		return expected(p, "a step before the moment");
	}
	p->moment = record_add(seen, seen->step_count - 1, fork);
	p->process = NULL;
	return true;
}

static bool begin_process(struct recording_parse *p, struct seen_process *process)
{
	p->process = process;
	p->process->alive = true;
	p->vma = NULL;
	return true;
}

static bool line_parent(struct recording_parse *p)
{
	return begin_process(p, &p->moment->parent);
}

static bool line_child(struct recording_parse *p)
{
	return begin_process(p, &p->moment->child);
}

/* "0x1000-0x5000": in order, and whole pages. */
static bool take_addresses(struct recording_parse *p, uint64_t *start, uint64_t *end)
{
	const struct seen_process *process = p->process;
	uint64_t from = process->vma_count ? process->vmas[process->vma_count - 1].end : 0;
	const char *s = peek(p);

	s = s ? read_address(s, start) : NULL;
	s = s && *s == '-' ? read_address(s + 1, end) : NULL;
	if (!s || *s || *start < from || *end <= *start || (*start | *end) % PAGE_SIZE)
		return expected(p, "the VMA's addresses, in order, such as 0x1000-0x5000");
	p->at++;
	return true;
}

/* "a:0-15" */
static bool take_seen_name(struct recording_parse *p, uint64_t *left)
{
	const char *word = peek(p), *colon, *s = NULL;
	uint64_t first, last;
	char *name;

	assert(word);
	colon = strchr(word, ':');
	if (colon && colon > word)
		s = read_range(colon + 1, &first, &last);
	if (!s || *s || last < first || last - first >= *left)
		return expected(p, "pages of a name, as many as the VMA has, such as a:0-15");
	name = xstrndup(word, (size_t)(colon - word));
	seen_add_name(p->vma, name, first, last - first + 1);
	free(name);
	*left -= last - first + 1;
	p->at++;
	return true;
}

static bool line_vma(struct recording_parse *p)
{
	uint64_t start, end, left;
	int backing;

	if (!take_addresses(p, &start, &end))
		return false;
	backing = take_name(p, backing_names, BACKINGS, "a backing such as anon");
	if (backing < 0)
		return false;
	p->vma = seen_add_vma(p->process, (enum backing)backing, start, end);
	left = seen_vma_pages(p->vma);
	while (peek(p))
		if (!take_seen_name(p, &left))
			return false;
	return true;
}

static bool line_flags(struct recording_parse *p)
{
	uint64_t flags = 0, unseen = 0, *to = &flags;

	while (peek(p)) {
		uint64_t bit = vm_flag_by_name(peek(p));

		if (take_word(p, "unseen")) {
			to = &unseen;
			continue;
		}
		if (!bit)
			return expected(p, "a flag's two letters");
		*to |= bit;
		p->at++;
	}
	p->vma->flags = flags;
	p->vma->flags_known = ~unseen;
	return true;
}

/* One word that follows the states of a page. */
static bool take_page_word(struct recording_parse *p, struct seen_page *page)
{
	static const struct {
		const char *word;
		uint8_t answer;
		bool same;
	} answers[] = {
		{"anonymous", SEEN_YES, false}, {"file", SEEN_NO, false},
		{"parents-frame", SEEN_YES, true}, {"own-frame", SEEN_NO, true},
	};
	const char *word;
	bool clear;

	for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
		if (take_word(p, answers[i].word)) {
			*(answers[i].same ? &page->same : &page->anon) = answers[i].answer;
			return true;
		}
	word = peek(p);
	assert(word);
	clear = word[0] == '!';
	for (int attr = 0; attr < PTE_ATTRS; attr++)
		if (!strcmp(word + clear, pte_attr_names[attr])) {
			page->known |= (uint16_t)(1u << attr);
			if (!clear)
				page->attrs |= (uint16_t)(1u << attr);
			p->at++;
			return true;
		}
	return expected(p, "an attribute of pages");
}

static bool take_states(struct recording_parse *p, struct seen_page *page)
{
	const char *s = peek(p);

	while (s && *s) {
		size_t length = strcspn(s, "|");
		int state = 0;

		while (state < PTE_STATES && (strlen(pte_state_names[state]) != length ||
					      strncmp(s, pte_state_names[state], length)))
			state++;
		if (state == PTE_STATES)
			break;
		page->states |= (uint16_t)(1u << state);
		s += length + (s[length] == '|');
	}
	if (!s || *s || !page->states)
		return expected(p, "what the pages are, such as present or none");
	p->at++;
	return true;
}

static bool line_pages(struct recording_parse *p)
{
	struct seen_vma *vma = p->vma;
	const struct seen_run *run = vma->run_count ? &vma->runs[vma->run_count - 1] : NULL;
	uint64_t next = run ? run->first + run->count : 0, first, last;
	struct seen_page page = {0};
	const char *s;

	p->at = 0;
	s = read_range(peek(p), &first, &last);
	if (!s || *s || first != next || last < first || last >= seen_vma_pages(vma))
		return expected(p, "pages of the VMA, in order, without a gap");
	p->at++;
	if (!take_states(p, &page))
		return false;
	while (peek(p))
		if (!take_page_word(p, &page))
			return false;
	seen_add_pages(vma, last - first + 1, page);
	vma->pages_known = true;
	return true;
}

static bool line_decision(struct recording_parse *p)
{
	p->vma->decision = take_name(p, decision_names, DECISION_WIPE + 1, "copy, skip, dontcopy or wipe");
	return p->vma->decision >= 0;
}

static bool line_entries(struct recording_parse *p)
{
	return take_number(p, &p->moment->entries);
}

static bool line_tables(struct recording_parse *p)
{
	return take_number(p, &p->moment->tables);
}

/* --- lines ------------------------------------------------------------------------------- */

/* What must have begun before such a line. */
enum within { IN_FILE, IN_SCENARIO, IN_MOMENT, IN_PROCESS, IN_VMA };

static const struct {
	const char *word;
	enum within within;
	bool (*parse)(struct recording_parse *p);
} fields[] = {
	{"date", IN_FILE, line_date},		  {"command", IN_FILE, line_command},
	{"kernel", IN_FILE, line_kernel},	  {"machine", IN_FILE, line_machine},
	{"page-size", IN_FILE, line_page_size},	  {"access-bits", IN_FILE, line_access_bits},
	{"model", IN_FILE, line_model},		  {"check", IN_FILE, line_check},
	{"scenario", IN_FILE, line_scenario},	  {"knobs", IN_SCENARIO, line_knobs},
	{"step", IN_SCENARIO, line_step},	  {"left", IN_SCENARIO, line_left},
	{"end", IN_SCENARIO, line_end},		  {"moment", IN_SCENARIO, line_moment},
	{"parent", IN_MOMENT, line_parent},	  {"child", IN_MOMENT, line_child},
	{"vma", IN_PROCESS, line_vma},		  {"flags", IN_VMA, line_flags},
	{"decision", IN_VMA, line_decision},	  {"entries", IN_MOMENT, line_entries},
	{"tables", IN_MOMENT, line_tables},
};

static enum within where(const struct recording_parse *p)
{
	if (!p->section)
		return IN_FILE;
	if (!p->moment)
		return IN_SCENARIO;
	if (!p->process)
		return IN_MOMENT;
	return p->vma ? IN_VMA : IN_PROCESS;
}

static bool parse_line(struct recording_parse *p)
{
	static const char *const outside[] = {
		[IN_SCENARIO] = "a scenario first", [IN_MOMENT] = "a moment first",
		[IN_PROCESS] = "parent or child first", [IN_VMA] = "a VMA first"};
	const char *word = p->line->words[0].text;
	bool pages = word[0] >= '0' && word[0] <= '9';
	size_t i = 0;
	enum within within;

	while (!pages && i < ARRAY_SIZE(fields) && strcmp(word, fields[i].word))
		i++;
	if (i == ARRAY_SIZE(fields))
		return expected(p, "a keyword of recordings, such as step or vma");
	within = pages ? IN_VMA : fields[i].within;
	if (within > where(p))
		return expected(p, outside[within]);
	p->at = 1;
	if (!(pages ? line_pages : fields[i].parse)(p))
		return false;
	return at_end(p);
}

static bool no_recording(const struct recording *recording, const char *why, struct vf_error *error)
{
	vf_error_set(error, "not a recording: %s", why);
	snprintf(error->file, sizeof(error->file), "%s", recording->path);
	vf_error_hint(error, "vmafork-probe --record writes one");
	return false;
}

static bool parse_first_line(struct recording_parse *p)
{
	if (!take_word(p, "recording"))
		return no_recording(p->recording, "it does not begin with 'recording 2'", p->error);
	if (take_word(p, "2"))
		return at_end(p);
	expected(p, "2, the format that this program reads");
	vf_error_hint(p->error, "record it again: what older formats lack cannot be added");
	return false;
}

static bool complete(const struct recording *recording, struct vf_error *error)
{
	return recording->release.version[0] ||
	       no_recording(recording, "it names no kernel", error);
}

bool recording_read(struct recording *recording, const char *path, struct vf_error *error)
{
	struct reader reader;
	struct recording_parse p = {.recording = recording, .reader = &reader, .error = error};
	struct line line;
	bool more = true, ok = true, begun = false;
	size_t length;
	char *text = read_file(path, RECORDING_MAX, &length, error);

	if (!text)
		return false;
	*recording = (struct recording){.path = xstrdup(path), .check = -1, .paging = paging_x86_64};
	paging_observe(&recording->paging);
	reader_init(&reader, path, text, length);
	while (ok && (ok = reader_next(&reader, &line, &more, error)) && more) {
		p.line = &line;
		p.at = 0;
		ok = begun ? parse_line(&p) : parse_first_line(&p);
		begun = true;
		line_deinit(&line);
	}
	free(text);
	if (ok && complete(recording, error))
		return true;
	recording_deinit(recording);
	return false;
}

void recording_deinit(struct recording *recording)
{
	for (size_t i = 0; i < recording->count; i++) {
		struct recorded *section = &recording->scenarios[i];

		for (size_t j = 0; j < section->text_count; j++)
			free(section->texts[j]);
		free(section->texts);
		free(section->scenario);
		record_deinit(&section->seen);
	}
	free(recording->scenarios);
	free(recording->path);
	free(recording->date);
	free(recording->command);
	free(recording->machine);
	free(recording->model);
	*recording = (struct recording){0};
}

/* --- replaying ----------------------------------------------------------------------------- */

bool recording_find(struct recording *recording, struct vf_error *error)
{
	const struct recorded *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < recording->count; i++) {
		struct recorded *section = &recording->scenarios[i];

		section->missing = access(section->scenario, F_OK) && errno == ENOENT;
		if (section->missing && !n++)
			first = section;
	}
	if (!n)
		return true;
	vf_error_set(error, "%zu of its %zu scenarios cannot be found, %.200s the first", n,
		     recording->count, first->scenario);
	snprintf(error->file, sizeof(error->file), "%s", recording->path);
	error->line = first->line;
	vf_error_hint(error, "run it where the recording was made: names are taken from the working directory");
	return false;
}

/* Is this still the scenario that was recorded? */
static bool fresh(const struct recording *recording, const struct recorded *section,
		  const struct scenario *scenario, struct vf_error *error)
{
	struct buf text = {0};
	size_t i = 0;

	for (; i < scenario->n && i < section->text_count; i++) {
		buf_clear(&text);
		command_print(scenario->commands[i], &text);
		if (strcmp(buf_str(&text), section->texts[i]))
			break;
	}
	buf_deinit(&text);
	if (i == scenario->n && i == section->text_count)
		return true;
	vf_error_set(error, "%s has changed since it was recorded, at its command %zu%s%.200s",
		     section->scenario, i + 1, i < section->text_count ? ", then: " : "",
		     i < section->text_count ? section->texts[i] : "");
	snprintf(error->file, sizeof(error->file), "%s", recording->path);
	error->line = section->line;
	vf_error_hint(error, "record it again (tests/observations/: UPDATE_OBSERVATIONS=1 make kernels)");
	return false;
}

/* The command that ended it: the last that was done, or the first that was not. */
static size_t end_step(const struct recorded *section)
{
	const struct record *seen = &section->seen;
	size_t done = 0;

	while (done < seen->step_count && seen->steps[done].done)
		done++;
	return section->end == PROBE_REFUSED && done ? done - 1 : done;
}

bool recording_replay(struct recording *recording, size_t i, struct scenario *scenario,
		      const struct probe_options *options, struct probe *probe,
		      struct vf_error *error)
{
	struct recorded *section = &recording->scenarios[i];
	struct probe_options merged = *options;

	if (!merged.kernel)
		merged.kernel = recording->model;
	if (merged.check < 0)
		merged.check = recording->check;
	paging_observe(&recording->paging);
	*probe = (struct probe){
		.scenario = *scenario,
		.release = recording->release,
		.knobs = section->knobs,
		.end = section->end,
		.end_step = end_step(section),
	};
	*scenario = (struct scenario){0};
	snprintf(probe->reason, sizeof(probe->reason), "%s", section->reason);
	probe->kernel = probe_kernel(&merged, recording->release.version, error);
	if (!probe->kernel ||
	    !fresh(recording, section, &probe->scenario, error)) {
		probe_deinit(probe);
		return false;
	}
	probe->seen = section->seen;
	section->seen = (struct record){0};
	probe_predict(probe);
	return true;
}
