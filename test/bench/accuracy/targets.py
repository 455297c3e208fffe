"""What the table was made to decide: each target, which cells may meet it, and which of them is taken.

The cell is chosen by its noise on held-out training images; only then is its drop on the test images looked at.
"""
import dataclasses

from cells import METHODS, TILES


@dataclasses.dataclass(frozen=True)
class Target:
    title: str
    limit: float  # largest drop of top-1, points
    paper: str
    taps: tuple
    reduction: float = 0  # least nominal reduction
    tiles: tuple = tuple(TILES)
    out: tuple = ("",)  # formats of O that count

    def admits(self, cell):
        return (cell.tile in self.tiles and cell.taps in self.taps and METHODS[cell.method].out in self.out
                and TILES[cell.tile].reduction >= self.reduction - 1e-9)


TARGETS = [
    Target("8 bit, at least 4.0x", 0.1, "gain of 0.26, F(4,3)", ("i8xi8",), 4.0),
    Target("8 bit, F(7,3) K=10, 4.41x", 0.15, "-", ("i8xi8",), tiles=("f7k10",)),
    Target("8 bit, F(6,3) K=8, 5.06x", 0.4, "0.66", ("i8xi8",), tiles=("f6k8",)),
    Target("8 bit with O in 8 bit, at least 4.0x", 0.15, "0.41 to 1.60 on ImageNet, F(4,3)",
           ("i8xi8",), 4.0, out=("i8",)),
    Target("6 bit, at least 2.9x", 0.3, "1.51 at 4x", ("i6xi6",), 2.9),
    Target("4 bit", 5.0, "29.26 at 4x", ("i4xi4",)),
]


def choose(target, candidates):
    """Of (cell, found) pairs the admitted one of largest SQNR on held-out training images; None without any."""
    admitted = [pair for pair in candidates if target.admits(pair[0]) and pair[1].get("sqnr_db") is not None]
    return max(admitted, key=lambda pair: pair[1]["sqnr_db"], default=None)


def verdict(target, drop):
    """met, or missed and by how much; and what the interval says about the other answer."""
    if drop.value <= target.limit + 1e-9:
        return "met" + ("" if drop.high <= target.limit else f" (interval reaches {drop.high:.2f})")
    return f"missed by {drop.value - target.limit:.2f}" + ("" if drop.low > target.limit else ", within the interval")
