// The gate by buckets: --max-drop holds for every class and every tag that has enough images to say so.
#ifndef WINO_TOOLS_WINO_OPT_BUCKETGATE_H
#define WINO_TOOLS_WINO_OPT_BUCKETGATE_H

#include "../common/AllButOne.h"
#include "../common/Comparison.h"
#include "Calibration.h"
#include "wino/Emit/Report.h"
#include "wino/Metrics/PairedDrop.h"
#include "wino/Metrics/TagFile.h"

namespace wino {

/// Buckets of these images: by class, then by the columns of tags (none of which is called so), all in one family.
/// Labels and tags are by image of the source, `classes` and `images` in the same order.
std::vector<Bucket> dropBuckets(llvm::ArrayRef<std::pair<size_t, size_t>> classes, llvm::ArrayRef<size_t> images,
                                llvm::ArrayRef<int64_t> labels, const Tags &tags);

/// Whether one of these buckets shows a drop beyond the budget that is not by chance (PairedDrop::judge).
bool missesBucket(llvm::ArrayRef<Bucket> buckets, double maxDrop);

/// Buckets with verdicts, and a note about those that are too small to judge.
void addBuckets(Report &report, llvm::ArrayRef<Bucket> buckets, double maxDrop);

/// The images of a bucket that only the float network gets right, at most `most`, the first ones.
std::vector<size_t> lostImages(const Bucket &bucket, llvm::ArrayRef<std::pair<size_t, size_t>> classes,
                               llvm::ArrayRef<size_t> images, llvm::ArrayRef<int64_t> labels, const Tags &tags,
                               size_t most);

/// Lost images, objects or detections of a bucket that layers are to answer for.
struct Blame {
  const Bucket &bucket;
  llvm::ArrayRef<size_t> images; ///< of the source, that show them
  uint64_t trials;               ///< how many these are
  /// How many of them are right with a layer of AllButOne::without in floats.
  llvm::function_ref<uint64_t(size_t layer, const AllButOne &measured)> recovered;
};

/// Leaves each convolution in floats, all others as integers, on these images: how much of the bucket it brings back
/// (LayerReport::recovered), and the outputs' SQNR there.
llvm::Error blameBucket(Report &report, const Blame &blame, mlir::func::FuncOp planned, mlir::func::FuncOp integers,
                        Calibration &calibration, unsigned threads, LeftOutObserver onOutputs = nullptr);

/// The same for the lost images of a bucket of classes.
llvm::Error blameForClasses(Report &report, const Bucket &bucket, llvm::ArrayRef<size_t> lost,
                            llvm::ArrayRef<int64_t> labels, mlir::func::FuncOp planned, mlir::func::FuncOp integers,
                            Calibration &calibration, unsigned threads);

/// "class=3 loses 12.50 points (16 of 128 images lost, 0 gained), expected at most 0.50; of 9 lost images of class=3
/// come back with one layer in floats: 5 by 'conv1' (F(4,3); F(4,3) i16xi16 instead adds 1234 cycles), ..". Empty where
/// no bucket misses the budget.
std::string guiltyForBucket(const Report &report);

} // namespace wino

#endif
