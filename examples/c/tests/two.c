/* Two libraries of Rust's in one program, each with its own runtime. */
#include "digits.h"

#include <stdio.h>

int second_value(void);

int main(void) {
  DIGITS_ARENA(static, arena);
  static digits_t digits;
  bool right = digits_init(&digits, &arena, NULL) == BANTAM_OK;
  right = right && second_value() == 42 && digits_invoke(&digits, NULL) == BANTAM_OK;
  puts(right ? "both run" : "one fails");
  return right ? 0 : 1;
}
