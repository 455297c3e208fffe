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
mkdir old
gcc -shared -fPIC -O1 -Wall "$here/fake_cuda.c" -o fake/libcuda.so.1
gcc -shared -fPIC -O1 -Wall -DOLD "$here/fake_cuda.c" -o old/libcuda.so.1
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
  expect "$1" "left: 0 contexts, 0 pushed, 0 modules, 0 blocks, 0 streams, 0 graphs" "$1.txt"
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
expect "call behind it" "odd address: a device address is not a multiple of 16 []" launch.txt
expect "failing launch" "left: 0 contexts, 0 pushed, 0 modules, 0 blocks, 0 streams, 0 graphs" launch.txt

LD_LIBRARY_PATH=$work/fake ./use >good.txt
expect good "module: .target sm_8" good.txt
expect good "run: no error []" good.txt
expect good "odd address: a device address is not a multiple of 16" good.txt
expect good "null: a pointer is NULL, a pointer is NULL" good.txt
expect good "left: 0 contexts, 0 pushed, 0 modules, 0 blocks, 0 streams, 0 graphs" good.txt
# A driver before CUDA 11.4, and one that refuses to capture: one launch after the other. One that fails at a graph it
# has made: an error.
LD_LIBRARY_PATH=$work/old ./use >old.txt
for refused in capture instantiate; do FAKE=$refused LD_LIBRARY_PATH=$work/fake ./use >$refused.txt; done
FAKE=graph LD_LIBRARY_PATH=$work/fake ./use >graph.txt
expect "failing graph" "run: a call of the CUDA driver failed [cuGraphLaunch: failed (700)]" graph.txt
/usr/bin/python3 - <<'P'
import json
net = json.load(open("out/net.launches.json"))
weights = open("out/net.weights.bin", "rb").read()

def address(argument, ports):  # blocks in the order of their making
    base, offset = argument.split("+")
    return {"arena": "0+", "weights": "1+", "input0": f"{ports[0]}+", "output0": f"{ports[1]}+"}[base] + offset

def launches(how, ports):
    return [f"{how}: {l['kernel']} {' '.join(map(str, l['grid']))} by {' '.join(map(str, l['block']))} stream (nil) "
            + " ".join(address(a, ports) for a in l["arguments"]) for l in net["launches"]]

# Three times the same ports; then six times two outputs in turns.
runs = [(2, 3)] * 3 + [(4, 5), (4, 6)] * 3
for name, hows in {"good": ["launch", "graph", "graph", "launch", "launch"] + ["graph"] * 4, "old": ["launch"] * 9,
                   "capture": ["launch"] * 9, "instantiate": ["launch"] * 9}.items():
    lines = [line.strip() for line in open(name + ".txt")]
    got = [line for line in lines if line.startswith(("launch:", "graph:"))]
    expected = [line for how, ports in zip(hows, runs) for line in launches(how, ports)]
    if got != expected:
        raise SystemExit(f"FAIL {name}: expected launches {expected}, got {got}")
    if sum(line in ("run: no error []", "turns: no error []") for line in lines) != 9:
        raise SystemExit(f"FAIL {name}: expected nine runs without an error, got {lines}")
    if "left: 0 contexts, 0 pushed, 0 modules, 0 blocks, 0 streams, 0 graphs" not in lines:
        raise SystemExit(f"FAIL {name}: expected nothing left, got {lines[-1]}")
total = 0
for byte in weights:
    total = (total * 31 + byte) % (1 << 64)
if f"copied: {len(weights)} bytes to 1, sum {total}" not in lines:
    raise SystemExit("FAIL weights: expected the bytes of net.weights.bin on the device, got others")
print(f"cuda.sh: {len(net['launches'])} launches with all arguments, one by one and as a graph; all errors as expected")
P
