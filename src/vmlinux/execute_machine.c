/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/execute_machine.h"

#include <stdint.h>

const struct execute_machine execute_machines[MACHINES] = {
	[MACHINE_X86_64] = {
		.arch = UC_ARCH_X86,
		.mode = UC_MODE_64,
		.cpu = -1,
		.registers = {{UC_X86_REG_RDI, USE_DST}, {UC_X86_REG_RSI, USE_SRC},
			      {UC_X86_REG_RSP, USE_STACK}, {UC_X86_REG_GS_BASE, USE_PERCPU}},
		.pc = UC_X86_REG_RIP,
		.result = UC_X86_REG_RAX,
		.back_on_stack = true,
		.signed_addresses = true,
	},
	[MACHINE_ARM64] = {
		.arch = UC_ARCH_ARM64,
		.mode = UC_MODE_ARM,
		.cpu = -1,
		.registers = {{UC_ARM64_REG_X0, USE_DST}, {UC_ARM64_REG_X1, USE_SRC},
			      {UC_ARM64_REG_X18, USE_SHADOW}, {UC_ARM64_REG_X30, USE_BACK},
			      {UC_ARM64_REG_SP_EL0, USE_TASK}, {UC_ARM64_REG_SP, USE_STACK}},
		.pc = UC_ARM64_REG_PC,
		.result = UC_ARM64_REG_X0,
		.moved = true,
	},
	[MACHINE_RISCV64] = {
		.arch = UC_ARCH_RISCV,
		.mode = UC_MODE_RISCV64,
		.cpu = -1,
		.registers = {{UC_RISCV_REG_A0, USE_DST}, {UC_RISCV_REG_A1, USE_SRC},
			      {UC_RISCV_REG_RA, USE_BACK}, {UC_RISCV_REG_SP, USE_STACK},
			      {UC_RISCV_REG_TP, USE_TASK}, {UC_RISCV_REG_GP, USE_SHADOW}},
		.pc = UC_RISCV_REG_PC,
		.result = UC_RISCV_REG_A0,
		.moved = true,
	},
	[MACHINE_S390X] = {
		.arch = UC_ARCH_S390X,
		.mode = UC_MODE_BIG_ENDIAN,
		.cpu = UC_CPU_S390X_MAX,
		.registers = {{UC_S390X_REG_R2, USE_DST}, {UC_S390X_REG_R3, USE_SRC},
			      {UC_S390X_REG_R14, USE_BACK}, {UC_S390X_REG_R15, USE_STACK}},
		.pc = UC_S390X_REG_PC,
		.result = UC_S390X_REG_R2,
		.moved = true,
		.lowcore = true,
		.traps = true,
	},
};

uc_err execute_machine_start(const struct execute_machine *machine, uc_engine *uc)
{
	uint64_t mask = UINT64_C(0x180000000); /* addresses of 64 bits */

	return machine->lowcore ? uc_reg_write(uc, UC_S390X_REG_PSWM, &mask) : UC_ERR_OK;
}
