#!/usr/bin/env bash
# Links a compiled model into the firmware of this folder and boots it on an emulated Cortex-A53 board.
# usage: run.sh OUTDIR NAME INPUT.bin EXPECTED.bin     (OUTDIR: what wino-opt -o wrote, NAME: its --name)
# Exit code 0 if the board's output bytes are the expected ones.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 4 ] || {
  echo "run.sh: expected OUTDIR NAME INPUT.bin EXPECTED.bin, got $# arguments" >&2
  exit 2
}
out=$1 name=$2 input=$(realpath "$3") expected=$(realpath "$4")
upper=$(echo "$name" | tr '[:lower:]' '[:upper:]')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

aarch64-linux-gnu-gcc -std=c11 -O2 -mcpu=cortex-a53 -ffreestanding -fno-pic -no-pie -nostdlib -static \
  -Wall -Wextra -Werror -Wl,--build-id=none -Wl,-T,"$here/link.ld" -Wl,--no-warn-rwx-segments \
  -DModelPrefix="$name" -DModelUpper="$upper" \
  -DModelHeader="\"$(realpath "$out/$name.h")\"" \
  -DINPUT_FILE="\"$input\"" -DEXPECTED_FILE="\"$expected\"" -o "$work/firmware.elf" \
  "$here/start.S" "$here/image.S" "$here/main.c" "$out/lib$name.a"
exec timeout "${WINO_BOARD_SECONDS:-120}" qemu-system-aarch64 -M virt -cpu cortex-a53 -m 512 -nographic -nic none -monitor none -serial none \
  -semihosting-config enable=on,target=native -kernel "$work/firmware.elf" </dev/null
