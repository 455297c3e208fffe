#!/usr/bin/env bash
# Compiled models, the demo network among them, give the same bytes on a bare-metal board as under qemu's Linux emulation.
# usage: check.sh WINO_OPT WORKDIR
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
wino_opt=$1 work=$2
rm -rf "$work"
mkdir -p "$work"

# board NAME MODEL OPTIONS...: compiles MODEL, runs it on one input under qemu-aarch64, then on the board
board() {
  local name=$1 model=$2 upper elements
  shift 2
  upper=$(echo "$name" | tr '[:lower:]' '[:upper:]')
  "$wino_opt" "$model" --target=cortex-a53 --min-sqnr=-100 --name="$name" -o "$work/$name" "$@"
  aarch64-linux-gnu-gcc -std=c11 -O1 -Wall -Wextra -static -DModelPrefix="$name" -DModelUpper="$upper" \
    -DModelHeader="\"$(realpath "$work/$name/$name.h")\"" -o "$work/run_$name" "$here/../c/run_model.c" "$work/$name/lib$name.a"
  elements=$(awk -v macro="${upper}_INPUT0_ELEMENTS" '$2 == macro {print $3}' "$work/$name/$name.h")
  /usr/bin/python3 -c 'import sys; sys.stdout.buffer.write(bytes(i * 37 % 128 for i in range(int(sys.argv[1]))))' \
    "$elements" >"$work/$name.in"
  qemu-aarch64 -cpu cortex-a53 "$work/run_$name" "$work/$name.in" "$work/$name.expected"
  "$here/run.sh" "$work/$name" "$name" "$work/$name.in" "$work/$name.expected"
}
data=$here/../data
"$data/make_onnx.py" "$work/net.onnx" --images="$work/net.npy" --seed=5 --channels=16 --count=64
# under the default name, which is also that of test/c/model.h
board model "$work/net.onnx" --calib="$work/net.npy"
board resnet20 "$data/resnet20_cifar10.onnx" --calib="$data/calib_images.npy" --mean=0.4914,0.4822,0.4465 \
  --std=0.2470,0.2435,0.2616

# the comparison itself must be able to fail
/usr/bin/python3 - "$work/model.expected" <<'PYTHON'
import sys
with open(sys.argv[1], "r+b") as file:
    first = file.read(1)[0]
    file.seek(0)
    file.write(bytes([first ^ 1]))
PYTHON
if "$here/run.sh" "$work/model" model "$work/model.in" "$work/model.expected"; then
  echo "check.sh: expected the board to notice a wrong byte" >&2
  exit 1
fi
