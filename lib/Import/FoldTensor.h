// Private to the Import room: how folding allocates.
#ifndef WINO_LIB_IMPORT_FOLDTENSOR_H
#define WINO_LIB_IMPORT_FOLDTENSOR_H

#include "NodeArgs.h"

namespace wino {

/// A zeroed tensor paid for from the budget; null with a complaint when shape or budget forbid it.
std::shared_ptr<OnnxTensor> newTensor(NodeArgs &args, DType type, Shape dims);

} // namespace wino

#endif // WINO_LIB_IMPORT_FOLDTENSOR_H
