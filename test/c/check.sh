#!/usr/bin/env bash
# The C side of four small models: headers, symbols, contract (contract.c), linking together (three_models.c).
# usage: check.sh WINO_OPT WORKDIR
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
wino_opt=$1
work=$2
rm -rf "$work"
mkdir -p "$work"

failed=0
fail() {
  echo "check.sh: $*" >&2
  failed=1
}

# build MODEL TILE CHANNELS [FLAGS]: compiles one small network with the given algorithm
build() {
  "$here/../data/make_onnx.py" "$work/$1.onnx" --images="$work/$1.npy" --seed="$3" --channels="$3" --count=64
  printf 'conv_policy:\n  default: %s\n' "$2" >"$work/$1.policy.yaml"
  # the accuracy of random weights is not the matter here: any SQNR will do
  "$wino_opt" "$work/$1.onnx" --target=cortex-a53 --calib="$work/$1.npy" --policy="$work/$1.policy.yaml" \
    --min-sqnr=-100 --name="$1" -o "$work/$1" "${@:4}"
}
build net1 direct 8
build net2 'F(2,3)' 16
build net3 'F(4,3)' 24
build shared 'F(4,3)' 48 --max-workers=4 # and run without a hook

for model in net1 net2 net3 shared; do
  # the header alone, under every standard it promises
  for compile in "gcc -std=c99" "gcc -std=c11" "g++ -x c++ -std=c++17" "clang-19 -std=c99" "clang-19 -std=c11" \
    "clang++-19 -x c++ -std=c++17"; do
    $compile -Wall -Wextra -Wpedantic -Werror -fsyntax-only -DMODEL_HEADER="\"$model.h\"" -I "$work/$model" \
      "$here/header_only.c" || fail "$model.h does not compile with $compile"
  done

  # symbols: nothing needed but memcpy and memset, nothing exported without the prefix, nothing writable
  library=$work/$model/lib$model.a
  needed=$(aarch64-linux-gnu-nm "$library" | awk '$1 == "U" {print $2}' | sort -u)
  defined=$(aarch64-linux-gnu-nm "$library" | awk 'NF == 3 {print $3}' | sort -u)
  missing=$(comm -23 <(echo "$needed") <(echo "$defined") | grep -vxE 'memcpy|memset|' || true)
  [ -z "$missing" ] || fail "$library: expected memcpy and memset only, got undefined: $missing"
  foreign=$(aarch64-linux-gnu-nm -g --defined-only "$library" | awk -v p="${model}_" 'NF == 3 && index($3, p) != 1 {print $3}')
  [ -z "$foreign" ] || fail "$library: expected symbols that start with ${model}_, got: $foreign"
  writable=$(aarch64-linux-gnu-size -A "$library" | awk '($1 ~ /^\.(data|bss)/ && $1 !~ /^\.data\.rel\.ro/) && $2 > 0 {print $1, $2}')
  [ -z "$writable" ] || fail "$library: expected no writable sections, got: $writable"

  upper=$(echo "$model" | tr '[:lower:]' '[:upper:]')
  aarch64-linux-gnu-gcc -std=gnu11 -O1 -Wall -Wextra -Werror -static -DModelPrefix="$model" -DModelUpper="$upper" \
    -DModelHeader="\"$(realpath "$work/$model/$model.h")\"" -I "$here" -o "$work/contract_$model" "$here/contract.c" "$library"
  qemu-aarch64 -cpu cortex-a53 "$work/contract_$model" || fail "$model: the contract does not hold"
done

aarch64-linux-gnu-gcc -std=gnu11 -O1 -Wall -Wextra -Werror -static -I "$work/net1" -I "$work/net2" -I "$work/net3" \
  -o "$work/three_models" "$here/three_models.c" "$work"/net?/libnet?.a
qemu-aarch64 -cpu cortex-a53 "$work/three_models" || fail "three models do not work in one program"
exit $failed
