#include "bantam.h"

/* Adds its option, one byte, to every element of an int8 tensor. */
static const char *prepare(void *context, bantam_node *node, void *data) {
  bantam_tensor_info input, output;
  size_t bytes;
  const uint8_t *options = (const uint8_t *)bantam_node_options(node, &bytes);
  (void)context;
  if (bantam_node_tensor(node, BANTAM_INPUT, 0, &input) != BANTAM_OK ||
      bantam_node_tensor(node, BANTAM_OUTPUT, 0, &output) != BANTAM_OK) {
    return "an input and an output are needed";
  }
  if (input.type != BANTAM_TYPE_INT8 || output.type != BANTAM_TYPE_INT8 || bytes != 1) {
    return "int8 and an option of one byte are needed";
  }
  *(int32_t *)data = *options;
  return NULL; /* the node can run */
}

static const char *eval(void *context, const void *data, const bantam_io *io) {
  const int8_t *input = (const int8_t *)io->inputs[0].data;
  int8_t *output = (int8_t *)io->outputs[0].data;
  (void)context;
  if (io->inputs[0].bytes != io->outputs[0].bytes) {
    return "input and output differ in length";
  }
  for (size_t at = 0; at < io->outputs[0].bytes; at++) {
    output[at] = (int8_t)(input[at] + *(const int32_t *)data);
  }
  return NULL;
}

static const bantam_custom_op shift = {"Shift", prepare, eval, NULL, NULL, sizeof(int32_t)};

bantam_status init(bantam_interpreter *interpreter, const void *model, size_t model_len,
                   void *arena, size_t arena_len, bantam_error *error) {
  static bantam_op own;
  const bantam_status made = bantam_custom(&own, &shift);
  static const bantam_op *const ops[] = {&BANTAM_CONV_2D_INT8, &own};
  return made != BANTAM_OK ? made : bantam_init(interpreter, model, model_len, ops, 2, arena,
                                                arena_len, error);
}
