// Layers of the student: each computes its result for a batch of images and hands a gradient back (README, "Tuning a
// whole network"). A tensor is images x size numbers, each image in logical (NCHW) order.
#ifndef WINO_DISTILL_LAYER_H
#define WINO_DISTILL_LAYER_H

#include "wino/Calibrate/FilterTaps.h"
#include "wino/Calibrate/TileModel.h"
#include "wino/Numerics/FilterRefit.h"

namespace wino {

/// Numbers that are tuned; `unit` is the size of an ordinary one.
struct Parameter {
  std::vector<float> values, gradient;
  double unit = 1;
  std::vector<float> mean, square; ///< of the gradients so far, for Adam
};

class DistillLayer {
public:
  virtual ~DistillLayer() = default;

  /// `output`: images x size of the result, overwritten. `isTeacher`: with the filter that the layer was made with, and
  /// without rounding.
  virtual void forward(llvm::ArrayRef<const float *> inputs, float *output, size_t images, bool isTeacher) = 0;
  /// After the student's forward() on the same inputs: adds to the gradients of the inputs that are not null, and
  /// overwrites those of the parameters.
  virtual void backward(llvm::ArrayRef<const float *> inputs, const float *gradient, llvm::ArrayRef<float *> gradients,
                        size_t images) = 0;
  virtual std::vector<Parameter *> parameters() { return {}; }
  /// Fits scales to the numbers that the parameters have now.
  virtual void refit() {}
  /// Numbers held per image while a batch is under way.
  virtual size_t held() const { return 0; }
};

/// Convolution in the order of windows: its filter rounded per output channel to `limit` levels (0: not at all).
class WindowLayer : public DistillLayer {
public:
  WindowLayer(const WindowGeometry &geometry, size_t channelsOut, size_t groups, std::vector<float> filter,
              std::vector<float> bias, int limit, const ParallelLoop &forEach);

  void forward(llvm::ArrayRef<const float *> inputs, float *output, size_t images, bool isTeacher) override;
  void backward(llvm::ArrayRef<const float *> inputs, const float *gradient, llvm::ArrayRef<float *> gradients,
                size_t images) override;
  std::vector<Parameter *> parameters() override { return {&filter, &bias}; }
  void refit() override;
  size_t held() const override { return depth * geometry.outputs(); }

  Parameter filter, bias; ///< filter C_out x C_in / groups x kernel

protected:
  size_t inputSize() const { return size_t(geometry.channels * geometry.height * geometry.width); }

  /// Derivative in the bias: the sum over images and outputs.
  void sumBiasGradient(const float *gradient, size_t images);

  WindowGeometry geometry;    ///< channels: all of the input's
  size_t cOut, groups, depth; ///< depth: numbers that one output reads
  const ParallelLoop &forEach;

private:
  void gather(const float *input, size_t group, float *columns, bool turned) const;
  void scatter(const float *columns, size_t group, float *input) const;

  int limit;
  std::vector<float> teacherFilter, teacherBias, rounded, scales;
};

/// Convolution of stride 1 by rounded taps. The teacher's is the window form.
class TapLayer : public WindowLayer {
public:
  /// `quantizers`: limits and scales of U as in TileModel; those of V are fitted here, and those of O if it is rounded
  /// to `productBits` (0: it is not).
  TapLayer(const WindowGeometry &geometry, size_t channelsOut, std::vector<float> filter, std::vector<float> bias,
           TileMatrices matrices, TapQuantizers quantizers, int productBits, const ParallelLoop &forEach);

  void forward(llvm::ArrayRef<const float *> inputs, float *output, size_t images, bool isTeacher) override;
  void backward(llvm::ArrayRef<const float *> inputs, const float *gradient, llvm::ArrayRef<float *> gradients,
                size_t images) override;
  void refit() override;
  size_t held() const override;

private:
  /// Row and column of a tile's first output.
  std::pair<int64_t, int64_t> cornerOf(size_t tile) const {
    return {int64_t(tile / tilesX) * matrices.m, int64_t(tile % tilesX) * matrices.m};
  }
  template <typename Body> void forGroups(size_t images, size_t channels, Body body) const;
  /// Call body(element of the planes, element of the map) for every element of `count` tiles that lies on the map.
  template <typename Body> void forInputs(size_t first, size_t count, Body body) const;
  template <typename Body> void forOutputs(size_t first, size_t count, Body body) const;
  void transformInputs(const float *input, size_t images);
  void roundInputs(size_t tap, std::vector<float> &rounded) const;
  void roundProducts(size_t all);

  TileMatrices matrices;
  TapQuantizers quantizers;
  int productBits;
  std::vector<float> productScales; ///< K x K x C_out; none: to be fitted
  FilterTaps taps;
  size_t tilesY, tilesX;
  std::vector<float> u, o; ///< K x K x tiles of all images x channels; o: then the gradient there
};

/// y[i] = sum over the entries e of row i of factor[e] x[index[e]], or the largest x[index[e]]. Indices count through
/// the inputs, one after the other. Sums, concatenation, pools, and every op that moves elements.
class SparseLayer : public DistillLayer {
public:
  struct Rows {
    std::vector<size_t> starts = {0}; ///< of the rows' entries, and the end
    std::vector<size_t> indices;
    std::vector<float> factors; ///< of a sum; empty: all 1
    std::vector<float> offsets; ///< per row; empty: 0
    bool isMaximum = false;
  };
  SparseLayer(Rows rows, std::vector<size_t> inputSizes, const ParallelLoop &forEach);

  void forward(llvm::ArrayRef<const float *> inputs, float *output, size_t images, bool isTeacher) override;
  void backward(llvm::ArrayRef<const float *> inputs, const float *gradient, llvm::ArrayRef<float *> gradients,
                size_t images) override;

private:
  size_t largest(llvm::ArrayRef<const float *> inputs, size_t image, size_t row) const;
  float at(llvm::ArrayRef<const float *> inputs, size_t image, size_t entry) const {
    return inputs[owner[entry]][image * inputSizes[owner[entry]] + local[entry]];
  }

  Rows rows;
  std::vector<size_t> inputSizes, owner, local; ///< of each entry: which input, which element of it
  const ParallelLoop &forEach;
};

} // namespace wino

#endif
