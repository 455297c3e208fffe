// What Winograd emitters of every target share: code of a 1-D transform, and where a tile lies.
#include "Lower/Kernels/Convolution.h"

using namespace mlir;

namespace wino {

Kernel::Values emitDag(Kernel &k, const TransformDag &dag, const Kernel::Values &inputs, MulHigh mulhi16,
                       MulHigh mulhi32) {
  Kernel::Values values;
  Type type = inputs.front().getType();
  for (const TransformDag::Node &node : dag.nodes) {
    auto constant = [&] { return k.constant(type, node.imm); };
    switch (node.op) {
    case TransformDag::Op::Input: values.push_back(inputs[node.a]); break;
    case TransformDag::Op::Add: values.push_back(k.add(values[node.a], values[node.b])); break;
    case TransformDag::Op::Sub: values.push_back(k.sub(values[node.a], values[node.b])); break;
    case TransformDag::Op::Shl: values.push_back(k.shl(values[node.a], node.imm)); break;
    case TransformDag::Op::MulInt: values.push_back(k.mul(values[node.a], constant())); break;
    case TransformDag::Op::MulQ15: values.push_back(mulhi16(values[node.a], constant())); break;
    case TransformDag::Op::MulQ31: values.push_back(mulhi32(values[node.a], constant())); break;
    }
  }
  Kernel::Values outputs;
  for (int id : dag.outputs)
    outputs.push_back(id < 0 ? k.constant(type, 0) : values[id]);
  return outputs;
}

TilePosition locateTile(Kernel &k, Value tile, int64_t rows, int64_t columns) {
  auto divide = [&](Value a, int64_t d) { return k.b.create<arith::DivUIOp>(a, k.index(d)).getResult(); };
  Value row = divide(tile, columns), image = divide(row, rows), column = k.sub(tile, k.mul(row, columns));
  return {image, k.sub(row, k.mul(image, rows)), column};
}

} // namespace wino
