/* start.S - from reset to main() on qemu-system-aarch64 -M virt -cpu cortex-a53.
 *
 * One core, EL1. Sets the stack, turns on NEON, and maps memory one to one with
 * the MMU: without it all memory is of device type, where unaligned loads and
 * stores fault, and compiled models make them. main()'s result is the exit code
 * of the emulator (semihosting SYS_EXIT). */

.equ CPACR_FPEN, 3 << 20        /* no trap on FP and SIMD */
.equ MAIR_VALUE, 0x00ff         /* attribute 0: normal, write-back; 1: device */
.equ TCR_T0SZ, 25               /* 39-bit addresses: the walk starts at level 1 */
.equ TCR_CACHED, (1 << 8) | (1 << 10) | (3 << 12)
.equ TCR_EPD1, 1 << 23          /* no upper half */
.equ SCTLR_M_C_I, 1 | (1 << 2) | (1 << 12)
.equ BLOCK, 1
.equ BLOCK_ACCESSED, 1 << 10
.equ BLOCK_INNER_SHARED, 3 << 8
.equ BLOCK_DEVICE, 1 << 2

.equ SYS_EXIT, 0x18
.equ APPLICATION_EXIT, 0x20026

.section .text.start, "ax"
.global _start
_start:
  mrs x0, mpidr_el1
  and x0, x0, #0xff
  cbnz x0, park
  ldr x0, =__stack_top
  mov sp, x0
  mov x0, #CPACR_FPEN
  msr cpacr_el1, x0

  ldr x0, =MAIR_VALUE
  msr mair_el1, x0
  ldr x0, =(TCR_T0SZ | TCR_CACHED | TCR_EPD1)
  msr tcr_el1, x0
  adrp x0, translation_table
  msr ttbr0_el1, x0
  isb
  tlbi vmalle1
  dsb sy
  mrs x0, sctlr_el1
  ldr x1, =SCTLR_M_C_I
  orr x0, x0, x1
  msr sctlr_el1, x0
  isb

  /* .bss is zero: the emulator loads it so, a flash loader would not */
  ldr x0, =__bss_start
  ldr x1, =__bss_end
1:
  cmp x0, x1
  b.hs 2f
  stp xzr, xzr, [x0], #16
  b 1b
2:
  bl main
  ldr x1, =exit_block
  ldr x2, =APPLICATION_EXIT
  stp x2, x0, [x1]
  mov w0, #SYS_EXIT
  hlt #0xf000
park:
  wfi
  b park

/* Level 1, one gibibyte per entry: devices, then RAM. */
.section .data.table, "aw"
.balign 4096
translation_table:
  .quad BLOCK | BLOCK_ACCESSED | BLOCK_DEVICE
  .quad 0x40000000 | BLOCK | BLOCK_ACCESSED | BLOCK_INNER_SHARED
  .fill 510, 8, 0

.data
.balign 16
exit_block:
  .quad 0, 0
