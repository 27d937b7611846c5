" SPDX-License-Identifier: GPL-2.0-or-later
" Syntax of the scenarios that vmafork-tui reads; see vmafork-scenario(5).
if exists("b:current_syntax")
  finish
endif

syn iskeyword @,48-57,_,-

syn keyword vmaforkBuild vma touch madvise mprotect mlock munmap pin uffd register unregister protect unprotect poison merge set flags anon_vma pte
syn keyword vmaforkKernel kernel check
syn keyword vmaforkRun fork child parent exit exec become step back goto play pause speed undo redo reset load save calibrate quit
syn keyword vmaforkLook show explain diff help
syn keyword vmaforkStory title about say wait ask answer
syn keyword vmaforkExpect expect because differ same signal absent not
syn keyword vmaforkSide left right both dst src
syn keyword vmaforkDecision copy skip dontcopy wipe
syn keyword vmaforkBacking anon shmem file hugetlb pfnmap mixedmap stack private shared
syn keyword vmaforkState none present swap migration device-private device-exclusive marker hwpoison zero huge
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
hi def link vmaforkStory Special
hi def link vmaforkExpect Conditional
hi def link vmaforkSide Identifier
hi def link vmaforkDecision Type
hi def link vmaforkBacking Type
hi def link vmaforkState Constant
hi def link vmaforkFlag Constant
hi def link vmaforkNumber Number
hi def link vmaforkVersion Number
hi def link vmaforkText String
hi def link vmaforkJoin Special
hi def link vmaforkComment Comment

let b:current_syntax = "vmafork"
