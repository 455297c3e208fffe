// Private to the Import room: operators computed at import because all that they read is known.
#ifndef WINO_LIB_IMPORT_FOLDCONSTANTS_H
#define WINO_LIB_IMPORT_FOLDCONSTANTS_H

#include "NodeArgs.h"

namespace wino {

/// One evaluator per kind of operator; every input is constant (foldShape: its shape is known). Null with a complaint.
TensorPtr foldShape(NodeArgs &args);
TensorPtr foldSize(NodeArgs &args);
TensorPtr foldConstant(NodeArgs &args);
TensorPtr foldConstantOfShape(NodeArgs &args);
TensorPtr foldRange(NodeArgs &args);
TensorPtr foldCast(NodeArgs &args);
TensorPtr foldBinary(NodeArgs &args);   ///< Add, Sub, Mul, Div
TensorPtr foldFunction(NodeArgs &args); ///< Relu, Exp, ...: f32 only
TensorPtr foldGather(NodeArgs &args);
TensorPtr foldConcat(NodeArgs &args);
TensorPtr foldReshape(NodeArgs &args); ///< Reshape, Flatten, Squeeze, Unsqueeze
TensorPtr foldTranspose(NodeArgs &args);
TensorPtr foldSlice(NodeArgs &args);
TensorPtr foldExpand(NodeArgs &args);
TensorPtr foldIdentity(NodeArgs &args);

} // namespace wino

#endif // WINO_LIB_IMPORT_FOLDCONSTANTS_H
