#!/usr/bin/env bash
# A compiled model gives the same bytes on a bare-metal board as under qemu's Linux emulation.
# usage: check.sh WINO_OPT WORKDIR
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
wino_opt=$1 work=$2
rm -rf "$work"
mkdir -p "$work"

"$here/../data/make_onnx.py" "$work/net.onnx" --images="$work/net.npy" --seed=5 --channels=16 --count=64
"$wino_opt" "$work/net.onnx" --target=cortex-a53 --calib="$work/net.npy" --min-sqnr=-100 --name=net -o "$work/net"
aarch64-linux-gnu-gcc -std=c11 -O1 -Wall -Wextra -static -DMODEL=net -DMODEL_UPPER=NET -DMODEL_HEADER='"net.h"' \
  -I "$work/net" -o "$work/run_model" "$here/../c/run_model.c" "$work/net/libnet.a"
elements=$(awk '$2 == "NET_INPUT0_ELEMENTS" {print $3}' "$work/net/net.h")
/usr/bin/python3 -c 'import sys; sys.stdout.buffer.write(bytes(i * 37 % 128 for i in range(int(sys.argv[1]))))' \
  "$elements" >"$work/input.bin"
qemu-aarch64 -cpu cortex-a53 "$work/run_model" "$work/input.bin" "$work/expected.bin"
"$here/run.sh" "$work/net" net "$work/input.bin" "$work/expected.bin"

# the comparison itself must be able to fail
/usr/bin/python3 - "$work/expected.bin" <<'PYTHON'
import sys
with open(sys.argv[1], "r+b") as file:
    first = file.read(1)[0]
    file.seek(0)
    file.write(bytes([first ^ 1]))
PYTHON
if "$here/run.sh" "$work/net" net "$work/input.bin" "$work/expected.bin"; then
  echo "check.sh: expected the board to notice a wrong byte" >&2
  exit 1
fi
