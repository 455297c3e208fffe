// What the 32 lanes of a warp do together, by the fragment tables of the PTX ISA.
#include "BlockRunner.h"

#include "llvm/Support/ErrorHandling.h"

#include <cstring>

using namespace llvm;

namespace wino {

static int32_t byteOf(int64_t registers, int index, bool isUnsigned) {
  auto byte = uint8_t(uint32_t(registers) >> (8 * index));
  return isUnsigned ? byte : int8_t(byte);
}

/// D = A B + C on matrices put together from fragments: `fragments[lane]` are its slots. In every table a lane has
/// groupID = lane / 4 and threadID_in_group = lane % 4.
static void multiply(ArrayRef<int64_t *> lanes, int m, int k, bool isUnsigned) {
  int32_t a[16][32], b[32][8];
  int32_t c[16][8];
  int aRegisters = m * k / 128, bRegisters = k * 8 / 128, sums = m * 8 / 32;
  for (int lane = 0; lane < 32; ++lane) {
    const int64_t *slot = lanes[lane];
    int group = lane / 4, thread = lane % 4;
    // A, a_i with 4 elements per register. m16n8k32: row = groupID for i < 4 and 8 <= i < 12, else groupID + 8; column
    // = thread * 4 + (i & 3), + 16 for i >= 8. m8n8k16: the first four of these.
    for (int i = 0; i < 4 * aRegisters; ++i) {
      int row = i < 4 || (i >= 8 && i < 12) ? group : group + 8;
      a[row][thread * 4 + (i & 3) + (i >= 8 ? 16 : 0)] = byteOf(slot[i / 4], i % 4, isUnsigned);
    }
    // B: row = thread * 4 + (i & 3), + 16 for i >= 4; column = groupID.
    for (int i = 0; i < 4 * bRegisters; ++i)
      b[thread * 4 + (i & 3) + (i >= 4 ? 16 : 0)][group] = byteOf(slot[aRegisters + i / 4], i % 4, false);
    // C: row = groupID for i < 2, else groupID + 8; column = thread * 2 + (i & 1).
    for (int i = 0; i < sums; ++i)
      c[i < 2 ? group : group + 8][thread * 2 + (i & 1)] = int32_t(slot[aRegisters + bRegisters + i]);
  }
  for (int row = 0; row < m; ++row)
    for (int column = 0; column < 8; ++column)
      for (int i = 0; i < k; ++i)
        c[row][column] = int32_t(uint32_t(c[row][column]) + uint32_t(a[row][i] * b[i][column]));
  for (int lane = 0; lane < 32; ++lane)
    for (int i = 0; i < sums; ++i)
      lanes[lane][aRegisters + bRegisters + sums + i] = c[i < 2 ? lane / 4 : lane / 4 + 8][lane % 4 * 2 + (i & 1)];
}

/// Matrix n has its eight rows of 16 bytes at the addresses of lanes 8 n to 8 n + 7; lane l gets bytes 4 (l % 4) to + 3
/// of row l / 4.
static void loadMatrices(ArrayRef<int64_t *> lanes, int count) {
  int64_t rows[32];
  for (int lane = 0; lane < 32; ++lane)
    rows[lane] = lanes[lane][0];
  for (int lane = 0; lane < 32; ++lane)
    for (int n = 0; n < count; ++n) {
      uint32_t word;
      std::memcpy(&word, reinterpret_cast<const char *>(rows[8 * n + lane / 4]) + lane % 4 * 4, 4);
      lanes[lane][1 + n] = int64_t(word);
    }
}

void executeWarp(DeviceOp op, ArrayRef<int64_t *> lanes) {
  switch (op) {
  case DeviceOp::Mma16832: return multiply(lanes, 16, 32, false);
  case DeviceOp::Mma16832Unsigned: return multiply(lanes, 16, 32, true);
  case DeviceOp::Mma8816: return multiply(lanes, 8, 16, false);
  case DeviceOp::Mma8816Unsigned: return multiply(lanes, 8, 16, true);
  case DeviceOp::LoadMatrix4: return loadMatrices(lanes, 4);
  default: llvm_unreachable("not an operation of a warp");
  }
}

} // namespace wino
