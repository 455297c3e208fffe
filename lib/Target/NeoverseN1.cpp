// Neoverse N1 (ARMv8.2, out of order, sdot): numbers only. The Cortex-A76's pipeline with a server's caches;
// predictions, as there.
#include "Targets.h"

namespace wino {

const TargetData &neoverseN1() {
  static const TargetData target = [] {
    TargetData t = cortexA76();
    t.name = "neoverse-n1";
    t.cpu = "neoverse-n1";
    t.qemuCpu = "neoverse-n1";
    return t;
  }();
  return target;
}

} // namespace wino
