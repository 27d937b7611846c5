/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel interfaces that the C library's headers may be too old to
 * define. Numbers of the user-space interface (x86-64); they never change.
 */
#ifndef OBSERVE_UAPI_H
#define OBSERVE_UAPI_H

#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

/* --- madvise, memfd_create, mmap ------------------------------------------ */

enum {
	LIVE_MADV_COLD = 20,
	LIVE_MADV_PAGEOUT = 21,
	LIVE_MADV_POPULATE_READ = 22,
	LIVE_MADV_POPULATE_WRITE = 23,
	LIVE_MADV_DONTNEED_LOCKED = 24,
	LIVE_MADV_COLLAPSE = 25,
	LIVE_MADV_GUARD_INSTALL = 102,
	LIVE_MADV_GUARD_REMOVE = 103,
};

enum { LIVE_MAP_DROPPABLE = 8 }; /* a type, as MAP_PRIVATE is */

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

enum {
	LIVE_MFD_CLOEXEC = 1,
	LIVE_MFD_HUGETLB = 4,
	LIVE_MFD_HUGE_2MB = 21 << 26,
	LIVE_MFD_HUGE_SHIFT = 26, /* log2 of the size of its pages goes there */
};

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

/* --- userfaultfd ------------------------------------------------------------ */

#define LIVE_UFFD_API UINT64_C(0xaa)
#define LIVE_UFFD_USER_MODE_ONLY 1

/* UFFD_FEATURE_*, numbered as UFFD_FEATURE_LIST (model/kernel.h) numbers them. */
enum { LIVE_UFFD_EVENT_FORK_BIT = 1 };

/* UFFDIO_REGISTER_MODE_*: UFFD_MODE_* of model/syscalls.h, MISSING = 1 ... RWP = 8. */

struct live_uffdio_api {
	uint64_t api, features, ioctls;
};
struct live_uffdio_range {
	uint64_t start, len;
};
struct live_uffdio_register {
	struct live_uffdio_range range;
	uint64_t mode, ioctls;
};
struct live_uffdio_protect { /* WRITEPROTECT and RWPROTECT */
	struct live_uffdio_range range;
	uint64_t mode; /* 1: protect */
};
struct live_uffdio_fill { /* ZEROPAGE, CONTINUE and POISON */
	struct live_uffdio_range range;
	uint64_t mode;
	int64_t done;
};
struct live_uffdio_copy { /* COPY and MOVE */
	uint64_t dst, src, len, mode;
	int64_t done;
};
enum { LIVE_UFFDIO_COPY_MODE_WP = 2, LIVE_UFFDIO_CONTINUE_MODE_WP = 2 };

#define LIVE_UFFDIO_API _IOWR(0xaa, 0x3f, struct live_uffdio_api)
#define LIVE_UFFDIO_REGISTER _IOWR(0xaa, 0x00, struct live_uffdio_register)
#define LIVE_UFFDIO_UNREGISTER _IOR(0xaa, 0x01, struct live_uffdio_range)
#define LIVE_UFFDIO_WRITEPROTECT _IOWR(0xaa, 0x06, struct live_uffdio_protect)
#define LIVE_UFFDIO_POISON _IOWR(0xaa, 0x08, struct live_uffdio_fill)
#define LIVE_UFFDIO_COPY _IOWR(0xaa, 0x03, struct live_uffdio_copy)
#define LIVE_UFFDIO_ZEROPAGE _IOWR(0xaa, 0x04, struct live_uffdio_fill)
#define LIVE_UFFDIO_MOVE _IOWR(0xaa, 0x05, struct live_uffdio_copy)
#define LIVE_UFFDIO_CONTINUE _IOWR(0xaa, 0x07, struct live_uffdio_fill)
#define LIVE_UFFDIO_RWPROTECT _IOWR(0xaa, 0x09, struct live_uffdio_protect)
#define LIVE_USERFAULTFD_IOC_NEW _IO(0xaa, 0x00)

enum { LIVE_UFFD_EVENT_PAGEFAULT = 0x12, LIVE_UFFD_EVENT_FORK = 0x13 };

struct live_uffd_msg {
	uint8_t event, reserved[7];
	union {
		struct {
			uint64_t flags, address;
		} pagefault;
		struct {
			uint32_t ufd;
		} fork;
		uint64_t all[3];
	};
};

/* --- /proc/PID/pagemap ------------------------------------------------------- */

#define PAGEMAP_PFN_MASK ((UINT64_C(1) << 55) - 1)
#define PAGEMAP_SOFT_DIRTY (UINT64_C(1) << 55)
#define PAGEMAP_ONCE (UINT64_C(1) << 56) /* mapped once */
#define PAGEMAP_UFFD_WP (UINT64_C(1) << 57)
#define PAGEMAP_GUARD (UINT64_C(1) << 58)
#define PAGEMAP_FILE (UINT64_C(1) << 61)
#define PAGEMAP_SWAP (UINT64_C(1) << 62)
#define PAGEMAP_PRESENT (UINT64_C(1) << 63)

struct live_page_region {
	uint64_t start, end, categories;
};
struct live_pm_scan_arg {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
#define LIVE_PAGEMAP_SCAN _IOWR('f', 16, struct live_pm_scan_arg)
#define LIVE_PAGE_IS_FILE (UINT64_C(1) << 2)
#define LIVE_PAGE_IS_PRESENT (UINT64_C(1) << 3)
#define LIVE_PAGE_IS_SWAPPED (UINT64_C(1) << 4)
#define LIVE_PAGE_IS_PFNZERO (UINT64_C(1) << 5)
#define LIVE_PAGE_IS_HUGE (UINT64_C(1) << 6)
#define LIVE_PAGE_IS_SOFT_DIRTY (UINT64_C(1) << 7)
#define LIVE_PAGE_IS_GUARD (UINT64_C(1) << 8)

/* --- /proc/kpageflags ---------------------------------------------------------- */

#define KPF_ANON (UINT64_C(1) << 12)
#define KPF_HUGETLB (UINT64_C(1) << 17)
#define KPF_THP (UINT64_C(1) << 22)
#define KPF_ZERO (UINT64_C(1) << 24)
/* On an anonymous page: PageAnonExclusive. */
#define KPF_ANON_EXCLUSIVE (UINT64_C(1) << 34)

/* --- io_uring ---------------------------------------------------------------------- */

enum { LIVE_IORING_REGISTER_BUFFERS_UPDATE = 16 };

struct live_io_uring_rsrc_update2 {
	uint32_t offset, resv;
	uint64_t data, tags;
	uint32_t nr, resv2;
};

struct live_io_uring_params {
	uint32_t sq_entries, cq_entries, flags, sq_thread_cpu, sq_thread_idle, features, wq_fd;
	uint32_t reserved[3];
	uint32_t sq_off[10], cq_off[10]; /* offsets of the rings */
};
enum { LIVE_IORING_REGISTER_BUFFERS = 0 };

#endif
