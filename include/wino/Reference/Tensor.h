// Tensor: a value of the interpreter, in logical (NCHW) row-major order.
#ifndef WINO_REFERENCE_TENSOR_H
#define WINO_REFERENCE_TENSOR_H

#include "mlir/IR/BuiltinTypes.h"

#include <cstdint>
#include <type_traits>
#include <vector>

namespace wino {

/// f32 and f16 tensors use `f`, those of f16 hold numbers of binary16 only; all others (quantized and plain integers)
/// use `i`; the other vector is empty.
struct Tensor {
  std::vector<int64_t> shape;
  mlir::Type elementType;
  std::vector<float> f;
  std::vector<int32_t> i;

  Tensor() = default;
  /// All zeros, of the shape and element type of `type`.
  explicit Tensor(mlir::RankedTensorType type);

  bool isFloat() const { return elementType.isF32() || elementType.isF16(); }
  int64_t elements() const;

  template <typename T> std::vector<T> &data() {
    if constexpr (std::is_same_v<T, float>)
      return f;
    else
      return i;
  }
  template <typename T> const std::vector<T> &data() const { return const_cast<Tensor *>(this)->data<T>(); }
};

} // namespace wino

#endif
