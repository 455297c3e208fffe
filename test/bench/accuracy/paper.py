"""Numbers of "Towards Efficient and Accurate Winograd Convolution via Full Quantization" (NeurIPS 2023), its Table 4:
ResNet-20 on CIFAR-10, float 91.76 %, only U and V quantized ("partial"), 1,024 images, 20,000 steps of Adam per block."""

FLOAT = 91.76
COLUMNS = ("SB", "BQW", "PAW")
# (tile, taps): top-1 of the paper's strong baseline, of BQW (CVPR 2022) as the paper ran it, of PAW
TOP1 = {
    ("f4", "i4xi4"): (22.46, 17.33, 62.50),
    ("f4", "i6xi6"): (80.63, 79.36, 90.25),
    ("f4", "i8xi8"): (89.55, 90.31, 92.02),
    ("f6k8", "i4xi4"): (13.51, 10.00, 21.71),
    ("f6k8", "i6xi6"): (46.62, 39.75, 85.29),
    ("f6k8", "i8xi8"): (81.44, 81.44, 91.10),
}


def drops(tile, taps):
    """The paper's drops for the tile of the same size and number of products, or None."""
    found = TOP1.get(({"f4classic": "f4"}.get(tile, tile), taps))
    return found and tuple(FLOAT - top1 for top1 in found)
