#!/usr/bin/python3
"""Our kernels against cuDNN's best int8 convolution on the GPU of this machine, layer by layer; writes RESULTS.md.

usage: bench.py [--layers=table3,figure8] [--batch=1,8] [--samples=31] [--min-sqnr=20] [--results=FILE] [--work=FOLDER]
       bench.py --resnet20 [--images=FILE.npy] [--count=10000]     the bytes of a whole network against the interpreter's
       bench.py --emulate [--layers=small] [--resnet20 --count=2]  the same without a GPU: kernels run on the host, no times

Needs the compiler (build/, or WINO_BUILD), gcc, numpy, a CUDA driver and cuDNN (PyTorch's, the system's, or
WINO_CUDNN=PATH); nothing is downloaded. --layers also takes CINxCOUTxHxW. See README.md for what is compared.
"""
import argparse
import hashlib
import json
import os
import pickle
import subprocess
import sys
import tempfile

import numpy

import cuda_driver
import cudnn
import layers as problems
from table import HEAD, ratio, refusal_lines, total_lines, us, write_results


def layers_of(text):
    chosen = []
    for part in text.split(","):
        if part in ("table3", "figure8", "small"):
            chosen += {"table3": problems.TABLE3, "figure8": problems.FIGURE8, "small": problems.SMALL}[part]
        else:
            try:
                inputs, outputs, height, width = map(int, part.split("x"))
            except ValueError:
                raise SystemExit(f"bench: --layers: expected table3, figure8, small or CINxCOUTxHxW, got '{part}'") from None
            chosen.append((part, inputs, outputs, height, width))
    return chosen


def batch_bytes(library, batch):
    """Images A, B, A, B, ... of a batch, and the two."""
    pair = [problems.random_bytes(library.input_bytes // batch, 5 + i) for i in range(2)]
    return b"".join(pair[i % 2] for i in range(batch)), b"".join(pair)


def expected_bytes(single, batch, pair, how, work):
    """What the interpreter, or host code, makes of the batch: it runs the network of one image on the two. Kept in `work`:
    layers of one shape come several times."""
    with open(os.path.join(single.folder, single.name + ".quant.mlirbc"), "rb") as file:
        digest = hashlib.sha256(file.read() + pair + how.encode()).hexdigest()
    path = os.path.join(work, "expected-" + digest)
    if not os.path.exists(path):
        outputs = single.expected(pair, how)
        with open(path + ".new", "wb") as file:
            file.write(outputs)
        os.rename(path + ".new", path)
    with open(path, "rb") as file:
        outputs = file.read()
    size = len(outputs) // 2
    return b"".join(outputs[i % 2 * size:][:size] for i in range(batch))


def first_difference(expected, got):
    a, b = (numpy.frombuffer(data, numpy.uint8) for data in (expected, got))
    if a.size != b.size:
        return f"expected {a.size} bytes, got {b.size}"
    wrong = numpy.flatnonzero(a != b)
    return f"{wrong.size} of {a.size} bytes, the first number {wrong[0]}: expected {a[wrong[0]]}, got {b[wrong[0]]}" if wrong.size else ""


class OnGpu:
    """One of our libraries with buffers and a graph of one inference."""

    def __init__(self, gpu, library, data):
        self.gpu, self.library, self.blocks, self.graph = gpu, library, [], None
        try:
            library.open()
            for size in library.input_bytes, library.output_bytes:
                self.blocks.append(gpu.allocate(size))
            self.source, self.target = self.blocks
            gpu.write(self.source, data)
            self.enqueue()
            gpu.wait()
            self.graph = gpu.capture(self.enqueue)
        except RuntimeError: # no memory, say: what there is goes back before the next layer
            self.close()
            raise

    def enqueue(self):
        self.library.enqueue(self.gpu.stream, self.source, self.target)

    def output(self):
        """By the graph that is timed, into memory that held something else."""
        self.gpu.fill(self.target, 0x5A, self.library.output_bytes)
        self.gpu.launch(self.graph)
        self.gpu.wait()
        return self.gpu.download(self.target, self.library.output_bytes)

    def close(self):
        if self.graph:
            self.gpu.drop(self.graph)
        for block in self.blocks:
            self.gpu.free(block)
        self.library.close()


MEASURED = ("direct", "winograd", "chosen")


def best_of_cudnn(gpu, library, layer, batch):
    """(problem, graph, name, refused) of cuDNN's fastest correct way; graph None if it has none."""
    problem = problems.CudnnProblem(gpu, layer, batch)
    found, refused = library.candidates(problem)
    graphs, wrong = {}, []
    for name, enqueue, output, layout in found:
        size = batch * problem.height * problem.width * problem.outputs
        gpu.fill(output, 0x5A, size)
        try:
            graph = gpu.capture(enqueue)
        except (cudnn.Refused, RuntimeError) as reason:
            refused.append(f"{name}: {reason}")
            continue
        gpu.launch(graph)
        gpu.wait()
        if difference := problem.differs(gpu.download(output, size), layout):
            wrong.append(f"{name}: {difference}")
            gpu.drop(graph)
        else:
            graphs[name] = graph
    for text in wrong:
        print(f"  cuDNN computes something else: {text}", file=sys.stderr)
    if not graphs:
        print(f"  cuDNN has no int8 convolution for this layer: {'; '.join(refused)[:2000]}", file=sys.stderr)
        return problem, None, "none", refused
    times = gpu.warm(graphs, 7)
    best = min(times, key=times.get)
    for name, graph in graphs.items():
        if name != best:
            gpu.drop(graph)
    return problem, graphs[best], f"{best} (of {len(graphs)})", refused


def bounds(gpu, layer, batch):
    """Least microseconds: products of direct convolution and of F(4,3) on tensor cores, bytes of maps and filters."""
    _, inputs, outputs, height, width = layer
    direct = 9 * inputs * outputs * height * width * batch
    tiles = -(-height // 4) * -(-width // 4) * batch
    moved = batch * height * width * (inputs + outputs) + 9 * inputs * outputs
    return [1e3 * direct / gpu.product_rate(), 1e3 * 36 * tiles * inputs * outputs / gpu.product_rate(), 1e3 * moved / gpu.byte_rate()]


def measure(gpu, theirs, layer, batch, args):
    """A row of the table, the two times that are added up, whether bytes differ, and what cuDNN refused."""
    libraries = {which: problems.compile_layer(args.work, layer, gpu.target(), batch, which, args.min_sqnr) for which in MEASURED}
    ours, wrong = {}, []
    problem, graph, by, refused = None, None, "-", []
    label, inputs, outputs, height, width = layer
    how = "host" if 9 * inputs * outputs * height * width > args.interpret else "interpreter"
    try:
        for which, library in libraries.items():
            single = library if batch == 1 else problems.compile_layer(args.work, layer, gpu.target(), 1, which, args.min_sqnr)
            if single.plans != library.plans: # the planner saw another batch: the same plan for one image
                single = problems.compile_layer(args.work, layer, gpu.target(), 1, same_plan(library), args.min_sqnr)
            data, pair = batch_bytes(library, batch)
            expected = expected_bytes(single, batch, pair, how, args.work)
            ours[which] = OnGpu(gpu, library, data)
            if difference := first_difference(expected, ours[which].output()):
                wrong.append(f"{which}: {difference}")
        graphs = {which: run.graph for which, run in ours.items()}
        if theirs:
            problem, graph, by, refused = best_of_cudnn(gpu, theirs, layer, batch)
            if graph:
                graphs["cudnn"] = graph
        warm, cold = gpu.warm(graphs, args.samples), gpu.cold(graphs, args.samples)
        for which, run in ours.items(): # once more, after all that was timed
            if not wrong and first_difference(run.output(), run.output()):
                wrong.append(f"{which}: another result the second time")
    finally:
        for run in ours.values():
            run.close()
        if graph:
            gpu.drop(graph)
        if problem:
            problem.free()
    for text in wrong:
        print(f"  DIFFERS from the interpreter: {text}", file=sys.stderr)
    row = [label, f"{inputs} x {outputs}, {height} x {width}", str(batch), us(warm, "direct"), us(warm, "winograd"), us(warm, "chosen"),
           libraries["chosen"].plans[0], us(warm, "cudnn"), by, str(len(refused)) if theirs else "-", ratio(warm), us(cold, "chosen"), us(cold, "cudnn"), ratio(cold),
           *(f"{bound:.1f}" for bound in bounds(gpu, layer, batch)), "DIFFERS" if wrong else "yes" if how == "interpreter" else "yes, by host code"]
    return row, warm, cold, bool(wrong), refused


def same_plan(library):
    """The policy that asks for a library's plan by name."""
    name = "fixed_" + "".join(c for c in library.plans[0] if c.isalnum())
    problems.POLICIES.setdefault(name, library.plans[0])
    return name


def state_of_machine(gpu, theirs):
    facts = gpu.facts
    return (f"{gpu.name}, compute capability {facts['major']}.{facts['minor']}, driver of CUDA {gpu.driver // 1000}.{gpu.driver % 1000 // 10}, "
            + (f"cuDNN {theirs.version}" if theirs else "no cuDNN")
            + f"; bounds from {gpu.product_rate() / 1e9:.1f} T products/s of bytes and {gpu.byte_rate() / 1e6:.0f} GB/s")


def opened(quiet=False):
    gpu = cuda_driver.Gpu()
    try:
        return gpu, cudnn.Cudnn(gpu)
    except cudnn.Missing as missing:
        if not quiet:
            print(f"bench: without cuDNN: {missing}", file=sys.stderr)
        return gpu, None


def closed(gpu, theirs):
    if theirs:
        theirs.close()
    gpu.close()


def single_row(args):
    """In a process of its own: a kernel that fails takes the context with it, and all later calls. The result is in a file."""
    layer, batch = json.loads(args.row)
    gpu, theirs = opened(quiet=True)
    try:
        result = measure(gpu, theirs, tuple(layer), batch, args)
        closed(gpu, theirs)
    except RuntimeError as problem: # a layer that does not fit this GPU, say
        result = str(problem)
        try:
            closed(gpu, theirs)
        except (RuntimeError, cudnn.Refused): # nothing works any more
            pass
    with open(args.row_result, "wb") as file:
        pickle.dump(result, file)
    return 0


def row_apart(args, layer, batch):
    """What `measure` returns, or why it did not."""
    path = os.path.join(args.work, "row")
    if os.path.exists(path):
        os.remove(path)
    sys.stdout.flush()
    done = subprocess.run([sys.executable, "-B", os.path.abspath(__file__), "--row=" + json.dumps([layer, batch]), "--row-result=" + path,
                           f"--interpret={args.interpret}", f"--samples={args.samples}", f"--min-sqnr={args.min_sqnr}", "--work=" + args.work],
                          stdin=subprocess.DEVNULL)
    if not os.path.exists(path):
        return f"the row's process ended with code {done.returncode} and no result"
    with open(path, "rb") as file:
        return pickle.load(file)


def bench(args):
    os.makedirs(args.work, exist_ok=True)
    gpu, theirs = opened()
    lines = ["# Our kernels and cuDNN's", "", f"Written by `test/bench/gpu/bench.py`. {state_of_machine(gpu, theirs)}.", "",
             "| " + " | ".join(HEAD) + " |", "|---" * len(HEAD) + "|"]
    closed(gpu, theirs)
    totals, refusals, failed = [], [], False
    print("\n".join(lines[2:]), flush=True)
    for part in args.layers.split(","):
        rows = []
        for layer in layers_of(part):
            for batch in map(int, args.batch.split(",")):
                result = row_apart(args, layer, batch)
                if isinstance(result, str): # the others go on
                    print(f"bench: {result}", file=sys.stderr)
                    row, wrong = [layer[0], "", str(batch), result.splitlines()[0].replace("|", "/")] + ["-"] * (len(HEAD) - 4), True
                else:
                    row, warm, cold, wrong, refused = result
                    rows.append((layer, batch, warm, cold))
                    refusals += refusal_lines(layer, batch, refused)
                failed |= wrong
                lines.append("| " + " | ".join(row) + " |")
                print(lines[-1], flush=True)
                write_results(args.results, lines + [""] + totals + refusals) # a run that is cut off has lost little
        totals += total_lines(part, rows, len(layers_of(part)))
    print("\n".join(totals))
    write_results(args.results, lines + [""] + totals + refusals)
    return 1 if failed else 0


def emulate(args):
    """Every policy of every layer: emulated kernels against the interpreter."""
    failed = 0
    for layer in layers_of(args.layers):
        for batch in map(int, args.batch.split(",")):
            for which in MEASURED:
                library = problems.compile_layer(args.work, layer, args.target, batch, which, args.min_sqnr)
                data, _ = batch_bytes(library, batch)
                expected = library.expected(data)
                difference = first_difference(expected, library.expected(data, "emulate")) or first_difference(expected, library.expected(data, "host"))
                failed += bool(difference)
                print(f"{layer[0]}, batch {batch}, {which} ({library.plans[0]}, {library.launches} launches, {args.target}): "
                      + (f"DIFFERS: {difference}" if difference else f"{library.output_bytes} bytes equal"), flush=True)
    return 1 if failed else 0


def pictures(path, count):
    """uint8 N, C, H, W: those of a file; beyond, the same mirrored and moved."""
    images = numpy.load(path)
    made = [images]
    while sum(map(len, made)) < count:
        step = len(made)
        made.append(numpy.roll(images[..., ::-1] if step % 2 else images, (step // 2 % 9 - 4, step // 18 % 9 - 4), (2, 3)))
    return numpy.concatenate(made)[:count]


def resnet20(args):
    """The demo's network: bytes of as many images on the GPU, or emulated, against the interpreter's."""
    gpu = None if args.emulate else cuda_driver.Gpu()
    target, batch = (args.target if args.emulate else gpu.target()), int(args.batch.split(",")[0])
    data = os.path.join(problems.ROOT, "test", "data")
    libraries = []
    for name, images in ("one", 1), ("net", batch):
        out = os.path.join(args.work, f"resnet20_{name}")
        problems.run([os.path.join(problems.BUILD, "bin", "wino-opt"), os.path.join(data, "resnet20_cifar10.onnx"), "--target=" + target,
                      "--calib=" + os.path.join(data, "calib_images.npy"), "--mean=0.4914,0.4822,0.4465", "--std=0.2470,0.2435,0.2616",
                      f"--batch={images}", "--name=" + name, "-o", out] + (["--plan=" + plan] if name == "net" else []))
        plan = os.path.join(out, name + ".plan.yaml")
        libraries.append(problems.Library(out, name))
    one, net = libraries
    scale = float(one.macro("INPUT0_SCALE"))
    mean, std = (numpy.array(values, numpy.float32).reshape(1, 3, 1, 1) for values in ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)))
    images = pictures(args.images or os.path.join(data, "test_images.npy"), -(-args.count // batch) * batch)
    q = numpy.clip(numpy.floor(((images / numpy.float32(255) - mean) / std).astype(numpy.float64) / scale + 0.5), -128, 127)
    data = numpy.ascontiguousarray(q.astype(numpy.int8).transpose(0, 2, 3, 1)).tobytes()
    expected = one.expected(data)
    if args.emulate:
        got = net.expected(data, "emulate")
    else:
        run = OnGpu(gpu, net, data[:net.input_bytes])
        parts = []
        for first in range(0, len(data), net.input_bytes):
            gpu.write(run.source, data[first:first + net.input_bytes])
            parts.append(run.output())
        got = b"".join(parts)
        run.close()
        gpu.close()
    size = one.output_bytes
    equal = sum(expected[i:i + size] == got[i:i + size] for i in range(0, len(expected), size))
    print(f"ResNet-20, {target}, batch {batch}, {net.launches} launches: {equal} of {len(expected) // size} images have the interpreter's bytes")
    return 0 if equal * size == len(expected) == len(got) else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--layers")
    parser.add_argument("--batch")
    parser.add_argument("--interpret", type=float, default=2e10, help="products of a layer, from which on host code, which is as "
                        "exact and much faster, stands in for the interpreter (default 2e10: none of Table 3)")
    parser.add_argument("--samples", type=int, default=31)
    parser.add_argument("--min-sqnr", type=float, default=20, help="dB that the chosen plan keeps, as wino-opt's, without reserve")
    parser.add_argument("--results", default=os.path.join(problems.HERE, "RESULTS.md"))
    parser.add_argument("--work", help="a folder to keep compiled layers in")
    parser.add_argument("--emulate", action="store_true")
    parser.add_argument("--target", default="sm_80", help="of --emulate")
    parser.add_argument("--resnet20", action="store_true")
    parser.add_argument("--images")
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--row", help=argparse.SUPPRESS)
    parser.add_argument("--row-result", help=argparse.SUPPRESS)
    args = parser.parse_args()
    args.layers = args.layers or ("small" if args.emulate else "table3,figure8")
    args.batch = args.batch or ("8" if args.resnet20 else "1,2" if args.emulate else "1,8")
    layers_of(args.layers) # says what is wrong before anything runs
    with tempfile.TemporaryDirectory() as folder:
        args.work = args.work or folder
        try:
            return single_row(args) if args.row else resnet20(args) if args.resnet20 else emulate(args) if args.emulate else bench(args)
        except (cuda_driver.Missing, RuntimeError) as problem:
            print(f"bench: {problem}", file=sys.stderr)
            return 1


if __name__ == "__main__":
    sys.exit(main())
