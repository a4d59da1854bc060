#include "digits.h"

#include <stdio.h>
#include <string.h>

DIGITS_ARENA(static, arena); /* exactly DIGITS_ARENA_BYTES, at a multiple of 16 */
static digits_t digits;      /* memory of yours: there is no heap */

int main(void) {
  bantam_error error;
  if (digits_init(&digits, &arena, &error) != BANTAM_OK) {
    printf("%s: node %ld\n", bantam_status_text(error.status), (long)error.node);
    return 1;
  }
  int8_t *input = digits_input0(&digits); /* DIGITS_INPUT0_DIMS, _SCALE, _ZERO_POINT */
  memset(input, DIGITS_INPUT0_ZERO_POINT, DIGITS_INPUT0_LEN);
  if (digits_invoke(&digits, &error) != BANTAM_OK) {
    return 1;
  }
  const int8_t *scores = digits_output0(&digits);
  for (int digit = 0; digit < DIGITS_OUTPUT0_LEN; digit++) {
    printf("%d: %d\n", digit, scores[digit]);
  }
  return 0;
}
