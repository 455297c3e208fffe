// Isa: the few operations whose best instruction differs between targets. Each states its integer meaning; every target
// must give the same bits (README, rule 1). NEON and x86 implement it in their own pass folders.
#ifndef WINO_LOWER_KERNELS_ISA_H
#define WINO_LOWER_KERNELS_ISA_H

#include "Lower/Kernels/Grid.h"
#include "Lower/Kernels/Split.h"
#include "wino/Numerics/TransformDag.h"

#include <functional>

namespace wino {

/// How register blocks take 8-bit filters: [outputs / columns][depth / run][columns][run].
struct FilterForm {
  int64_t columns = 4, run = 16;
};

/// How the target multiplies floats: vectors of `lanes`; `byLane` with fma by one lane of a vector, 32 registers.
struct FloatForm {
  int64_t lanes = 4;
  bool byLane = true;
  bool multipliesHalves = false;  ///< fused products of eight halves; else they are made of binary32
  const class Isa *isa = nullptr; ///< has floatProducts; null: none
};

/// s_rf = start_f, then s_rf = fma(a_ri, w_if, s_rf) over i, for blocks of `rows` rows x `columns` output channels. a:
/// `runs` runs of `run` inputs that lie together, f32 or binary16. w: [input][column] of the same type. start: f32, or
/// zeros. s: f32.
struct FloatProducts {
  int64_t rows, columns; // columns: a multiple of 4
  int64_t runs, run;
  int64_t rowBytes, runBytes; // from one row of a to the next, from one run of a row to the next
  int64_t outBytes;           // from one row of s to the next
  bool isHalf, hasStart;
};

/// O_tf = round(sum_c U_tc V_cf 2^pre M_f) for every tap and the tiles of a block, in register blocks of `rows` tiles x
/// `columns` output channels. U: [tap][tile][depth] i8 or i16. V: [tap] packFilter8 or packFilter16. M: [tap][channel]
/// i32. O: [tap][tile][channel] i32. Taps of U and O are `inputTap` and `outputTap` bytes apart.
struct TapProducts {
  bool bytes;             // i8 operands, else i16
  int64_t taps, channels; // channels: a multiple of columns
  int64_t rows, columns;  // 4 x those of filterForm for i8; 8 x 8 or 4 x 16 for i16
  int64_t depth;          // a multiple of 16 for i8, of 8 for i16
  int64_t productsInLane; // how many products of i8 fit a 16-bit lane: 2, or 4 where filters have at most 7 bits
  int64_t pre;            // left shift before the multiplier
  int64_t outputRow;      // bytes from one tile of O to the next
  int64_t inputTap, outputTap;
};

/// The last steps of a layer with 8-bit results: clamp(rshr(. , shift), lo, hi).
struct Narrowing {
  int64_t shift, lo, hi;
  bool isUnsigned;
  bool isWide = false; // results of two bytes: in the head of a network

  /// Whether saturation to the byte alone does not keep to the bound.
  bool clampsLow() const { return lo > (isUnsigned ? 0 : -128); }
  bool clampsHigh() const { return hi < (isUnsigned ? 255 : 127); }
};

/// What is added to a result before it is narrowed: r M, r of 8 bits that lie as the result does.
struct Residual {
  int64_t multiplier; ///< in [0, 32767]
  bool isUnsigned;    ///< r is u8, else i8
};

/// y_pf = narrow((sum_i a_pi w_fi + bias_f) 2^pre M_f) for blocks of `rows` pixels x the columns of filterForm. a:
/// [pixel][depth] i8 or u8. w: packFilter8. Constants: per 4 channels 4 biases, then 4 M, i32. y: bytes, `pixel` from
/// one pixel to the next.
struct DirectProducts {
  int64_t channels; // a multiple of the columns
  int64_t stored;   // of those of a block; others are computed and dropped
  int64_t rows;     // 4, or 1
  int64_t depth;    // a multiple of 16
  int64_t pre, pixel;
  Narrowing narrowing;
  bool isUnsigned; // a
  std::optional<Residual> residual = {};
};

/// Input transform of one tile, all channels: U_ij = requant_ij(B^T (x << prescale) B), eight channels at a time in
/// 16-bit lanes, columns first.
struct InputTile {
  const TransformDag &down, &across; // n -> K, of columns and of rows
  bool isUnsigned;                   // x is u8, else i8
  int64_t prescale;
  int64_t pixel;    // bytes from one pixel to the next
  int64_t groups;   // of eight channels
  int64_t tapBytes; // from one tap of U to the next; elements i8 or, if `multipliers` is empty, i16
  llvm::ArrayRef<int32_t> multipliers, shifts; // per tap: narrowTap(mulhi16(u, multiplier), shift)
  int64_t limit;                               // of |u| as i8: clamped to [-limit - 1, limit]
};

/// Output transform of one tile: y = narrow8(A^T O A + bias), four channels at a time in 32-bit lanes, columns first.
struct OutputTile {
  const TransformDag &down, &across; // K -> m, of columns and of rows
  int64_t pixel;                     // bytes from one pixel of the map to the next
  int64_t groups;                    // of four channels
  int64_t tapBytes;                  // from one tap of O, i32, to the next
  Narrowing narrowing;
  std::optional<Residual> residual = {};
};

struct DepthwiseConvolution;
struct DirectConvolution;
struct WinogradConvolution;
struct WeightedSum;

/// A layer in a form of the target's own: constants as they lie in memory, and code on the pointers input, output,
/// constants, scratch. Its numbers follow from the layer alone.
struct OwnLayer {
  using Emit = std::function<void(Kernel &, mlir::ValueRange, const Part &)>;
  std::vector<std::vector<char>> constants;
  Emit emit;
  Split split = {};
  /// A Winograd layer that is shared by channels: its tiles, those of a block, and what emitWinogradInput and
  /// emitWinogradOutput (Convolution.h) do, on input, output, constants, U, number of the first tile, the worker's own.
  int64_t tileCount = 0, blockTiles = 0;
  Emit emitInput = {}, emitOutput = {};
  /// Instead of `emit`, on a device: kernels one after the other, all with the same operands. Without a shape, loops
  /// are threads (Grid.h).
  struct Launch {
    std::string name;
    std::optional<LaunchShape> shape;
    Emit emit;
  };
  std::vector<Launch> launches = {};

  template <typename T> void addConstant(const std::vector<T> &values) {
    auto bytes = reinterpret_cast<const char *>(values.data());
    constants.emplace_back(bytes, bytes + values.size() * sizeof(T));
  }
};

/// Integers of a Winograd layer as the graph has them: V [tap][output][input], bias [output], M [tap][output].
struct WinogradTaps {
  int64_t outputs, inputs;
  std::vector<int16_t> filters;
  std::vector<int32_t> bias;
  llvm::ArrayRef<int32_t> multipliers;
  llvm::ArrayRef<int32_t> perTap = {}, perChannel = {}; ///< of narrowed products
};

class Isa {
public:
  virtual ~Isa() = default;

  /// A device of many threads: every layer is one or more launches, direct and Winograd layers are all its own.
  virtual bool isDevice() const { return false; }

  /// What a target is called that plans the arena for layers of its own form; empty: the shared forms.
  virtual llvm::StringRef arenaTarget() const { return ""; }
  /// Whole layers and loops that the target writes itself, none (false) where it leaves them to the shared emitters.
  /// filter: [output][input][row][column]; bias and multipliers per output.
  virtual std::optional<OwnLayer> ownDirect(const DirectConvolution &, llvm::ArrayRef<int8_t> filter,
                                            llvm::ArrayRef<int32_t> bias, llvm::ArrayRef<int32_t> multipliers) const {
    return std::nullopt;
  }
  virtual std::optional<OwnLayer> ownWinograd(const WinogradConvolution &, const WinogradTaps &) const {
    return std::nullopt;
  }
  virtual bool ownSum(Kernel &, const WeightedSum &, int64_t bytes, mlir::ValueRange inputs, mlir::Value output) const {
    return false;
  }

  virtual FloatForm floatForm() const { return {}; }
  /// Operands: a, w, start (anything where there is none), s, blocks of rows (at least 1).
  virtual std::optional<Assembly> floatProducts(const FloatProducts &) const { return std::nullopt; }
  /// Of tapProducts with bytes and of directProducts.
  virtual FilterForm filterForm() const { return {}; }
  /// Whether directProducts takes a of u8.
  virtual bool multipliesUnsigned() const { return false; }
  /// Forms of whole stages that the target writes itself, none where it leaves them to the operations below.
  /// Operands: U, V, multipliers, O, register blocks of tiles (at least 1).
  virtual std::optional<Assembly> tapProducts(const TapProducts &) const { return std::nullopt; }
  /// Operands: a, w, constants, y, blocks of pixels (at least 1); with a residual, how many bytes behind y it lies.
  virtual std::optional<Assembly> directProducts(const DirectProducts &) const { return std::nullopt; }
  /// Operands: table, room for a vector per tap, bytes between rows of x, x, U.
  virtual std::optional<Assembly> inputTile(const InputTile &) const { return std::nullopt; }
  /// Operands: table, room for a vector per tap, bytes between rows of y, O, y, bias; with a residual, how many bytes
  /// behind y it lies.
  virtual std::optional<Assembly> outputTile(const OutputTile &) const { return std::nullopt; }

  /// Sixteen channels of one row of the output. Operands: their weights [tap][channel], bias, multipliers, output, then
  /// for each row of the window where the first window starts in the ring.
  virtual std::optional<Assembly> depthwiseRow(const DepthwiseConvolution &) const { return std::nullopt; }
  /// The first `bytes` elements, a multiple of 64. Operands: those of the sum, result.
  virtual std::optional<Assembly> weightedSum(const WeightedSum &, int64_t bytes) const { return std::nullopt; }

  /// mulhi16 / mulhi32 of FixedPoint.h on 8 x i16 and 4 x i32 lanes.
  virtual mlir::Value mulhi16(Kernel &k, mlir::Value a, mlir::Value b) const = 0;
  virtual mlir::Value mulhi32(Kernel &k, mlir::Value a, mlir::Value b) const = 0;

  /// Type of a dot product's partial sums; the lanes add up to the value.
  virtual mlir::VectorType dotType(Kernel &k) const = 0;
  /// acc + a . b over 16 x i8, |a| <= 128, |b| <= 127 (two products fit 16 bits).
  virtual mlir::Value dot16(Kernel &k, mlir::Value acc, mlir::Value a, mlir::Value b) const = 0;
  /// The four totals of four partial sums, as 4 x i32.
  virtual mlir::Value sum4(Kernel &k, mlir::Value a, mlir::Value b, mlir::Value c, mlir::Value d) const = 0;

  /// clamp(rshr(x, shift), lo, hi) of two 4 x i32 as 8 x i8; 1 <= shift <= 16; [lo, hi] within i8 or, if isUnsigned,
  /// u8.
  virtual mlir::Value narrow8(Kernel &k, mlir::Value low, mlir::Value high, int64_t shift, int64_t lo, int64_t hi,
                              bool isUnsigned) const = 0;
  /// rshr(x, shift) of two 4 x i32 as 8 x i16, saturated; 1 <= shift <= 16.
  virtual mlir::Value narrow16(Kernel &k, mlir::Value low, mlir::Value high, int64_t shift) const = 0;
  /// sat8(rshr(x, shift)) of 8 x i16 as 8 x i8; 0 <= shift <= 15.
  virtual mlir::Value narrowTap(Kernel &k, mlir::Value x, int64_t shift) const = 0;
};

} // namespace wino

#endif
