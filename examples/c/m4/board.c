/* An Arm MPS2 with a Cortex-M4F as qemu emulates it (mps2-an386), or another Cortex-M: start,
 * faults, and output by semihosting. */
#include "console.h"

extern uint32_t stack_top, data_load, data_begin, data_end, bss_begin, bss_end;
int main(void);

static uint32_t semihosting(uint32_t operation, const void *argument) {
  register uint32_t r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

void console_text(const char *text) { semihosting(0x04, text); }

/* SYS_EXIT_EXTENDED, whose second word is the exit code. */
static void leave(uint32_t code) {
  const uint32_t argument[2] = {0x20026, code};
  for (;;) {
    semihosting(0x20, argument);
  }
}

static void fault(void) {
  console_text("fault\n");
  leave(2);
}

void reset(void) {
#ifdef __ARM_FP
  /* The floating-point unit is off at reset. */
  *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20;
  __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
  const uint32_t *from = &data_load;
  for (uint32_t *to = &data_begin; to < &data_end; to++) {
    *to = *from++;
  }
  for (volatile uint32_t *to = &bss_begin; to < &bss_end; to++) {
    *to = 0;
  }
  leave((uint32_t)main());
}

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    &stack_top, reset, fault, fault, fault, fault, fault, 0, 0, 0, 0, fault, fault, 0, fault, fault,
};
