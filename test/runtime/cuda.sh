#!/usr/bin/env bash
# The library of a network for a GPU with runtime/wino_cuda: it builds as C99, C11 and C++17 for this machine and as C for
# aarch64; every error of the driver has its status and words; the launches are those of the list.
# usage: cuda.sh WINO_OPT WORKDIR
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
runtime=$here/../../runtime
wino_opt=$(realpath "$1")
work=$(realpath -m "$2")
rm -rf "$work"
mkdir -p "$work/fake" "$work/broken"
cd "$work"
/usr/bin/python3 -B "$here/../data/make_onnx.py" net.onnx --images=net.npy --channels=24 --size=12 --count=4 >log
"$wino_opt" net.onnx --target=sm_80 --calib=net.npy --save-profile=net.calib --min-sqnr=-100 --name=net -o out
strict="-Wall -Wextra -Werror -pedantic -I out -I $runtime"
gcc -std=gnu99 -O1 $strict "$here/use_cuda.c" "$runtime/wino_cuda.c" out/libnet.a -ldl -o use
gcc -std=c11 $strict -fsyntax-only "$here/use_cuda.c"
g++ -std=c++17 $strict -x c++ -fsyntax-only "$here/use_cuda.c"
if command -v aarch64-linux-gnu-gcc >log; then
  "$wino_opt" net.onnx --target=sm_87 --profile=net.calib --min-sqnr=-100 --name=net -o jetson
  aarch64-linux-gnu-gcc -std=gnu99 -Wall -Werror -I jetson -I "$runtime" "$here/use_cuda.c" "$runtime/wino_cuda.c" \
    jetson/libnet.a -ldl -o use_jetson
fi
gcc -shared -fPIC -O1 -Wall "$here/fake_cuda.c" -o fake/libcuda.so.1
echo "no driver" >broken/libcuda.so.1

expect() { # expect WHAT TEXT FILE: the text is a line of the file, or part of one
  grep -qF -- "$2" "$3" || {
    echo "FAIL $1: expected '$2', got:"
    cat "$3"
    exit 1
  }
}
LD_LIBRARY_PATH=$work/broken ./use >broken.txt
expect "no driver" "init: no CUDA driver (libcuda.so.1), or one that lacks functions [" broken.txt
expect "no driver" "run: the network was not opened" broken.txt
failing() { # failing FAKE EXPECTED: init fails with these words, and nothing is left
  FAKE=$1 LD_LIBRARY_PATH=$work/fake ./use >"$1.txt"
  expect "$1" "init: $2" "$1.txt"
  expect "$1" "left: 0 contexts, 0 pushed, 0 modules, 0 blocks" "$1.txt"
}
failing no-gpu "no such GPU [cuInit: no CUDA-capable device is detected (100)]"
failing old-gpu "the GPU's compute capability is below that of the network's target [expected compute capability 80 or later, got 70]"
failing ptx-too-new "the driver does not know this version of PTX: update the driver, or compile with an older --ptx-version [cuModuleLoadDataEx: PTX too new (222)]"
failing bad-ptx "the driver refused the PTX [cuModuleLoadDataEx: failed (218): ptxas: line 1: what is this]"
failing no-memory "no memory on the GPU [cuMemAlloc_v2: out of memory (2)]"
LD_LIBRARY_PATH=$work/fake ./use 1 >second.txt
expect "second GPU" "init: no such GPU [cuDeviceGet: failed (101)]" second.txt
FAKE=launch LD_LIBRARY_PATH=$work/fake ./use >launch.txt
expect "failing launch" "run: a call of the CUDA driver failed [cuLaunchKernel: failed (700)]" launch.txt
expect "failing launch" "left: 0 contexts, 0 pushed, 0 modules, 0 blocks" launch.txt

LD_LIBRARY_PATH=$work/fake ./use >good.txt
expect good "module: .target sm_8" good.txt
expect good "run: no error []" good.txt
expect good "odd address: a device address is not a multiple of 16" good.txt
expect good "null: a pointer is NULL, a pointer is NULL" good.txt
expect good "left: 0 contexts, 0 pushed, 0 modules, 0 blocks" good.txt
/usr/bin/python3 - out/net.launches.json good.txt <<'P'
import json, sys
expected = ["launch: {} {} by {} stream (nil)".format(l["kernel"], " ".join(map(str, l["grid"])), " ".join(map(str, l["block"])))
            for l in json.load(open(sys.argv[1]))["launches"]]
got = [line.strip() for line in open(sys.argv[2]) if line.startswith("launch:")]
if expected != got:
    sys.exit(f"FAIL launches: expected {expected}, got {got}")
print(f"cuda.sh: {len(got)} launches, all errors as expected")
P
