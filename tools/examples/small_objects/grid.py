"""The cells of the small-objects detector: what its output means. Shared by training and by those who run it."""
import numpy

from scenes import CLASSES, SIDE, SIZES

CELLS = (24, 12)       # of the two maps, each way
PRIORS = (10.0, 30.0)  # sides of their priors in pixels
VARIANCES = (0.1, 0.2)
NUMBERS = 4 + len(CLASSES)


def priors():
    """720 x 4: centre x, y, width, height in fractions of the picture."""
    rows = []
    for cells, side in zip(CELLS, PRIORS):
        for y in range(cells):
            rows += [((x + 0.5) / cells, (y + 0.5) / cells, side / SIDE, side / SIDE) for x in range(cells)]
    return numpy.array(rows, "<f4")


def detections(priors_file, score=0.3):
    """The text of --detections; `score` from which on an object counts as found."""
    return (f"boxes=cells[0:4],scores=cells[4:{NUMBERS}],candidates=last,activation=sigmoid,format=priors,"
            f"priors={priors_file},variances={VARIANCES[0]}:{VARIANCES[1]},score={score},nms=0.45,"
            f"sizes={SIZES[0]}:{SIZES[1]}")
