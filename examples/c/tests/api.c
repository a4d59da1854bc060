/* The functions of bantam.h, used rightly and wrongly: for the sanitizers of gcc. Memory comes from
 * malloc in exact sizes, so that they notice a byte too many. */
#include "bantam.h"
#include "digits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

#define CHECK(condition)                                        \
  do {                                                          \
    if (!(condition)) {                                         \
      printf("%s:%d: %s\n", __FILE__, __LINE__, #condition);    \
      failures++;                                               \
    }                                                           \
  } while (0)

struct file {
  uint8_t *bytes;
  size_t len;
};

static struct file read_file(const char *path) {
  struct file file = {NULL, 0};
  FILE *from = fopen(path, "rb");
  if (from != NULL && fseek(from, 0, SEEK_END) == 0) {
    file.len = (size_t)ftell(from);
    file.bytes = malloc(file.len);
    rewind(from);
    if (file.bytes == NULL || fread(file.bytes, 1, file.len, from) != file.len) {
      file.len = 0;
    }
  }
  if (from != NULL) {
    fclose(from);
  }
  return file;
}

static const bantam_op *const ops[] = {
    &BANTAM_CONV_2D_INT8,         &BANTAM_DEPTHWISE_CONV_2D_INT8, &BANTAM_ADD_INT8,
    &BANTAM_MAX_POOL_2D_INT8,     &BANTAM_AVERAGE_POOL_2D_INT8,   &BANTAM_RESHAPE,
    &BANTAM_FULLY_CONNECTED_INT8, &BANTAM_SOFTMAX_INT8,
};
#define OPS (sizeof ops / sizeof ops[0])

static void *aligned(size_t bytes) {
  void *memory = NULL;
  return posix_memalign(&memory, 16, bytes) == 0 ? memory : NULL;
}

static void exact_sizes(const struct file *model) {
  bantam_interpreter *it = calloc(1, sizeof *it);
  bantam_error error;
  for (size_t bytes = 0; bytes < DIGITS_ARENA_BYTES; bytes += 97) {
    void *arena = aligned(bytes);
    CHECK(bantam_init(it, model->bytes, model->len, ops, OPS, arena, bytes, &error) ==
          BANTAM_OUT_OF_MEMORY);
    CHECK(error.status == BANTAM_OUT_OF_MEMORY && error.available == bytes);
    CHECK(error.needed > bytes && error.needed <= DIGITS_ARENA_BYTES + 15);
    free(arena);
  }
  void *arena = aligned(DIGITS_ARENA_BYTES);
  CHECK(bantam_init(it, model->bytes, model->len, ops, OPS, arena, DIGITS_ARENA_BYTES, NULL) ==
        BANTAM_OK);
  CHECK(bantam_arena_used_bytes(it) == DIGITS_ARENA_BYTES);
  size_t bytes = 0;
  int8_t *input = bantam_input(it, 0, &bytes);
  CHECK(bytes == DIGITS_INPUT0_BYTES);
  memset(input, -128, bytes);
  CHECK(bantam_invoke(it, &error) == BANTAM_OK && error.status == BANTAM_OK);
  const int8_t *output = bantam_output(it, 0, &bytes);
  CHECK(bytes == DIGITS_OUTPUT0_BYTES);
  int8_t expected[DIGITS_OUTPUT0_LEN];
  memcpy(expected, output, bytes);

  /* In steps it computes the same. */
  memset(bantam_input(it, 0, NULL), -128, DIGITS_INPUT0_BYTES);
  int steps = 1;
  while (bantam_step(it, NULL) == BANTAM_MORE) {
    steps++;
  }
  CHECK(steps == 11);
  CHECK(memcmp(bantam_output(it, 0, NULL), expected, sizeof expected) == 0);
  CHECK(bantam_reset(it, NULL) == BANTAM_OK);

  bantam_tensor_info info;
  CHECK(bantam_tensor(it, BANTAM_INPUT, 0, &info) == BANTAM_OK);
  const int32_t dims[] = DIGITS_INPUT0_DIMS;
  CHECK(info.type == DIGITS_INPUT0_TYPE && info.rank == DIGITS_INPUT0_RANK);
  CHECK(memcmp(info.dims, dims, sizeof dims) == 0);
  CHECK(info.scale == DIGITS_INPUT0_SCALE && info.zero_point == DIGITS_INPUT0_ZERO_POINT);
  CHECK(info.name_len == 5 && memcmp(info.name, "image", 5) == 0);
  free(arena);
  free(it);
}

static void misuse(const struct file *model) {
  bantam_interpreter it, copy;
  bantam_error error;
  memset(&it, 0xA5, sizeof it);
  CHECK(bantam_invoke(&it, &error) == BANTAM_NO_INTERPRETER);
  CHECK(bantam_invoke(NULL, NULL) == BANTAM_NULL);
  CHECK(bantam_step(&it, NULL) == BANTAM_NO_INTERPRETER);
  CHECK(bantam_reset(&it, NULL) == BANTAM_NO_INTERPRETER);
  CHECK(bantam_input(&it, 0, NULL) == NULL && bantam_output(&it, 0, NULL) == NULL);
  CHECK(bantam_input_count(&it) == 0 && bantam_output_count(NULL) == 0);
  uint8_t *arena = aligned(DIGITS_ARENA_BYTES + 16);
  const size_t len = model->len;
  const bantam_op *const with_null[] = {&BANTAM_CONV_2D, NULL};
  bantam_op untouched;
  memset(&untouched, 0, sizeof untouched);
  const bantam_op *const with_untouched[] = {&untouched};
  const size_t bytes = DIGITS_ARENA_BYTES + 16;
#define INIT(model, len, ops, count, arena, bytes) \
  bantam_init(&it, model, len, ops, count, arena, bytes, &error)
  CHECK(INIT(NULL, len, ops, OPS, arena, bytes) == BANTAM_NULL);
  CHECK(INIT(model->bytes, len, NULL, OPS, arena, bytes) == BANTAM_NULL);
  CHECK(INIT(model->bytes, len, ops, OPS, NULL, bytes) == BANTAM_NULL);
  CHECK(INIT(model->bytes, len, ops, SIZE_MAX, arena, bytes) == BANTAM_LENGTH);
  CHECK(INIT(model->bytes, SIZE_MAX, ops, OPS, arena, bytes) == BANTAM_LENGTH);
  CHECK(INIT(model->bytes, len, ops, OPS, arena, SIZE_MAX) == BANTAM_LENGTH);
  CHECK(INIT(model->bytes, len, ops, OPS, model->bytes + 8, 64) == BANTAM_OVERLAP);
  CHECK(INIT(model->bytes, len, with_null, 2, arena, bytes) == BANTAM_NULL);
  CHECK(INIT(model->bytes, len, with_untouched, 1, arena, bytes) == BANTAM_NO_OPERATOR);
  CHECK(INIT(model->bytes, len, NULL, 0, arena, bytes) == BANTAM_MISSING_OPERATOR);
  CHECK(error.node == 0 && error.builtin_operator == 3);
  CHECK(strcmp(bantam_status_text(error.status),
               "the operator list lacks an operator of the model") == 0);
  CHECK(bantam_init((bantam_interpreter *)((char *)&it + 1), model->bytes, len, ops, OPS, arena,
                    bytes, NULL) == BANTAM_MISALIGNED);
  /* Every file that is cut short is refused. */
  for (size_t cut = 0; cut < len; cut += 211) {
    CHECK(INIT(model->bytes, cut, ops, OPS, arena, bytes) == BANTAM_INVALID_MODEL);
  }
  /* At any address of model and arena. */
  CHECK(INIT(model->bytes, len, ops, OPS, arena + 1, bytes - 1) == BANTAM_OK);
  memcpy(&copy, &it, sizeof copy);
  CHECK(bantam_invoke(&copy, NULL) == BANTAM_NO_INTERPRETER);
  CHECK(bantam_invoke(&it, NULL) == BANTAM_OK);
  CHECK(bantam_input(&it, 1, NULL) == NULL && bantam_output(&it, SIZE_MAX, NULL) == NULL);
  CHECK(bantam_tensor(&it, 7, 0, NULL) == BANTAM_INDEX);
  CHECK(bantam_tensor(&it, BANTAM_INPUT, 0, NULL) == BANTAM_NULL);
  free(arena);
}

static void count(void *context, const bantam_event *event) {
  size_t *events = context;
  events[event->finished]++;
  CHECK(event->finished == (event->output != NULL));
}

static void generated(void) {
  DIGITS_ARENA(static, arena);
  static digits_t digits;
  CHECK(digits_init(&digits, &arena, NULL) == BANTAM_OK);
  memset(digits_input0(&digits), 0, DIGITS_INPUT0_LEN);
  size_t events[2] = {0, 0};
  CHECK(bantam_invoke_observed(&digits.interpreter, count, events, NULL) == BANTAM_OK);
  CHECK(events[0] == 11 && events[1] == 11);
  CHECK(digits_output0(&digits) != NULL);
}

/* A damaged model is refused or runs, and never more than that. */
static void damaged(const struct file *model) {
  bantam_interpreter it;
  uint8_t *arena = aligned(16384);
  uint32_t random = 1;
  for (int round = 0; round < 2000; round++) {
    uint8_t *copy = malloc(model->len);
    memcpy(copy, model->bytes, model->len);
    for (int byte = 0; byte <= round % 4; byte++) {
      random = random * 1664525u + 1013904223u;
      copy[(random >> 8) % model->len] = (uint8_t)(random >> 3);
    }
    if (bantam_init(&it, copy, model->len, ops, OPS, arena, 16384, NULL) == BANTAM_OK) {
      size_t bytes = 0;
      void *input = bantam_input(&it, 0, &bytes);
      if (input != NULL) {
        memset(input, round, bytes);
      }
      bantam_invoke(&it, NULL);
    }
    free(copy);
  }
  free(arena);
}

int main(int count, char **arguments) {
  struct file model = read_file(count == 2 ? arguments[1] : "");
  if (model.len == 0) {
    puts("api MODEL");
    return 2;
  }
  exact_sizes(&model);
  misuse(&model);
  generated();
  damaged(&model);
  free(model.bytes);
  printf("%d failures\n", failures);
  return failures == 0 ? 0 : 1;
}
