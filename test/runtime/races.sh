#!/usr/bin/env bash
# The x86-64 code of a network under ThreadSanitizer, its layers shared by three threads of wino_pool: no byte that one
# piece writes is touched by another. A hook that gives all workers the same scratch must be caught.
# usage: races.sh WINO_OPT WORKDIR [FOLDER of mlir-opt and mlir-translate]
# Exit code 77 where gcc has no ThreadSanitizer.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
runtime=$here/../../runtime
data=$here/../data
llvm=${3:-/usr/lib/llvm-19/bin}
wino_opt=$(realpath "$1")
work=$(realpath -m "$2")
rm -rf "$work"
mkdir -p "$work"
cd "$work"
grep -qw avx2 /proc/cpuinfo || exit 77
echo 'int main(void) { return 0; }' >empty.c
gcc -fsanitize=thread empty.c -o empty && ./empty || exit 77

(cd "$here/../e2e" && /usr/bin/python3 -B -c 'import sys, images; images.first(sys.argv[1], sys.argv[2], 16)' \
  "$data/calib_images.npy" "$work/images.npy")
"$wino_opt" "$data/resnet20_cifar10.onnx" --target=x86-64 --calib=images.npy --mean=0.4914,0.4822,0.4465 \
  --std=0.2470,0.2435,0.2616 --unverified --min-sqnr=0 --emit=winograd -o net.mlir </dev/null
# Every layer is shared, however small.
"$wino_opt" net.mlir --wino-plan-arena="target=x86-64 workers=3 least-shared=0" --wino-lower-to-x86=prefix=net |
  "$llvm/mlir-opt" --convert-scf-to-cf --convert-vector-to-llvm --arith-expand --convert-arith-to-llvm --convert-cf-to-llvm \
    --convert-func-to-llvm --reconcile-unrealized-casts | "$llvm/mlir-translate" --mlir-to-llvmir >net.ll
# Loads and stores are watched in functions with the attribute. (Those of inline assembly are not: on x86 it only loads.)
sed -E 's/^(define .*) \{$/\1 sanitize_thread {/' net.ll >watched.ll
[ "$(grep -c '^define .*_task_.* sanitize_thread {' watched.ll)" -ge 5 ] || {
  echo "races.sh: expected shared layers, got none" >&2
  exit 1
}
clang-19 -O2 -march=x86-64-v3 -fsanitize=thread -Wno-override-module -c watched.ll -o watched.o
gcc -std=gnu11 -O1 -g -Wall -Wextra -Werror -fsanitize=thread -I "$runtime" "$here/races.c" "$runtime/wino_pool.c" \
  watched.o -pthread -o races
TSAN_OPTIONS=exitcode=66 ./races good || {
  echo "races.sh: expected no race" >&2
  exit 1
}
# On a busy machine one worker may do everything before the others wake up.
for _ in 1 2 3 4 5 6 7 8; do
  code=0
  TSAN_OPTIONS="exitcode=66 report_bugs=1" ./races same-scratch >/dev/null 2>same-scratch.txt || code=$?
  [ $code -ne 66 ] || break
done
[ $code -eq 66 ] || {
  echo "races.sh: expected a race to be found where workers share scratch, got exit code $code" >&2
  exit 1
}
echo "no race between pieces of a layer"
