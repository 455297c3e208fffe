#!/bin/sh
# The demo network compiled for a GPU, and ResNet-8 where the shared models are: their kernels, emulated, give the
# interpreter's bytes on two images.
# usage: kernels.sh WINO_OPT WINO_RUN WORKDIR
set -eu
wino_opt=$1 wino_run=$2 work=$3
data=$(cd "$(dirname "$0")/../data" && pwd)
shared=${WINO_SHARED:-$data/../../../shared}
rm -rf "$work" && mkdir -p "$work"
check() { # check NAME IMAGES: two images
  "$wino_run" "$work/$1" --images="$2" --count=2 --target=ptx-emulated | tee "$work/$1.log"
  grep -q '^bit-exact: 2/2 images$' "$work/$1.log"
}
"$wino_opt" "$data/resnet20_cifar10.onnx" --target=sm_80 --calib="$data/calib_images.npy" --mean=0.4914,0.4822,0.4465 \
  --std=0.2470,0.2435,0.2616 --name=resnet20 -o "$work/resnet20" </dev/null
check resnet20 "$data/test_images.npy"
if [ -f "$shared/models/resnet8_bn_b1.onnx" ]; then
  "$wino_opt" "$shared/models/resnet8_bn_b1.onnx" --target=sm_90 --calib="$data/calib_images.npy" --scale=1 --name=resnet8 \
    -o "$work/resnet8" </dev/null
  check resnet8 "$data/test_images.npy"
fi
