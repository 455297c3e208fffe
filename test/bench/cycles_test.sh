#!/usr/bin/env bash
# tools/bench_cycles measures a model of the default name and one called otherwise, and finds the same code in both.
# usage: cycles_test.sh WINO_OPT WORKDIR     (WINO_BUILD: the build folder, as for tools/bench_cycles)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
wino_opt=$1 work=$2
rm -rf "$work"
mkdir -p "$work"

fail() {
  echo "cycles_test.sh: $*" >&2
  exit 1
}
"$here/../data/make_onnx.py" "$work/net.onnx" --images="$work/net.npy" --channels=8 --size=8 --count=16
"$wino_opt" "$work/net.onnx" --calib="$work/net.npy" --min-sqnr=-100 -o "$work/default"
"$wino_opt" "$work/net.onnx" --calib="$work/net.npy" --min-sqnr=-100 --name=other -o "$work/other"
[ -f "$work/default/model.h" ] || fail "expected the default name 'model', got: $(ls "$work/default")"
instructions=()
for folder in default other; do
  "$here/../../tools/bench_cycles" "$work/$folder" >"$work/$folder.txt" || fail "$folder: tools/bench_cycles failed"
  count=$(awk '$1 == "insn" {print int($2)}' "$work/$folder.txt")
  [ "${count:-0}" -gt 10000 ] || fail "$folder: expected more than 10000 instructions, got: $(cat "$work/$folder.txt")"
  instructions+=("$count")
done
[ "${instructions[0]}" -eq "${instructions[1]}" ] || fail "expected equal instruction counts, got ${instructions[*]}"
