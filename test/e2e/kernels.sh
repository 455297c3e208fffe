#!/bin/sh
# The demo network compiled for a GPU: its kernels, emulated, give the interpreter's bytes on two images.
# usage: kernels.sh WINO_OPT WINO_RUN WORKDIR
set -eu
wino_opt=$1 wino_run=$2 work=$3
data=$(cd "$(dirname "$0")/../data" && pwd)
rm -rf "$work" && mkdir -p "$work"
"$wino_opt" "$data/resnet20_cifar10.onnx" --target=sm_80 --calib="$data/calib_images.npy" --mean=0.4914,0.4822,0.4465 \
  --std=0.2470,0.2435,0.2616 --name=resnet20 -o "$work/out" </dev/null
"$wino_run" "$work/out" --images="$data/test_images.npy" --count=2 --target=ptx-emulated | tee "$work/log"
grep -q '^bit-exact: 2/2 images$' "$work/log"
