// bantam.hpp with the code that `bantam codegen` writes.
#include "bantam.hpp"
#include "digits.h"

#include <cstdio>
#include <vector>

int main(int, char **arguments) {
  std::vector<std::uint8_t> model;
  if (std::FILE *from = std::fopen(arguments[1], "rb")) {
    std::uint8_t byte;
    while (std::fread(&byte, 1, 1, from) == 1) {
      model.push_back(byte);
    }
    std::fclose(from);
  }
  static const std::array<const bantam_op *, 8> ops = {
      &BANTAM_CONV_2D,         &BANTAM_DEPTHWISE_CONV_2D, &BANTAM_ADD,
      &BANTAM_MAX_POOL_2D,     &BANTAM_AVERAGE_POOL_2D,   &BANTAM_RESHAPE,
      &BANTAM_FULLY_CONNECTED, &BANTAM_SOFTMAX,
  };
  DIGITS_ARENA(static, memory);
  bantam::Interpreter interpreter;
  const bantam::Span<const std::uint8_t> bytes(model.data(), model.size());
  bantam_status status = interpreter.init(bytes, ops, {memory, sizeof memory});
  const bantam::Span<std::int8_t> input = interpreter.input<std::int8_t>(0);
  for (std::int8_t &element : input) {
    element = DIGITS_INPUT0_ZERO_POINT;
  }
  if (status == BANTAM_OK) {
    status = interpreter.invoke();
  }
  const auto output = interpreter.output<std::int8_t>(0);
  const bool right = input.size() == DIGITS_INPUT0_LEN && output.size() == DIGITS_OUTPUT0_LEN &&
                     interpreter.output<float>(0).empty() &&
                     interpreter.arena_used_bytes() == DIGITS_ARENA_BYTES;

  DIGITS_ARENA(static, other);
  static digits_t digits;
  bool same = digits_init(&digits, &other, nullptr) == BANTAM_OK;
  for (int at = 0; same && at < DIGITS_INPUT0_LEN; at++) {
    digits_input0(&digits)[at] = DIGITS_INPUT0_ZERO_POINT;
  }
  same = same && digits_invoke(&digits, nullptr) == BANTAM_OK;
  for (std::size_t at = 0; same && at < output.size(); at++) {
    same = output[at] == digits_output0(&digits)[at];
  }
  std::printf("%s\n", status == BANTAM_OK && right && same ? "equal" : "different");
  return status == BANTAM_OK && right && same ? 0 : 1;
}
