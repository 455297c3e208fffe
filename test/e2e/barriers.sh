#!/bin/sh
# Every barrier, wait and commit in the kernels of a small network is needed, and the emulator sees when one is missing.
# usage: barriers.sh WINO_OPT WINO_TEST_BARRIERS WORKDIR
set -eu
wino_opt=$1 barriers=$2 work=$3
data=$(cd "$(dirname "$0")/../data" && pwd)
rm -rf "$work" && mkdir -p "$work"
/usr/bin/python3 -B "$data/make_onnx.py" "$work/net.onnx" --images="$work/net.npy" --channels=80 --size=8 --count=4 > "$work/log"
printf 'conv_policy:\n  default: direct\n' > "$work/direct.yaml" # a layer of 12 steps
printf 'conv_policy:\n  default: F(2,3) taps=i8xi8\n  overrides:\n    - layers: ["conv1"]\n      algo: direct\n' > "$work/mixed.yaml"
for policy in direct mixed; do
  ranges=1
  [ $policy = mixed ] || ranges=2 # of six steps each
  "$wino_opt" "$work/net.onnx" --target=sm_80 --calib="$work/net.npy" --policy="$work/$policy.yaml" --min-sqnr=-100 --name=net \
    -o "$work/$policy" > "$work/log"
  "$barriers" "$work/$policy/net.quant.mlirbc" $ranges
  [ $policy = direct ] || "$barriers" "$work/$policy/net.quant.mlirbc" 0
done
