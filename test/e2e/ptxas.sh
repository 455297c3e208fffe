#!/bin/sh
# Assembles the kernels of networks with NVIDIA's ptxas, for every chip: no errors, no spills, no stack.
#
# usage: ptxas.sh WINO_OPT WORKDIR. Exit code 77 (skipped) where there is no ptxas, in PATH or /usr/local/cuda/bin.
set -eu
wino_opt=$1
work=$2
data=$(cd "$(dirname "$0")/../data" && pwd)
ptxas=$(command -v ptxas || echo /usr/local/cuda/bin/ptxas)
if ! [ -x "$ptxas" ]; then
  echo "ptxas.sh: skipped: expected NVIDIA's ptxas in PATH or /usr/local/cuda/bin, got none"
  exit 77
fi
rm -rf "$work" && mkdir -p "$work"
printf 'conv_policy:\n  default: direct\n' > "$work/direct.yaml"
for tile in 2 4 6; do # 4 x 4, 6 x 6 and 8 x 8 values of a tile in registers
  printf 'conv_policy:\n  default: F(%s,3) taps=i8xi8\n' $tile > "$work/F$tile.yaml"
done
printf 'conv_policy:\n  default: F(4,3) taps=i16xi16\n' > "$work/words.yaml"
/usr/bin/python3 "$data/make_onnx.py" "$work/net.onnx" --images="$work/net.npy" --channels=80 --size=20 --count=4 > "$work/log"
"$wino_opt" "$work/net.onnx" --calib="$work/net.npy" --save-profile="$work/net.calib" --emit=plan -o "$work/plan.mlir"
for chip in sm_75 sm_80 sm_87 sm_90; do
  for form in direct.1 direct.3 F2.1 F2.0 F4.1 F4.2 F4.0 F6.1 F6.2 words.1; do # policy and ranges; 0: own tiles
    name=$form-$chip ranges=${form#*.} fuse=never
    [ $ranges -gt 0 ] || fuse=always
    "$wino_opt" "$work/net.onnx" --target=$chip --ranges=$ranges --fuse=$fuse --profile="$work/net.calib" --policy="$work/${form%.*}.yaml" --emit=asm -o "$work/$name.ptx"
    if ! "$ptxas" -v -arch=$chip "$work/$name.ptx" -o "$work/$name.cubin" > "$work/$name.log" 2>&1; then
      cat "$work/$name.log"
      echo "FAIL $name: expected PTX that ptxas takes"
      exit 1
    fi
    kernels=$(grep -c 'Compiling entry function' "$work/$name.log" || true)
    clean=$(grep -c '0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads' "$work/$name.log" || true)
    most=$(grep -o 'Used [0-9]* registers' "$work/$name.log" | sort -k2 -n | tail -1)
    echo "$name: $kernels kernels, $clean without stack and spills; $most at most"
    if [ "$kernels" -eq 0 ] || [ "$kernels" -ne "$clean" ]; then
      grep -B1 'spill' "$work/$name.log" | grep -v ' 0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads'
      echo "FAIL $name: expected no stack and no spills in any kernel"
      exit 1
    fi
  done
done
