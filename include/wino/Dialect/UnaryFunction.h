// UnaryFunction: the one table of elementwise functions of one argument. Import finds ONNX operators in it, the
// reference and the tables of integers take their values from it.
#ifndef WINO_DIALECT_UNARYFUNCTION_H
#define WINO_DIALECT_UNARYFUNCTION_H

#include "wino/Dialect/Winograd.h"

namespace wino {

/// One ActivationKind.
struct UnaryFunction {
  ActivationKind kind;
  /// The function in binary64 with its parameters. Outside of its domain NaN or an infinity, as C has it.
  double (*value)(double x, double lo, double hi);
  bool neverNegative; ///< whatever x, lo and hi are
  /// ONNX operator whose only input is x, and what its attributes are called that hold lo and hi; empty where it has
  /// none.
  llvm::StringLiteral onnx, loName, hiName;
  float lo, hi; ///< what ONNX takes where the attributes are left out
  int since;    ///< first opset with this operator, at least 7
};

/// Every kind once.
llvm::ArrayRef<UnaryFunction> unaryFunctions();
const UnaryFunction &functionOf(ActivationKind kind);
/// The row of an ONNX operator; null if there is none.
const UnaryFunction *findFunction(llvm::StringRef onnx);

/// The activation's value in binary64.
double valueAt(ActivationAttr activation, double x);
/// Whether no argument gives a number below 0.
bool cannotBeNegative(ActivationAttr activation);

} // namespace wino

#endif // WINO_DIALECT_UNARYFUNCTION_H
