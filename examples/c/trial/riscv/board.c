/* qemu's RISC-V machine `virt`: start, and output by its serial port. */
#include "console.h"

#include <stddef.h>

extern uint32_t bss_begin, bss_end;
int main(void);

void console_text(const char *text) {
  while (*text != 0) {
    *(volatile uint8_t *)0x10000000 = (uint8_t)*text++;
  }
}

/* The compiler calls it, and no C library is linked. */
void *memcpy(void *to, const void *from, size_t bytes) {
  volatile uint8_t *write = to;
  const uint8_t *read = from;
  while (bytes-- > 0) {
    *write++ = *read++;
  }
  return to;
}

__attribute__((used)) static void start(void) {
  for (volatile uint32_t *to = &bss_begin; to < &bss_end; to++) {
    *to = 0;
  }
  /* The machine ends: 0x5555 is success. */
  *(volatile uint32_t *)0x100000 = main() == 0 ? 0x5555 : 0x13333;
  for (;;) {
  }
}

/* The floating-point unit is off at reset: bits 13 and 14 of mstatus. */
__asm__(".section .init, \"ax\"\n"
        ".global _start\n"
        "_start:\n"
        "  la sp, stack_top\n"
        "  li t0, 0x6000\n"
        "  csrs mstatus, t0\n"
        "  j start\n");
