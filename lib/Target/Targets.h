// One function per data file of this room; TargetData.cpp lists them.
#ifndef WINO_LIB_TARGET_TARGETS_H
#define WINO_LIB_TARGET_TARGETS_H

#include "wino/Target/TargetData.h"

namespace wino {

const TargetData &cortexA53();
const TargetData &cortexA55();
const TargetData &cortexA76();
const TargetData &neoverseN1();
const TargetData &neoverseN2();
const TargetData &hostX86();
const TargetData &sm75();
const TargetData &sm80();
const TargetData &sm87();
const TargetData &sm90();

} // namespace wino

#endif
