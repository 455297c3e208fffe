// The error that one convolution makes by itself: its integers, everything around it float.
#ifndef WINO_TOOLS_COMMON_MEASURELAYER_H
#define WINO_TOOLS_COMMON_MEASURELAYER_H

#include "Accuracy.h"
#include "PipelineOptions.h"
#include "wino/Calibrate/LayerInputs.h"
#include "wino/Dialect/Winograd.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <optional>

namespace wino {

/// A module whose `@main` is `conv` alone, its filter and bias with it; `edit` gets that function and the copy.
mlir::OwningOpRef<mlir::ModuleOp> aloneInModule(Conv2DOp conv,
                                                llvm::function_ref<void(mlir::func::FuncOp, Conv2DOp)> edit);

/// What `conv` of a float graph with attached statistics makes of the maps in `inputs`, quantized alone with `tile`, on
/// the reference interpreter: one vector per image, at most `images`. Errors name the layer.
llvm::Expected<std::vector<std::vector<float>>> runLayerAlone(Conv2DOp conv, const TileSpec &tile,
                                                              const FeatureMaps &inputs, int64_t images,
                                                              const PipelineOptions &options,
                                                              std::shared_ptr<const LayerInputs> fitMaps = {});

/// `conv` of a float graph with attached statistics, quantized alone with `tile`, on the reference interpreter: energy
/// of its output and of the difference to the float network's. `inputs` and `outputs` are the maps that the float
/// network has before and behind the convolution on the same images; at most `images` of them are used. `fitMaps`: what
/// the compiler fits scales to, as in a whole compile; without, it predicts. Errors name the layer.
llvm::Expected<Energy> measureLayer(Conv2DOp conv, const TileSpec &tile, const FeatureMaps &inputs,
                                    const FeatureMaps &outputs, int64_t images, const PipelineOptions &options,
                                    std::shared_ptr<const LayerInputs> fitMaps = {});

/// The layer of `conv` as it stands in the integer network, run alone on the reference interpreter, measured as above;
/// what it makes may be a sum. `maps` has those of integerMapsOf. Nothing when the integer network has no such
/// convolution.
llvm::Expected<std::optional<Energy>> measureIntegerLayer(mlir::func::FuncOp integerMain, Conv2DOp conv,
                                                          const LayerInputs &maps, int64_t images);

/// The names of the maps that measureIntegerLayer needs for these convolutions of the float network: inputs and
/// outputs, sums that are formed in the layer, what is added there.
std::vector<std::string> integerMapsOf(mlir::func::FuncOp integerMain, llvm::ArrayRef<Conv2DOp> convs);

/// The op that ends the layer of this node among integers, and the quantized tensor that the layer reads; null where
/// there is none.
std::pair<mlir::Operation *, mlir::Value> integerLayer(mlir::func::FuncOp integerMain, llvm::StringRef node);

/// The names of the maps that measureLayer needs for these convolutions.
std::vector<std::string> mapsOf(llvm::ArrayRef<Conv2DOp> convs);

} // namespace wino

#endif
