/* Bantam for C++17: bantam.h in a class, without exceptions and without a heap. See docs/c.md. */
#ifndef BANTAM_HPP
#define BANTAM_HPP

#include "bantam.h"

#include <array>
#include <cstdint>

namespace bantam {

/* Bytes or elements that somebody else keeps. */
template <typename T>
class Span {
 public:
  constexpr Span() noexcept = default;
  constexpr Span(T *data, std::size_t size) noexcept : data_(data), size_(size) {}

  constexpr T *data() const noexcept { return data_; }
  constexpr std::size_t size() const noexcept { return size_; }
  constexpr bool empty() const noexcept { return size_ == 0; }
  constexpr T &operator[](std::size_t index) const noexcept { return data_[index]; }
  constexpr T *begin() const noexcept { return data_; }
  constexpr T *end() const noexcept { return data_ + size_; }

 private:
  T *data_ = nullptr;
  std::size_t size_ = 0;
};

/* The type of a tensor whose elements are T. */
template <typename T>
inline constexpr std::int32_t type_of = -1;
template <>
inline constexpr std::int32_t type_of<float> = BANTAM_TYPE_FLOAT32;
template <>
inline constexpr std::int32_t type_of<double> = BANTAM_TYPE_FLOAT64;
template <>
inline constexpr std::int32_t type_of<bool> = BANTAM_TYPE_BOOL;
template <>
inline constexpr std::int32_t type_of<std::int8_t> = BANTAM_TYPE_INT8;
template <>
inline constexpr std::int32_t type_of<std::uint8_t> = BANTAM_TYPE_UINT8;
template <>
inline constexpr std::int32_t type_of<std::int16_t> = BANTAM_TYPE_INT16;
template <>
inline constexpr std::int32_t type_of<std::uint16_t> = BANTAM_TYPE_UINT16;
template <>
inline constexpr std::int32_t type_of<std::int32_t> = BANTAM_TYPE_INT32;
template <>
inline constexpr std::int32_t type_of<std::uint32_t> = BANTAM_TYPE_UINT32;
template <>
inline constexpr std::int32_t type_of<std::int64_t> = BANTAM_TYPE_INT64;
template <>
inline constexpr std::int32_t type_of<std::uint64_t> = BANTAM_TYPE_UINT64;

/* A model that is ready to run, or not yet. It cannot be copied or moved. */
class Interpreter {
 public:
  Interpreter() noexcept = default;
  Interpreter(const Interpreter &) = delete;
  Interpreter &operator=(const Interpreter &) = delete;

  /* bantam_init. */
  template <std::size_t N>
  bantam_status init(Span<const std::uint8_t> model, const std::array<const bantam_op *, N> &ops,
                     Span<std::uint8_t> arena, bantam_error *error = nullptr) noexcept {
    return bantam_init(&handle_, model.data(), model.size(), ops.data(), N, arena.data(),
                       arena.size(), error);
  }

  /* bantam_invoke. */
  bantam_status invoke(bantam_error *error = nullptr) noexcept {
    return bantam_invoke(&handle_, error);
  }

  /* bantam_step. */
  bantam_status step(bantam_error *error = nullptr) noexcept {
    return bantam_step(&handle_, error);
  }

  /* bantam_reset. */
  bantam_status reset(bantam_error *error = nullptr) noexcept {
    return bantam_reset(&handle_, error);
  }

  /* Input `index`; empty if there is none, or if its elements are not T. */
  template <typename T>
  Span<T> input(std::size_t index) noexcept {
    std::size_t bytes = 0;
    void *data = is<T>(BANTAM_INPUT, index) ? bantam_input(&handle_, index, &bytes) : nullptr;
    return span<T>(static_cast<T *>(data), bytes);
  }

  /* Output `index`; empty if there is none, if its elements are not T, or if it is a constant of a
   * model that is not aligned for them. */
  template <typename T>
  Span<const T> output(std::size_t index) const noexcept {
    std::size_t bytes = 0;
    const void *data =
        is<T>(BANTAM_OUTPUT, index) ? bantam_output(&handle_, index, &bytes) : nullptr;
    return span<const T>(static_cast<const T *>(data), bytes);
  }

  /* bantam_arena_used_bytes. */
  std::size_t arena_used_bytes() const noexcept { return bantam_arena_used_bytes(&handle_); }

  /* For the other functions of bantam.h. */
  bantam_interpreter *handle() noexcept { return &handle_; }

 private:
  template <typename T>
  static Span<T> span(T *data, std::size_t bytes) noexcept {
    const bool aligned = reinterpret_cast<std::uintptr_t>(data) % alignof(T) == 0;
    return data != nullptr && aligned ? Span<T>(data, bytes / sizeof(T)) : Span<T>();
  }

  template <typename T>
  bool is(bantam_port port, std::size_t index) const noexcept {
    bantam_tensor_info info;
    return bantam_tensor(&handle_, port, index, &info) == BANTAM_OK && info.type == type_of<T>;
  }

  bantam_interpreter handle_{};
};

}  // namespace bantam

#endif
