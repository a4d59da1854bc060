/* Bantam: TensorFlow Lite models on microcontrollers. See docs/c.md.
 *
 * Written by `BANTAM_BLESS=1 cargo test -p bantam-c --test header`: do not edit.
 */
#ifndef BANTAM_H
#define BANTAM_H


#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BANTAM_VERSION_MAJOR 0
#define BANTAM_VERSION_MINOR 1
#define BANTAM_VERSION_PATCH 0

/* Aligns what follows to a multiple of so many bytes. */
#if defined(__GNUC__) || defined(__ARMCC_VERSION)
#define BANTAM_ALIGN(bytes) __attribute__((aligned(bytes)))
#elif defined(_MSC_VER)
#define BANTAM_ALIGN(bytes) __declspec(align(bytes))
#elif defined(__cplusplus)
#define BANTAM_ALIGN(bytes) alignas(bytes)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define BANTAM_ALIGN(bytes) _Alignas(bytes)
#endif

/* Types of elements: type of bantam_tensor_info. */
#define BANTAM_TYPE_FLOAT32 0
#define BANTAM_TYPE_FLOAT16 1
#define BANTAM_TYPE_INT32 2
#define BANTAM_TYPE_UINT8 3
#define BANTAM_TYPE_INT64 4
#define BANTAM_TYPE_STRING 5
#define BANTAM_TYPE_BOOL 6
#define BANTAM_TYPE_INT16 7
#define BANTAM_TYPE_COMPLEX64 8
#define BANTAM_TYPE_INT8 9
#define BANTAM_TYPE_FLOAT64 10
#define BANTAM_TYPE_COMPLEX128 11
#define BANTAM_TYPE_UINT64 12
#define BANTAM_TYPE_RESOURCE 13
#define BANTAM_TYPE_VARIANT 14
#define BANTAM_TYPE_UINT32 15
#define BANTAM_TYPE_UINT16 16
#define BANTAM_TYPE_INT4 17
#define BANTAM_TYPE_BFLOAT16 18
#define BANTAM_TYPE_INT2 19
#define BANTAM_TYPE_UINT4 20
#define BANTAM_TYPE_FLOAT8_E4M3FN 21
#define BANTAM_TYPE_FLOAT8_E5M2 22

/* A model that is ready to run. Its words belong to the library: do not copy it. */
typedef struct bantam_interpreter {
  uintptr_t words[48];
} bantam_interpreter;

/* An operator: one of the constants at the end of this file, or one that bantam_custom
 * makes. Operator lists have addresses of them. */
typedef struct bantam_op {
  uintptr_t words[15];
} bantam_op;

/* A node that is being prepared. */
typedef struct bantam_node bantam_node;


/**
 * Dimensions that a bantam_tensor_info has room for.
 */
#define BANTAM_MAX_RANK 8

/**
 * How a call ended.
 */
enum bantam_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * All went well; a run is at its end.
   */
  BANTAM_OK = 0,
  /**
   * A streaming operator waits for more input: later nodes did not run.
   */
  BANTAM_NEED_MORE_INPUT = 1,
  /**
   * Nodes are left to run (bantam_step).
   */
  BANTAM_MORE = 2,
  /**
   * A pointer is null that must not be.
   */
  BANTAM_NULL = 16,
  /**
   * A pointer is not aligned for what it leads to.
   */
  BANTAM_MISALIGNED = 17,
  /**
   * A length is larger than any memory.
   */
  BANTAM_LENGTH = 18,
  /**
   * Two memories overlap that must not: model, image, arena, interpreter.
   */
  BANTAM_OVERLAP = 19,
  /**
   * The interpreter is not one: it was never made, its making failed, or it was copied.
   */
  BANTAM_NO_INTERPRETER = 20,
  /**
   * An entry of the operator list is not an operator.
   */
  BANTAM_NO_OPERATOR = 21,
  /**
   * There is no input, output or operand with this index.
   */
  BANTAM_INDEX = 22,
  /**
   * The bytes are not a model, or the file is damaged.
   */
  BANTAM_INVALID_MODEL = 32,
  /**
   * The operator list lacks an operator of the model: node, builtin_operator.
   */
  BANTAM_MISSING_OPERATOR = 33,
  /**
   * An operator refuses its node: node, tensor, builtin_operator, cause.
   */
  BANTAM_PREPARE = 34,
  /**
   * An input or output of the model cannot be used: tensor, cause.
   */
  BANTAM_PORT = 35,
  /**
   * The arena is too small: needed, available.
   */
  BANTAM_OUT_OF_MEMORY = 36,
  /**
   * The image is damaged, or not one of this model, these operators or this version.
   */
  BANTAM_INVALID_IMAGE = 37,
  /**
   * The memory of the model's tensors cannot be planned.
   */
  BANTAM_PLAN = 38,
  /**
   * The model has more than 65,535 nodes, 255 operators or 512 MiB.
   */
  BANTAM_TOO_LARGE = 39,
  /**
   * A subgraph is missing, calls itself, or goes too deep: node, if it is one.
   */
  BANTAM_SUBGRAPH = 40,
  /**
   * A node failed while it ran: node, subgraph, cause.
   */
  BANTAM_INVOKE = 41,
  /**
   * The prepared data contradict each other.
   */
  BANTAM_RECORDS = 42,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum bantam_status bantam_status;
#else
typedef int32_t bantam_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Why a node is refused or fails; bantam_cause_text says it in words.
 */
enum bantam_cause
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * None was given.
   */
  BANTAM_CAUSE_NONE = 0,
  /**
   * The node has too many or too few inputs.
   */
  BANTAM_CAUSE_INPUT_COUNT = 1,
  /**
   * The node has too many or too few outputs.
   */
  BANTAM_CAUSE_OUTPUT_COUNT = 2,
  /**
   * An input that must be there is absent.
   */
  BANTAM_CAUSE_MISSING_INPUT = 3,
  /**
   * The operator does not work on this type.
   */
  BANTAM_CAUSE_TYPE = 4,
  /**
   * Shapes do not fit each other.
   */
  BANTAM_CAUSE_SHAPE = 5,
  /**
   * A dimension is not known before the model runs.
   */
  BANTAM_CAUSE_DYNAMIC_SHAPE = 6,
  /**
   * The tensor must be a constant.
   */
  BANTAM_CAUSE_NOT_CONSTANT = 7,
  /**
   * The tensor must not be a constant, or has too few bytes.
   */
  BANTAM_CAUSE_CONSTANT = 8,
  /**
   * Quantization is missing or incomplete.
   */
  BANTAM_CAUSE_QUANTIZATION = 9,
  /**
   * The options are missing, or a value in them is not supported.
   */
  BANTAM_CAUSE_OPTIONS = 10,
  /**
   * A parameter is out of range.
   */
  BANTAM_CAUSE_PARAMETER = 11,
  /**
   * What the text names is not supported: reason.
   */
  BANTAM_CAUSE_UNSUPPORTED = 12,
  /**
   * The operator is one for prepared images only (its name ends with _PREPARED).
   */
  BANTAM_CAUSE_ONLY_PREPARED = 13,
  /**
   * The operator says why: reason.
   */
  BANTAM_CAUSE_REASON = 14,
  /**
   * The model is not consistent.
   */
  BANTAM_CAUSE_MODEL = 15,
  /**
   * An operand, an index or a value is out of range while the model runs.
   */
  BANTAM_CAUSE_VALUE = 16,
  /**
   * Subgraphs were called too often.
   */
  BANTAM_CAUSE_CALLS = 17,
  /**
   * The prepared data of the node is damaged.
   */
  BANTAM_CAUSE_RECORD = 18,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum bantam_cause bantam_cause;
#else
typedef int32_t bantam_cause;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Which operands are meant.
 */
enum bantam_port
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * The inputs.
   */
  BANTAM_INPUT = 0,
  /**
   * The outputs.
   */
  BANTAM_OUTPUT = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum bantam_port bantam_port;
#else
typedef int32_t bantam_port;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Bytes that nobody writes now.
 */
typedef struct bantam_bytes {
  /**
   * The first; null if the operand is absent.
   */
  const void *data;
  /**
   * How many there are.
   */
  size_t bytes;
} bantam_bytes;

/**
 * Bytes to be written.
 */
typedef struct bantam_bytes_mut {
  /**
   * The first.
   */
  void *data;
  /**
   * How many there are.
   */
  size_t bytes;
} bantam_bytes_mut;

/**
 * The operands of a node that runs. Outputs and extras overlap nothing.
 */
typedef struct bantam_io {
  /**
   * The inputs.
   */
  const struct bantam_bytes *inputs;
  /**
   * How many there are, absent ones included.
   */
  size_t input_count;
  /**
   * The outputs.
   */
  const struct bantam_bytes_mut *outputs;
  /**
   * How many there are.
   */
  size_t output_count;
  /**
   * Scratch and state, in the order in which prepare asked for it.
   */
  const struct bantam_bytes_mut *extras;
  /**
   * How many there are.
   */
  size_t extra_count;
} bantam_io;

/**
 * An operator of the program's own. It must stay as long as interpreters use it.
 *
 * Each function returns null if all went well, else a text that stays: the error has it as reason.
 */
typedef struct bantam_custom_op {
  /**
   * What models call it.
   */
  const char *name;
  /**
   * Checks a node, and writes what running it needs to `data`: data_bytes at a multiple of 4.
   */
  const char *(*prepare)(void *context, bantam_node *node, void *data);
  /**
   * Runs a node.
   */
  const char *(*eval)(void *context, const void *data, const struct bantam_io *io);
  /**
   * Brings state to its beginning after all of it was set to zero; null if that is all.
   */
  const char *(*reset)(void *context, const void *data, const struct bantam_io *io);
  /**
   * Handed to the functions.
   */
  void *context;
  /**
   * Bytes that a node keeps: at most 60. No pointers, so that the arena is the same everywhere.
   */
  size_t data_bytes;
} bantam_custom_op;

/**
 * A node that begins or has run.
 */
typedef struct bantam_event {
  /**
   * Its index in the graph.
   */
  uint32_t node;
  /**
   * Its operator as the schema of TensorFlow Lite numbers it; 32 for custom ones.
   */
  int32_t builtin_operator;
  /**
   * Whether it has run.
   */
  bool finished;
  /**
   * Its first output, where the node wrote it, if it has run: the next node may write over it.
   */
  const void *output;
  /**
   * The bytes of the output.
   */
  size_t output_bytes;
} bantam_event;

/**
 * Is called before and after every node.
 */
typedef void (*bantam_observer)(void *context, const struct bantam_event *event);

/**
 * What went wrong, and where. Numbers that do not apply are -1, sizes 0.
 */
typedef struct bantam_error {
  /**
   * What the call returned.
   */
  bantam_status status;
  /**
   * Why the node is refused or failed.
   */
  bantam_cause cause;
  /**
   * The subgraph of the node.
   */
  int32_t subgraph;
  /**
   * The node.
   */
  int32_t node;
  /**
   * The tensor at fault.
   */
  int32_t tensor;
  /**
   * The operator as the schema of TensorFlow Lite numbers it; 32 for custom ones.
   */
  int32_t builtin_operator;
  /**
   * Bytes that are enough for the arena at its address.
   */
  size_t needed;
  /**
   * Bytes that the arena has.
   */
  size_t available;
  /**
   * The reason in words, or null. It is not terminated: print it with "%.*s".
   */
  const char *reason;
  /**
   * The bytes of the reason.
   */
  size_t reason_len;
} bantam_error;

/**
 * A tensor as the model has it.
 */
typedef struct bantam_tensor_info {
  /**
   * The type of its elements: BANTAM_TYPE_INT8 and so on, as the schema of TensorFlow Lite
   * numbers them.
   */
  int32_t type;
  /**
   * The number of dimensions; it may be more than BANTAM_MAX_RANK, of which dims has the first.
   */
  uint32_t rank;
  /**
   * The dimensions, such as batch, height, width, channels.
   */
  int32_t dims[BANTAM_MAX_RANK];
  /**
   * A real value is scale * (element - zero_point); 0 if the tensor is not quantized. It is the
   * first of several scales.
   */
  float scale;
  /**
   * The element that stands for 0.
   */
  int32_t zero_point;
  /**
   * Its name, or null. It is not terminated: print it with "%.*s".
   */
  const char *name;
  /**
   * The bytes of the name.
   */
  size_t name_len;
} bantam_tensor_info;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Makes an operator for operator lists, in memory of the caller's.
 *
 * # Safety
 *
 * op leads to memory for one, custom to one that stays, with functions that may be called.
 */
bantam_status bantam_custom(bantam_op *op, const struct bantam_custom_op *custom);

/**
 * As bantam_invoke, and calls `observer` with `context` before and after every node. It must not
 * use the interpreter.
 *
 * # Safety
 *
 * As for bantam_invoke; observer is null or a function that may be called with context.
 */
bantam_status bantam_invoke_observed(bantam_interpreter *interpreter,
                                     bantam_observer observer,
                                     void *context,
                                     struct bantam_error *error);

/**
 * Makes an interpreter: checks and prepares the model, and plans its memory, all out of the arena.
 *
 * model: a .tflite file, at any address (a multiple of 16 is fastest).
 * ops: addresses of the operators that the model uses; what no list names is not linked.
 * arena: memory at any address; of one at a multiple of 16, `bantam size` prints how much.
 * error: null, or where to write what went wrong.
 *
 * Model, list and arena must stay as long as the interpreter is used, which must stay at its
 * address. Nothing is allocated, and nothing has to be freed.
 *
 * # Safety
 *
 * Pointers are null or lead to as much initialized memory as the lengths say; nobody uses the
 * arena, but by bantam_input and bantam_output, until the interpreter is used no more.
 */
bantam_status bantam_init(bantam_interpreter *interpreter,
                          const void *model,
                          size_t model_len,
                          const bantam_op *const *ops,
                          size_t op_len,
                          void *arena,
                          size_t arena_len,
                          struct bantam_error *error);

/**
 * Makes an interpreter of a model that was prepared before, by `bantam prepare` or
 * `bantam codegen --prepared`: less RAM, less flash, and nothing is computed.
 *
 * image: what was prepared, at a multiple of 4.
 * ops: the operators in the order of the image; those whose names end with _PREPARED will do.
 * arena: memory for activations and variables.
 *
 * All else as for bantam_init.
 *
 * # Safety
 *
 * As for bantam_init.
 */
bantam_status bantam_init_prepared(bantam_interpreter *interpreter,
                                   const void *model,
                                   size_t model_len,
                                   const void *image,
                                   size_t image_len,
                                   const bantam_op *const *ops,
                                   size_t op_len,
                                   void *arena,
                                   size_t arena_len,
                                   struct bantam_error *error);

/**
 * Runs the model once: on what is in the inputs, into the outputs.
 *
 * Returns BANTAM_OK, BANTAM_NEED_MORE_INPUT, or what failed; the interpreter remains usable.
 *
 * # Safety
 *
 * interpreter leads to initialized memory, error is null or leads to memory for one.
 */
bantam_status bantam_invoke(bantam_interpreter *interpreter, struct bantam_error *error);

/**
 * Runs the next node, the first if no run is under way: an invoke in pieces, for tasks that must
 * not keep others waiting.
 *
 * Returns BANTAM_MORE while nodes are left, then as bantam_invoke. bantam_invoke, bantam_reset and
 * bantam_input end a run that is under way.
 *
 * # Safety
 *
 * As for bantam_invoke.
 */
bantam_status bantam_step(bantam_interpreter *interpreter, struct bantam_error *error);

/**
 * Brings all state (variables, what streaming operators keep) back to where it was after
 * bantam_init.
 *
 * # Safety
 *
 * As for bantam_invoke.
 */
bantam_status bantam_reset(bantam_interpreter *interpreter, struct bantam_error *error);

/**
 * Returns where to write input `index`, and its length to `bytes` (unless that is null); null if
 * there is no such input, it is a constant, or the interpreter is none.
 *
 * Later layers use the memory of inputs again: write all of it before every invoke.
 *
 * # Safety
 *
 * interpreter leads to initialized memory, bytes is null or leads to memory for a size.
 */
void *bantam_input(bantam_interpreter *interpreter, size_t index, size_t *bytes);

/**
 * Returns where to read output `index`, and its length to `bytes` (unless that is null); null as
 * for bantam_input. It is valid until the next invoke, and until an input is written.
 *
 * # Safety
 *
 * As for bantam_input.
 */
const void *bantam_output(const bantam_interpreter *interpreter, size_t index, size_t *bytes);

/**
 * Returns the number of inputs; 0 if the interpreter is none.
 *
 * # Safety
 *
 * interpreter leads to initialized memory.
 */
size_t bantam_input_count(const bantam_interpreter *interpreter);

/**
 * Returns the number of outputs; 0 if the interpreter is none.
 *
 * # Safety
 *
 * interpreter leads to initialized memory.
 */
size_t bantam_output_count(const bantam_interpreter *interpreter);

/**
 * Writes what the model says of an input or output to `info`. The name in it lies in the model.
 *
 * port: BANTAM_INPUT or BANTAM_OUTPUT.
 *
 * # Safety
 *
 * interpreter leads to initialized memory, info is null or leads to memory for one.
 */
bantam_status bantam_tensor(const bantam_interpreter *interpreter,
                            int32_t port,
                            size_t index,
                            struct bantam_tensor_info *info);

/**
 * Returns the bytes of an arena at a multiple of 16 that are enough: an arena of exactly so many
 * will do, one byte less will not. 0 if the interpreter is none.
 *
 * # Safety
 *
 * interpreter leads to initialized memory.
 */
size_t bantam_arena_used_bytes(const bantam_interpreter *interpreter);

/**
 * Returns the number of inputs, absent ones included.
 *
 * # Safety
 *
 * node is what prepare was given.
 */
size_t bantam_node_input_count(const bantam_node *node);

/**
 * Returns the number of outputs.
 *
 * # Safety
 *
 * node is what prepare was given.
 */
size_t bantam_node_output_count(const bantam_node *node);

/**
 * Writes what the model says of an operand to `info`.
 *
 * port: BANTAM_INPUT or BANTAM_OUTPUT.
 *
 * # Safety
 *
 * node is what prepare was given, info is null or leads to memory for one.
 */
bantam_status bantam_node_tensor(bantam_node *node,
                                 int32_t port,
                                 size_t index,
                                 struct bantam_tensor_info *info);

/**
 * Returns the bytes of an input that is a constant, and how many they are to `bytes` (unless that
 * is null); null if it is none.
 *
 * # Safety
 *
 * node is what prepare was given, bytes is null or leads to memory for a size.
 */
const void *bantam_node_constant(bantam_node *node, size_t index, size_t *bytes);

/**
 * Returns the custom options of the node, and how many bytes they are to `bytes` (unless that is
 * null).
 *
 * # Safety
 *
 * As for bantam_node_constant.
 */
const void *bantam_node_options(bantam_node *node, size_t *bytes);

/**
 * Asks for memory of the node's own while it runs, whose contents are unspecified at its start.
 * The first that is asked for is `extras[0]` of bantam_io, and so on.
 *
 * # Safety
 *
 * node is what prepare was given.
 */
bantam_status bantam_node_scratch(bantam_node *node, size_t bytes);

/**
 * As bantam_node_scratch, but the memory keeps its contents from run to run; it is zero at first
 * and after bantam_reset.
 *
 * # Safety
 *
 * node is what prepare was given.
 */
bantam_status bantam_node_state(bantam_node *node, size_t bytes);

/**
 * Returns a bantam_status in words.
 */
const char *bantam_status_text(int32_t status);

/**
 * Returns a bantam_cause in words.
 */
const char *bantam_cause_text(int32_t cause);

/**
 * Returns the name of an operator by its number, and the length of the name to `len` (unless that
 * is null); null if there is none. It is not terminated: print it with "%.*s".
 *
 * # Safety
 *
 * len is null or leads to memory for a size.
 */
const char *bantam_operator_name(int32_t builtin_operator, size_t *len);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus


/* The operators, for all types; with _INT8, _INT4 (filters of 4 bits), _INT16 or _FLOAT32
 * behind their names for one type, in less code; with _PREPARED behind that for prepared
 * images. What no list names is not linked. */
#define BANTAM_OPERATOR(name) extern const bantam_op BANTAM_##name, BANTAM_##name##_PREPARED
#define BANTAM_TYPED_OPERATOR(name) \
  BANTAM_OPERATOR(name); \
  BANTAM_OPERATOR(name##_INT8); \
  BANTAM_OPERATOR(name##_INT4); \
  BANTAM_OPERATOR(name##_INT16); \
  BANTAM_OPERATOR(name##_FLOAT32)
#define BANTAM_SIGNAL_OPERATOR(name) \
  BANTAM_OPERATOR(name); \
  BANTAM_OPERATOR(name##_INT16); \
  BANTAM_OPERATOR(name##_INT32); \
  BANTAM_OPERATOR(name##_FLOAT32)

#ifdef __cplusplus
extern "C" {
#endif

BANTAM_TYPED_OPERATOR(ABS);
BANTAM_TYPED_OPERATOR(ADD);
BANTAM_TYPED_OPERATOR(ADD_N);
BANTAM_TYPED_OPERATOR(ARG_MAX);
BANTAM_TYPED_OPERATOR(ARG_MIN);
BANTAM_TYPED_OPERATOR(ASSIGN_VARIABLE);
BANTAM_TYPED_OPERATOR(AVERAGE_POOL_2D);
BANTAM_OPERATOR(BASIC_CLASSIFIER);
BANTAM_TYPED_OPERATOR(BATCH_MATMUL);
BANTAM_TYPED_OPERATOR(BATCH_TO_SPACE_ND);
BANTAM_OPERATOR(BROADCAST_ARGS);
BANTAM_TYPED_OPERATOR(BROADCAST_TO);
BANTAM_OPERATOR(CALL_ONCE);
BANTAM_OPERATOR(CAST);
BANTAM_OPERATOR(CEIL);
BANTAM_OPERATOR(CIRCULAR_BUFFER);
BANTAM_TYPED_OPERATOR(CONCATENATION);
BANTAM_TYPED_OPERATOR(CONV_2D);
BANTAM_OPERATOR(COS);
BANTAM_TYPED_OPERATOR(CUMSUM);
BANTAM_TYPED_OPERATOR(DEPTHWISE_CONV_2D);
BANTAM_TYPED_OPERATOR(DEPTH_TO_SPACE);
BANTAM_TYPED_OPERATOR(DEQUANTIZE);
BANTAM_OPERATOR(DETECTION_POSTPROCESS);
BANTAM_TYPED_OPERATOR(DIV);
BANTAM_TYPED_OPERATOR(DYNAMIC_UPDATE_SLICE);
BANTAM_TYPED_OPERATOR(ELU);
BANTAM_TYPED_OPERATOR(EMBEDDING_LOOKUP);
BANTAM_TYPED_OPERATOR(EQUAL);
BANTAM_OPERATOR(EXP);
BANTAM_OPERATOR(EXPAND_DIMS);
BANTAM_OPERATOR(FILL);
BANTAM_OPERATOR(FLOOR);
BANTAM_OPERATOR(FLOOR_DIV);
BANTAM_OPERATOR(FLOOR_MOD);
BANTAM_TYPED_OPERATOR(FULLY_CONNECTED);
BANTAM_TYPED_OPERATOR(GATHER);
BANTAM_TYPED_OPERATOR(GATHER_ND);
BANTAM_TYPED_OPERATOR(GREATER);
BANTAM_TYPED_OPERATOR(GREATER_EQUAL);
BANTAM_TYPED_OPERATOR(HARD_SWISH);
BANTAM_OPERATOR(IF);
BANTAM_TYPED_OPERATOR(L2_NORMALIZATION);
BANTAM_OPERATOR(L2_POOL_2D);
BANTAM_TYPED_OPERATOR(LEAKY_RELU);
BANTAM_TYPED_OPERATOR(LESS);
BANTAM_TYPED_OPERATOR(LESS_EQUAL);
BANTAM_OPERATOR(LOG);
BANTAM_OPERATOR(LOGICAL_AND);
BANTAM_OPERATOR(LOGICAL_NOT);
BANTAM_OPERATOR(LOGICAL_OR);
BANTAM_TYPED_OPERATOR(LOGISTIC);
BANTAM_TYPED_OPERATOR(LOG_SOFTMAX);
BANTAM_TYPED_OPERATOR(MAXIMUM);
BANTAM_TYPED_OPERATOR(MAX_POOL_2D);
BANTAM_TYPED_OPERATOR(MEAN);
BANTAM_TYPED_OPERATOR(MINIMUM);
BANTAM_TYPED_OPERATOR(MIRROR_PAD);
BANTAM_TYPED_OPERATOR(MUL);
BANTAM_OPERATOR(NEG);
BANTAM_TYPED_OPERATOR(NOT_EQUAL);
BANTAM_OPERATOR(PACK);
BANTAM_TYPED_OPERATOR(PAD);
BANTAM_TYPED_OPERATOR(PADV2);
BANTAM_TYPED_OPERATOR(PRELU);
BANTAM_TYPED_OPERATOR(QUANTIZE);
BANTAM_OPERATOR(READ_VARIABLE);
BANTAM_OPERATOR(REDUCE_ALL);
BANTAM_TYPED_OPERATOR(REDUCE_MAX);
BANTAM_TYPED_OPERATOR(REDUCE_MIN);
BANTAM_TYPED_OPERATOR(RELU);
BANTAM_TYPED_OPERATOR(RELU6);
BANTAM_OPERATOR(RESHAPE);
BANTAM_TYPED_OPERATOR(RESIZE_BILINEAR);
BANTAM_TYPED_OPERATOR(RESIZE_NEAREST_NEIGHBOR);
BANTAM_TYPED_OPERATOR(REVERSE_V2);
BANTAM_OPERATOR(ROUND);
BANTAM_TYPED_OPERATOR(RSQRT);
BANTAM_TYPED_OPERATOR(SELECT_V2);
BANTAM_OPERATOR(SHAPE);
BANTAM_OPERATOR(SIN);
BANTAM_TYPED_OPERATOR(SLICE);
BANTAM_TYPED_OPERATOR(SOFTMAX);
BANTAM_TYPED_OPERATOR(SPACE_TO_BATCH_ND);
BANTAM_TYPED_OPERATOR(SPACE_TO_DEPTH);
BANTAM_OPERATOR(SPLIT);
BANTAM_OPERATOR(SPLIT_V);
BANTAM_OPERATOR(SQRT);
BANTAM_OPERATOR(SQUARE);
BANTAM_TYPED_OPERATOR(SQUARED_DIFFERENCE);
BANTAM_OPERATOR(SQUEEZE);
BANTAM_TYPED_OPERATOR(STRIDED_SLICE);
BANTAM_TYPED_OPERATOR(SUB);
BANTAM_TYPED_OPERATOR(SUM);
BANTAM_TYPED_OPERATOR(SVDF);
BANTAM_TYPED_OPERATOR(TANH);
BANTAM_OPERATOR(TFLM_DECODE);
BANTAM_TYPED_OPERATOR(TRANSPOSE);
BANTAM_TYPED_OPERATOR(TRANSPOSE_CONV);
BANTAM_TYPED_OPERATOR(UNIDIRECTIONAL_SEQUENCE_LSTM);
BANTAM_OPERATOR(UNPACK);
BANTAM_OPERATOR(VAR_HANDLE);
BANTAM_OPERATOR(WHILE);
BANTAM_OPERATOR(ZEROS_LIKE);
BANTAM_OPERATOR(SIGNAL_DELAY);
BANTAM_OPERATOR(SIGNAL_ENERGY);
BANTAM_OPERATOR(SIGNAL_FFT_AUTO_SCALE);
BANTAM_OPERATOR(SIGNAL_FILTER_BANK);
BANTAM_OPERATOR(SIGNAL_FILTER_BANK_LOG);
BANTAM_OPERATOR(SIGNAL_FILTER_BANK_SPECTRAL_SUBTRACTION);
BANTAM_OPERATOR(SIGNAL_FILTER_BANK_SQUARE_ROOT);
BANTAM_OPERATOR(SIGNAL_FRAMER);
BANTAM_SIGNAL_OPERATOR(SIGNAL_IRFFT);
BANTAM_SIGNAL_OPERATOR(SIGNAL_OVERLAP_ADD);
BANTAM_OPERATOR(SIGNAL_PCAN);
BANTAM_SIGNAL_OPERATOR(SIGNAL_RFFT);
BANTAM_OPERATOR(SIGNAL_STACKER);
BANTAM_OPERATOR(SIGNAL_WINDOW);

#ifdef __cplusplus
}
#endif

#undef BANTAM_OPERATOR
#undef BANTAM_TYPED_OPERATOR
#undef BANTAM_SIGNAL_OPERATOR

#endif
