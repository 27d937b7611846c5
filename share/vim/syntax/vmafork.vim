" SPDX-License-Identifier: GPL-2.0-or-later
" Syntax of the scenarios that vmafork-tui reads; see vmafork-scenario(5).
" Printed by vmafork-tui help --vim: tests/run docs compares, UPDATE_GOLDENS=1 renews.
if exists("b:current_syntax")
  finish
endif

syn iskeyword @,48-57,_,-

syn keyword vmaforkBuild vma touch madvise mprotect mlock munlock munmap mremap pin unpin poke ksm clear-refs mseal uffd register unregister protect unprotect poison zeropage copy continue move close reader merge set limit flags anon_vma pte
syn keyword vmaforkKernel kernel table check
syn keyword vmaforkRun fork vfork posix_spawn clone-vm exit exec become step back goto play pause break next previous speed
syn keyword vmaforkLook show source palette mouse look explain why diff probe help
syn keyword vmaforkSession undo redo reset save record export load open import calibrate quit
syn keyword vmaforkStory title about say wait ask predict reveal hint goal solution lesson scenarios learn quiz
syn keyword vmaforkExpect expect
syn keyword vmaforkSide left right both
syn keyword vmaforkCheck src dst
syn keyword vmaforkProcess parent child
syn keyword vmaforkDecision skip dontcopy wipe
syn keyword vmaforkBacking anon shmem file hugetlb pfnmap mixedmap secret stack
syn keyword vmaforkShare private shared
syn keyword vmaforkAdvice dontfork dofork wipeonfork keeponfork hugepage nohugepage mergeable unmergeable dontdump dodump normal sequential random dontneed dontneed-locked free cold pageout remove populate-read populate-write collapse guard-install guard-remove
syn keyword vmaforkMode missing wp minor rwp
syn keyword vmaforkFeature pagefault-flag-wp event-fork event-remap event-remove missing-hugetlbfs missing-shmem event-unmap sigbus thread-id minor-hugetlbfs minor-shmem exact-address wp-hugetlbfs-shmem wp-unpopulated wp-async rwp-async
syn keyword vmaforkThp never always
syn keyword vmaforkAccess read write
syn keyword vmaforkOnOff off on
syn keyword vmaforkGrain run page
syn keyword vmaforkShow vmas pages decision trace cost
syn keyword vmaforkSignal ok SIGSEGV SIGBUS blocked
syn keyword vmaforkCost entries tables faults cow-copies
syn keyword vmaforkState none present swap migration device-private device-exclusive marker hwpoison zero huge
syn keyword vmaforkAttr dirty young soft-dirty uffd-wp exclusive special pinned guard
syn keyword vmaforkErrno EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK ENOSYS EOVERFLOW EOPNOTSUPP ETIMEDOUT EHWPOISON
syn keyword vmaforkPalette auto safe dark light projector ansi mono
syn keyword vmaforkWord at of from times own apart page-size noreserve populate droppable growsdown locked onfault dontunmap part short to thp fault-around zero-page machine page-table-levels access-bits hugepages commit with list markdown row start end replace answer because signal refused not absent joined differ same and par after map challenges report summary topic count seed sheet key
syn match vmaforkFlag /[+-]\=\<VM_[A-Z_]\+\>/
syn match vmaforkNumber /\<\(0x\x\+\|\d\+[KMGTp]\=\)\>/
syn match vmaforkVersion /\<v\=\d\+\.\d\+[0-9.]*\(-rc\d\+\)\=\>/
syn region vmaforkText start=/"/ skip=/\\["\\]/ end=/"/ oneline
syn match vmaforkJoin /\\$/
syn match vmaforkComment /\(^\|\s\)#.*$/

hi def link vmaforkBuild Statement
hi def link vmaforkKernel PreProc
hi def link vmaforkRun Function
hi def link vmaforkLook Function
hi def link vmaforkSession Function
hi def link vmaforkStory Special
hi def link vmaforkExpect Conditional
hi def link vmaforkSide Identifier
hi def link vmaforkCheck Identifier
hi def link vmaforkProcess Identifier
hi def link vmaforkDecision Type
hi def link vmaforkBacking Type
hi def link vmaforkShare Type
hi def link vmaforkAdvice Type
hi def link vmaforkMode Type
hi def link vmaforkFeature Type
hi def link vmaforkThp Type
hi def link vmaforkAccess Type
hi def link vmaforkOnOff Boolean
hi def link vmaforkGrain Type
hi def link vmaforkShow Type
hi def link vmaforkSignal Constant
hi def link vmaforkCost Type
hi def link vmaforkState Constant
hi def link vmaforkAttr Constant
hi def link vmaforkErrno Constant
hi def link vmaforkPalette Type
hi def link vmaforkWord Keyword
hi def link vmaforkFlag Constant
hi def link vmaforkNumber Number
hi def link vmaforkVersion Number
hi def link vmaforkText String
hi def link vmaforkJoin Special
hi def link vmaforkComment Comment

let b:current_syntax = "vmafork"
