"""What the table asks: networks, tiles, formats of the taps, methods, and in which order cells are filled."""
import dataclasses
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
SHARED = os.environ.get("WINO_SHARED") or os.path.join(os.path.dirname(ROOT), "shared")
OWN = os.path.join(ROOT, "test", "data")
CIFAR = ("--mean=0.485,0.456,0.406", "--std=0.229,0.224,0.225")


@dataclasses.dataclass(frozen=True)
class Network:
    title: str
    model: str
    pixels: tuple


NETWORKS = {
    "resnet20": Network("ResNet-20", os.path.join(SHARED, "models", "resnet20_bn_b1.onnx"), CIFAR),
    "resnet32": Network("ResNet-32", os.path.join(SHARED, "models", "resnet32_bn_b1.onnx"), CIFAR),
    "resnet8": Network("ResNet-8", os.path.join(SHARED, "models", "resnet8_bn_b1.onnx"), ("--scale=1",)),
    "own": Network("the project's ResNet-20", os.path.join(OWN, "resnet20_cifar10.onnx"),
                   ("--mean=0.4914,0.4822,0.4465", "--std=0.2470,0.2435,0.2616")),
}


@dataclasses.dataclass(frozen=True)
class Data:
    calibration: str
    images: str
    labels: str


def find_data(own_only=False):
    """All of CIFAR-10's test images where they are at hand, else the 512 of test/data."""
    shared = os.path.join(SHARED, "data", "cifar10")
    fetched = os.path.join(ROOT, ".cache", "cifar10")
    choices = [
        (shared, "cifar10_calib_first1024_images_u8_nchw", "cifar10_test_images_u8_nchw", "cifar10_test_labels_u8"),
        (fetched, "calib_images", "test_images", "test_labels"),
        (OWN, "calib_images", "test_images", "test_labels"),
    ]
    for folder, *names in choices[2 if own_only else 0:]:
        paths = [os.path.join(folder, name + ".npy") for name in names]
        if all(map(os.path.exists, paths)):
            return Data(*paths)
    raise FileNotFoundError(f"expected images in {shared}, {fetched} or {OWN}")


@dataclasses.dataclass(frozen=True)
class Tile:
    """F(m, 3) with K x K products; `fields` is what follows F(m,3) in the tile text."""
    title: str
    m: int
    K: int
    fields: str

    @property
    def reduction(self):
        """Nominal: products of the direct convolution over those of the tile."""
        return (3 * self.m / self.K) ** 2

    def text(self, taps, out=""):
        return f"F({self.m},3) {self.fields} taps={taps}" + (f" out={out}" if out else "")


TILES = {
    "f2": Tile("F(2,3)", 2, 4, "K=4 points=[0,1,-1,inf]"),
    "f4classic": Tile("F(4,3) {1, 2}", 4, 6, "K=6 points=[0,1,-1,2,-2,inf]"),
    "f4": Tile("F(4,3) {2/3, 3/2}", 4, 6, "K=6 points=[0,2/3,-2/3,3/2,-3/2,inf]"),
    "f4k7": Tile("F(4,3) K=7", 4, 7, "K=7 points=[1/2,-1/2,3/2,-3/2] factors=[x^2+1@(0,2,-2)]"),
    "f6k9": Tile("F(6,3) K=9", 6, 9, "K=9 points=[1/2,-1/2,1,-1,5/2,-5/2] factors=[x^2+1@(0,2,-2)]"),
    "f7k10": Tile("F(7,3) K=10", 7, 10, "K=10 points=[0,9/8,-9/8,3,-3,5/8,-5/8] factors=[x^2+1@(inf,3/4,-3/4)]"),
    "f6k8": Tile("F(6,3) K=8", 6, 8, "K=8 points=[0,1,-1,2,-2,1/2,-1/2,inf]"),
}

TAPS = {"i8xi8": "8", "i6xi6": "6", "i4xi4": "4", "i8xi6": "8, V 6"}

_BASE = {"rounding": "nearest", "bias-correction": "false", "transforms": "exact"}
_SCALES = dict(_BASE, **{"tap-clip": "mse", "filter-clip": "mse"})
_GPTQ = {"rounding": "gptq", "bias-correction": "true"}


@dataclasses.dataclass(frozen=True)
class Method:
    title: str
    options: dict  # flag -> value, all that the method needs
    out: str = ""  # format in which the sums of products leave, i32 if empty


METHODS = {
    "rtn": Method("round to nearest", dict(_BASE, **{"tap-clip": "max", "filter-clip": "max"})),
    "scales": Method("+ scales", _SCALES),
    "fsq16": Method("+ FSQ, O 16 bit", _SCALES, "i16"),
    "fsq8": Method("+ FSQ, O 8 bit", _SCALES, "i8"),
    "paw": Method("+ PAW", dict(_SCALES, transforms="paw")),
    "gptq": Method("+ GPTQ", dict(_SCALES, **_GPTQ)),
    "all": Method("+ PAW + GPTQ", dict(_SCALES, **_GPTQ, transforms="paw")),
    "fit": Method("+ PAW + GPTQ, in order", dict(_SCALES, **_GPTQ, transforms="paw", fit="quantized")),
    "net": Method("network tuned, then in order",
                  dict(_SCALES, **_GPTQ, transforms="paw", fit="network,quantized", **{"fit-images": "768"})),
    "netfsq8": Method("network tuned, in order, O 8 bit",
                      dict(_SCALES, **_GPTQ, fit="network,quantized", **{"fit-images": "768"}), "i8"),
    "default": Method("as it comes", {}),
}
# A compiler that lacks one of these flags does what this value says.
IMPLIED = _BASE


@dataclasses.dataclass(frozen=True)
class Cell:
    """One number of the table: a network with one plan on all its 3x3 convolutions of stride 1."""
    network: str
    tile: str  # key of TILES, or direct
    taps: str
    method: str

    @property
    def name(self):
        return "/".join((self.network, self.tile, self.taps, self.method))

    @property
    def policy(self):
        text = "direct"
        if self.tile != "direct":
            text = TILES[self.tile].text(self.taps, METHODS[self.method].out)
        return f"conv_policy:\n  default: {text}\n"


# What is asked of ResNet-20: each method on every tile and format, but the costly ones only where a target may need them.
_FULL = [re.compile(pattern) for pattern in (
    r"direct/",
    r"\w+/i\dxi\d/(rtn|scales|fsq16|paw|all)$",
    r"\w+/i8xi8/fsq8$",
    r"\w+/(i8xi8|i6xi6)/gptq$",
    r"(f6k9|f7k10|f6k8|f4)/i8xi8/net$|(f4k7|f6k9|f4)/i6xi6/net$|(f2|f4k7)/i4xi4/net$",
    r"(f6k9|f7k10|f6k8)/i8xi8/fit$|f4k7/i[46]xi[46]/fit$",
    r"(f6k9|f4)/i8xi8/netfsq8$",
)]
# Of the networks beside it: the shorter table.
_SHORT = [re.compile(pattern) for pattern in (
    r"direct/|\w+/i8xi8/(rtn|scales)$",
    r"(f6k9|f7k10|f6k8)/i8xi8/net$|f4k7/i[46]xi[46]/net$|f6k9/i8xi8/netfsq8$",
)]
# The first pattern that matches tile/taps/method decides: what the targets ask first, the rest of the table after.
_ORDER = [
    r"direct/",
    r"\w+/\w+/(net|netfsq8)$",
    r"\w+/i8xi8/(rtn|scales)$",
    r"\w+/i8xi8/(fsq8|all|fit)$",
    r"\w+/\w+/(rtn|scales)$",
    r"\w+/\w+/gptq$",
    r"\w+/\w+/fsq16$",
    r"\w+/\w+/paw$",
    r"",
]


def rank(cell):
    key = cell.name.split("/", 1)[1]
    return next(i for i, pattern in enumerate(_ORDER) if re.match(pattern, key))


def all_cells(networks):
    """Every cell of the accuracy table, in the order in which they are filled: by rank, a network five ranks behind the
    one before it."""
    cells = []
    for network in networks:
        cells.append(Cell(network, "direct", "i8xi8", "default"))
        asked = _FULL if network == "resnet20" else _SHORT
        grid = [Cell(network, tile, taps, method) for tile in TILES for taps in TAPS for method in METHODS]
        cells += [cell for cell in grid if any(pattern.match(cell.name.split("/", 1)[1]) for pattern in asked)]
    order = {network: i for i, network in enumerate(networks)}
    return sorted(cells, key=lambda cell: rank(cell) + 5 * order[cell.network])
