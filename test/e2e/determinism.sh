#!/usr/bin/env bash
# Same input, same bytes: every output file of wino-opt over two runs, two folders and 1 and 2 threads, for both targets, and
# for libraries of one and of four workers.
# usage: determinism.sh WINO_OPT WORKDIR
# WINO_FULL=1: all calibration images instead of 24.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
data=$here/../data
wino_opt=$1
work=$2
rm -rf "$work"
mkdir -p "$work/here" "$work/else where/deep"
cp "$data/resnet20_cifar10.onnx" "$work/else where/deep/"
if [ "${WINO_FULL:-0}" = 1 ]; then
  cp "$data/calib_images.npy" "$work/images.npy"
else
  (cd "$here" && /usr/bin/python3 -B -c 'import sys, images; images.first(sys.argv[1], sys.argv[2], 24)' \
    "$data/calib_images.npy" "$work/images.npy")
fi
cp "$work/images.npy" "$work/else where/"

# compile TARGET MODEL IMAGES OUT THREADS [WORKERS]
compile() {
  "$wino_opt" "$2" --target="$1" --calib="$3" --mean=0.4914,0.4822,0.4465 --std=0.2470,0.2435,0.2616 \
    --threads="$5" ${6:+--max-workers=$6} --name=net --save-profile="$4.calib" -o "$4" </dev/null
}
for target in cortex-a53 x86-64; do
  cd "$work/here"
  compile $target "$data/resnet20_cifar10.onnx" "$work/images.npy" "$target.1" 1
  compile $target "$data/resnet20_cifar10.onnx" "$work/images.npy" "$target.2" 1
  compile $target "$data/resnet20_cifar10.onnx" "$work/images.npy" "$target.3" 2
  cd "$work/else where/deep"
  MALLOC_PERTURB_=165 compile $target resnet20_cifar10.onnx ../images.npy "$work/else where/$target.4" 2
  [ "$(ls "$work/here/$target.1" | wc -l)" -ge 6 ] || {
    echo "determinism.sh: expected library, header, plan, graph and reports, got: $(ls "$work/here/$target.1")" >&2
    exit 1
  }
  for other in "$work/here/$target.2" "$work/here/$target.3" "$work/else where/$target.4"; do
    diff -rq "$work/here/$target.1" "$other" || exit 1
    cmp "$work/here/$target.1.calib" "$other.calib" || exit 1
  done
  echo "$target: 4 runs, the same bytes"
  # A library for several workers as well; its integers and plan are those of the library for one.
  cd "$work/here"
  compile $target "$data/resnet20_cifar10.onnx" "$work/images.npy" "$target.5" 1 4
  compile $target "$data/resnet20_cifar10.onnx" "$work/images.npy" "$target.6" 2 4
  diff -rq "$target.5" "$target.6" || exit 1
  for file in net.plan.yaml net.quant.mlirbc; do
    cmp "$target.1/$file" "$target.5/$file" || exit 1
  done
  ! cmp -s "$target.1/libnet.a" "$target.5/libnet.a" || {
    echo "determinism.sh: expected shared layers with --max-workers=4, got the library for one worker" >&2
    exit 1
  }
done
