/* Reads handwritten digits: every image of the test data, compared with the expected outputs. */
#include "console.h"
#include "data.h"
#include "digits.h"

/* The exact size, aligned as the model needs it: nothing else is allocated. */
DIGITS_ARENA(static, arena);
static digits_t digits;

static int fail(const char *what, const bantam_error *error) {
  console_text(what);
  console_text(" failed: status ");
  console_number((uint32_t)error->status);
  console_text(", bytes needed ");
  console_number((uint32_t)error->needed);
  console_text("\n");
  return 1;
}

int main(void) {
  bantam_error error;
  uint32_t equal = 0;
  if (digits_init(&digits, &arena, &error) != BANTAM_OK) {
    return fail("init", &error);
  }
  const uint32_t images = data_images_bytes / DIGITS_INPUT0_BYTES;
  for (uint32_t image = 0; image < images; image++) {
    /* Later layers use the memory of the input again: it is filled before every invoke. */
    int8_t *input = digits_input0(&digits);
    for (size_t at = 0; at < DIGITS_INPUT0_LEN; at++) {
      input[at] = data_images[image * DIGITS_INPUT0_LEN + at];
    }
    if (digits_invoke(&digits, &error) != BANTAM_OK) {
      return fail("invoke", &error);
    }
    const int8_t *scores = digits_output0(&digits);
    bool same = true;
    for (size_t at = 0; at < DIGITS_OUTPUT0_LEN; at++) {
      same = same && scores[at] == data_expected[image * DIGITS_OUTPUT0_LEN + at];
    }
    equal += same;
  }
  console_text("arena ");
  console_number((uint32_t)bantam_arena_used_bytes(&digits.interpreter));
  console_text("\nequal ");
  console_number(equal);
  console_text(" of ");
  console_number(images);
  console_text("\n");
  return equal == images ? 0 : 1;
}
