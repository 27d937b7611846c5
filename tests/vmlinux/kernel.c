/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * As much of a kernel as vmafork-vmlinux asks about, in our own words: a
 * copy_page_range() that decides as one era did, and walks when it copies.
 *
 *   -DERA='X'      A to H, as in the README; or clauses of the test's own in
 *                  the file CLAUSES, one `if (...) return true;` a line
 *   -DPROLOGUE     fills a structure and reads a variable before it decides
 *   -DCOUNTS       counts its calls per CPU, on x86-64
 *   -DOUTLINE      vma_needs_copy() is a function of its own
 *   -DODD_BITS     bit numbers that no kernel has, named by enumerators
 *   -DMOVED_BITS   some flags have each other's numbers
 *   -DUNNAMED      no enumerators
 *   -DCODES=N      the table of smaps' codes, with elements of N bytes; -DMORE_CODES one
 *                  more table, in which two of them have moved
 *   -DPART         what is in other objects of a kernel is not here: for one object
 *   -DROOM         room for what plain.c writes
 *   -DAND, -DUNKNOWN, -DTRAP, -DENDLESS, -DALWAYS, -DNEVER, -DALSO  what else there may be
 */
#include <stdbool.h>
#include <stddef.h>

/* A boot image's header, which is the first of its code. */
#if defined(ROOM) && defined(__riscv)
__asm__(".globl _start\n_start: .ascii \"MZ\"\n .balign 8\n .quad 0x200000, 0x100000, 0, 2, 0\n"
	".ascii \"RISCV\\0\\0\\0RSC\\5\"\n .long 0\n .balign 4096\n");
#endif
#if defined(ROOM) && defined(__aarch64__)
__asm__(".globl _text, primary_entry\n"
	"_text: ccmp x18, #0, #0xd, pl\n b primary_entry\n .quad 0, 0x100000, 0xa, 0, 0, 0\n"
	".ascii \"ARMd\"\n .long 0\n"
	".balign 4096\n .globl _stext\n_stext: ret\n primary_entry: ret\n");
#endif

#ifndef VERSION
#define VERSION "6.1.0"
#endif
#ifndef ERA
#define ERA 'C'
#endif

#ifndef PART
const char linux_banner[] = "Linux version " VERSION " (nobody@nowhere) (cc) #1 SMP\n";
#endif

#ifdef ODD_BITS
enum { UFFD_WP = 40, PFNMAP = 33, MIXEDMAP = 3, MAYBE_GUARD = 63 };
enum { HUGETLB = 22, RWP = 50, SHARED = 0 };
#elif defined(MOVED_BITS)
enum { UFFD_WP = 10, PFNMAP = 12, MIXEDMAP = 11, MAYBE_GUARD = 28 };
enum { HUGETLB = 22, RWP = 41, SHARED = 3 };
#else
enum { UFFD_WP = 12, PFNMAP = 10, MIXEDMAP = 28, MAYBE_GUARD = 11 };
enum { HUGETLB = 22, RWP = 41, SHARED = 3 };
#endif
#define BIT(n) (1ul << (n))

#if (ERA >= 'F' || defined(ODD_BITS)) && !defined(UNNAMED) /* since 6.19 the bits have names */
enum {
	VMA_SHARED_BIT = SHARED,
	VMA_PFNMAP_BIT = PFNMAP,
	VMA_UFFD_WP_BIT = UFFD_WP,
	VMA_MAYBE_GUARD_BIT = MAYBE_GUARD,
	VMA_HUGETLB_BIT = HUGETLB,
	VMA_MIXEDMAP_BIT = MIXEDMAP,
	VMA_UFFD_RWP_BIT = RWP,
	VMA_NOT_A_BIT_OF_THIS = 5,
};
#define VM_UFFD_WP BIT(VMA_UFFD_WP_BIT)
#define VM_UFFD_RWP BIT(VMA_UFFD_RWP_BIT)
#else
#define VM_UFFD_WP BIT(UFFD_WP)
#define VM_UFFD_RWP BIT(RWP)
#endif
#ifdef CODES
#define CODE_TABLE(name, wp, pf)                                                            \
	static const char name[64][CODES] __attribute__((__used__)) = {                     \
		[0 ... 63] = "??", [0] = "rd", [1] = "wr", [2] = "ex", [3] = "sh", [4] = "mr", \
		[5] = "mw", [6] = "me", [7] = "ms", [8] = "gd", [wp] = "uw", [pf] = "pf",    \
		[MIXEDMAP] = "mm", [MAYBE_GUARD] = "gu", [HUGETLB] = "ht", [RWP] = "ur",     \
		[33] = "",                                                                  \
	}
CODE_TABLE(codes, UFFD_WP, PFNMAP);
#ifdef MORE_CODES
CODE_TABLE(more_codes, PFNMAP, UFFD_WP);
#endif
#endif
#define VM_PFNMAP BIT(PFNMAP)
#define VM_MIXEDMAP BIT(MIXEDMAP)
#define VM_MAYBE_GUARD BIT(MAYBE_GUARD)
#define VM_HUGETLB BIT(HUGETLB)
#define VM_SHARED BIT(SHARED)
#define VM_COPY_ON_FORK (VM_PFNMAP | VM_MIXEDMAP | VM_UFFD_WP | VM_MAYBE_GUARD | VM_UFFD_RWP)

#ifdef ROOM
const char room[96 << 10] __attribute__((__used__, __section__(".tables"), __aligned__(8))) = {1};
#endif

struct mm_struct {
	long counter[9];
	unsigned long *pgd;
};

struct anon_vma {
	int count;
};

struct vm_area_struct {
	unsigned long vm_start, vm_end;
	struct mm_struct *vm_mm;
	unsigned long vm_page_prot;
	union { /* as 6.3 and later have it */
		const unsigned long vm_flags;
		unsigned long flags_for_writing;
	};
	struct {
		void *next, *prev;
	} chain;
	struct anon_vma *anon_vma;
	const void *vm_ops;
	void *vm_private_data;
};

struct notifier {
	unsigned long words[20];
};

int kernel_variable = 39;
static unsigned long per_cpu_template __attribute__((section(".data..percpu"), used));

#define noinline __attribute__((__noinline__))
#define cold __attribute__((__noinline__, __cold__))

#ifdef PART
void tell(struct notifier *n, struct mm_struct *mm);
int copy_hugetlb_page_range(struct mm_struct *dst, struct mm_struct *src);
extern unsigned long page_offset_base;
#else
#define page_offset_base 0
noinline void tell(struct notifier *n, struct mm_struct *mm)
{
	mm->counter[0]++;
	n->words[1] = 1;
}

cold int copy_hugetlb_page_range(struct mm_struct *dst, struct mm_struct *src)
{
	return dst->pgd[0] == src->pgd[0];
}

#endif

static inline __attribute__((__unused__)) bool userfaultfd_wp(struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_UFFD_WP;
}

#ifdef OUTLINE
static noinline bool
#else
static inline __attribute__((__always_inline__)) bool
#endif
vma_needs_copy(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma)
{
	(void)dst_vma;
#ifdef CLAUSES
#include CLAUSES
#elif defined(AND)
	if ((dst_vma->vm_flags & VM_UFFD_WP) && (src_vma->vm_flags & VM_SHARED))
		return true;
#elif defined(UNKNOWN)
	if (src_vma->vm_flags & BIT(24))
		return true;
#elif defined(ALWAYS)
	return src_vma->vm_mm->counter[3];
#elif defined(NEVER)
	return false;
#elif ERA == 'A'
	if (src_vma->vm_flags & (VM_HUGETLB | VM_PFNMAP | VM_MIXEDMAP)) /* mask */
		return true;
	if (src_vma->anon_vma) /* anon */
		return true;
#elif ERA <= 'E'
	if (userfaultfd_wp(dst_vma)) /* wp */
		return true;
#if ERA == 'B'
	if (src_vma->vm_flags & (VM_HUGETLB | VM_PFNMAP | VM_MIXEDMAP)) /* mask */
#else
	if (src_vma->vm_flags & (VM_PFNMAP | VM_MIXEDMAP)) /* mask */
#endif
		return true;
	if (src_vma->anon_vma) /* anon */
		return true;
#if ERA == 'E'
	if (src_vma->vm_flags & VM_MAYBE_GUARD) /* guard */
		return true;
#endif
#elif ERA == 'F'
	if (src_vma->vm_flags & (VM_PFNMAP | VM_MIXEDMAP | VM_UFFD_WP | VM_MAYBE_GUARD)) /* mask */
		return true;
	if (src_vma->anon_vma) /* anon */
		return true;
#elif ERA == 'G'
	if (dst_vma->vm_flags & (VM_PFNMAP | VM_MIXEDMAP | VM_UFFD_WP | VM_MAYBE_GUARD)) /* mask */
		return true;
	if (src_vma->anon_vma) /* anon */
		return true;
#else
	if (dst_vma->vm_flags & VM_COPY_ON_FORK) /* mask */
		return true;
	if (src_vma->anon_vma) /* anon */
		return true;
#endif
#ifdef ALSO
	if (src_vma->vm_ops)
		return true;
#endif
	return false;
}

noinline int copy_page_range(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma)
{
	unsigned long at = src_vma->vm_start, end = src_vma->vm_end;
	struct mm_struct *dst = dst_vma->vm_mm, *src = src_vma->vm_mm;
	struct notifier notifier = {0};

#ifdef TRAP
	__builtin_trap();
#endif
#ifdef ENDLESS
	for (volatile bool always = true; always;)
		;
#endif
#ifdef COUNTS
	__asm__ volatile("incq %%gs:0x20; incq %%gs:0x5008" : : : "memory");
#endif
#ifdef PROLOGUE
	notifier.words[0] = (unsigned)kernel_variable;
	__asm__ volatile("" : : "r"(&notifier) : "memory");
#endif
	if (!vma_needs_copy(dst_vma, src_vma))
		return 0;
	if (src_vma->vm_flags & VM_HUGETLB)
		return copy_hugetlb_page_range(dst, src);
	if ((src_vma->vm_flags & VM_SHARED) == 0)
		tell(&notifier, src);
	for (; at != end; at += 4096)
		dst->pgd[(at + page_offset_base) >> kernel_variable & 511] = src->pgd[at >> kernel_variable & 511];
	return 0;
}

#ifndef PART
noinline int dup_userfaultfd(struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_UFFD_WP ? 1 : 0;
}

noinline int dup_mmap(struct vm_area_struct *dst, struct vm_area_struct *src)
{
	return dup_userfaultfd(dst) ? -12 : copy_page_range(dst, src);
}

void kernel_clone(struct vm_area_struct *dst, struct vm_area_struct *src);
void kernel_clone(struct vm_area_struct *dst, struct vm_area_struct *src)
{
	dup_mmap(dst, src);
}

/* What compilers ask kernels for. */
#ifdef __x86_64__
__asm__(".globl __fentry__\n__fentry__: endbr64\n ret\n"
	".globl __x86_return_thunk\n__x86_return_thunk: ret\n int3\n");
#endif
void __stack_chk_fail(void);
void __stack_chk_fail(void)
{
	for (;;)
		;
}
unsigned long __stack_chk_guard;
void *memset(void *to, int c, size_t n);
void *memset(void *to, int c, size_t n)
{
	for (volatile char *p = to; n; n--)
		*p++ = (char)c;
	return to;
}
#endif
