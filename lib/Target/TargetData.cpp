// The list of targets. Each processor's numbers are in its own file.
#include "wino/Target/TargetData.h"
#include "Targets.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace wino {

llvm::ArrayRef<const TargetData *> allTargets() {
  static const TargetData *const targets[] = {&cortexA53(), &cortexA55(), &cortexA76(), &neoverseN1(), &neoverseN2(),
                                              &hostX86(),   &sm75(),      &sm80(),      &sm87(),       &sm90()};
  return targets;
}

llvm::Expected<const TargetData *> findTarget(llvm::StringRef name) {
  for (const TargetData *target : allTargets())
    if (target->name == name)
      return target;
  std::string names =
      llvm::join(llvm::map_range(allTargets(), [](const TargetData *target) { return target->name.str(); }), ", ");
  return llvm::createStringError("expected a target among " + names + ", got '" + name + "'");
}

} // namespace wino
