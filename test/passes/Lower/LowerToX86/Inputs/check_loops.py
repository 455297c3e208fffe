"""Prints what each block of products in x86 assembly does, a line per kernel, and fails if one touches the stack.

usage: check_loops.py < net.s"""
import collections
import re
import sys

found, function, block, seen = False, None, None, set()
for line in sys.stdin:
    if name := re.match(r"\w+?_(direct|winograd)_\d+:", line):
        function = name.group(0)[:-1]
    elif "#APP" in line and "#NO_APP" not in line:
        block = []
    elif "#NO_APP" in line and block is not None:
        if any("%rsp" in code or "%rbp" in code and "vmov" in code for code in block):
            sys.exit(f"{function}: expected products without the stack, got:\n" + "".join(block))
        count = collections.Counter(code.split()[0] for code in block if code.strip())
        loop = "loop" if count["jb"] else "unrolled"
        names = ("vpmaddwd", "vpaddd", "vpbroadcastd", "vmovdqa", "vpmovsxbw")
        text = f"{function} {loop}: " + ", ".join(f"{count[name]} {name}" for name in names if count[name])
        found = True
        if text not in seen:
            print(text)
        seen.add(text)
        block = None
    elif block is not None:
        block.append(line)
if not found:
    sys.exit("expected blocks of products, got none")
