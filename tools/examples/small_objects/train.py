#!/usr/bin/env python3
"""Trains the detector of the small-objects example and exports it to ONNX with BatchNormalization folded.

usage: train.py [--scenes=5000] [--epochs=12] [--seed=0] [--out=small_objects.onnx]

Needs PyTorch (Debian's python3-torch, not a package of tools/setup; only this script uses it). One thread, 14 s
per 1,000 scenes and epoch. test/data/small_objects.onnx was made so.

Nine 3x3 convolutions, three of them at the picture's or half its resolution, and a prediction per cell of two maps:
24 x 24 cells for objects of up to 16 x 16 pixels, 12 x 12 for larger ones. A cell says offsets of its box from a prior
(E8 of lib/Metrics) and one logit per class. Input: pixels as they are, 0 to 255. Output: 1 x 6 x 720.
"""
import argparse
import os
import sys
import time

import numpy
import torch
import torch.nn.functional as F
from torch import nn

from grid import CELLS, NUMBERS, VARIANCES, priors
from scenes import CLASSES, SIDE, make_scenes

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "test", "data"))
from make_onnx import model, node  # noqa: E402 (a writer of ONNX files, without PyTorch's)

FINE = 16.0  # sides of squares up to which objects belong to the first map
BATCH = 16
# name, channels in and out, whether a pool of 2 x 2 comes before it
LAYERS = (("stem", 3, 16, False), ("early1", 16, 24, True), ("early2", 24, 24, False), ("middle1", 24, 40, True),
          ("middle2", 40, 40, False), ("middle3", 40, 40, False), ("late1", 40, 64, True), ("late2", 64, 64, False),
          ("late3", 64, 64, False))
FINE_FROM = "middle3"  # what the first map is made of
HEADS = ("fine", "coarse")
LEVELS = 255


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleDict({name: nn.Conv2d(i, o, 3, 1, 1, bias=False) for name, i, o, _ in LAYERS})
        self.norms = nn.ModuleDict({name: nn.BatchNorm2d(o) for name, _, o, _ in LAYERS})
        self.heads = nn.ModuleList([nn.Conv2d(40, NUMBERS, 1), nn.Conv2d(64, NUMBERS, 1)])
        for head in self.heads:
            nn.init.normal_(head.weight, 0, 0.01)
            nn.init.zeros_(head.bias)
            nn.init.constant_(head.bias[4:], -4.0)

    def forward(self, pixels):
        """N x 3 x 96 x 96 in 0..255 to N x 6 x 720."""
        x, maps = pixels / LEVELS, []
        for name, _, _, is_pooled in LAYERS:
            x = F.max_pool2d(x, 2) if is_pooled else x
            x = F.relu(self.norms[name](self.convs[name](x)))
            if name in (FINE_FROM, LAYERS[-1][0]):
                maps.append(self.heads[len(maps)](x).flatten(2))
        return torch.cat(maps, 2)


def targets(objects):
    """What the network should say of one picture: 2 x 720 how much a cell is the centre of an object of each class, 4 x 720
    offsets, 720 weights of the offsets."""
    grid = priors().astype(numpy.float64) * SIDE
    fine = CELLS[0] ** 2
    heat, offsets, weight = numpy.zeros((len(CLASSES), len(grid))), numpy.zeros((4, len(grid))), numpy.zeros(len(grid))
    for category, (x0, y0, x1, y1) in objects:
        x, y, width, height = (x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0
        is_fine = numpy.sqrt(width * height) <= FINE
        cells = numpy.arange(fine) if is_fine else numpy.arange(fine, len(grid))
        step = SIDE / CELLS[0 if is_fine else 1]
        spread = [max(0.35 * step, 0.12 * side) for side in (width, height)]
        near = numpy.exp(-((grid[cells, 0] - x) / spread[0]) ** 2 / 2 - ((grid[cells, 1] - y) / spread[1]) ** 2 / 2)
        near[near.argmax()] = 1
        heat[category, cells] = numpy.maximum(heat[category, cells], near)
        taken = cells[near > numpy.maximum(0.3, weight[cells])]
        weight[taken] = near[near > numpy.maximum(0.3, weight[cells])]
        offsets[0, taken] = (x - grid[taken, 0]) / grid[taken, 2] / VARIANCES[0]
        offsets[1, taken] = (y - grid[taken, 1]) / grid[taken, 3] / VARIANCES[0]
        offsets[2, taken] = numpy.log(width / grid[taken, 2]) / VARIANCES[1]
        offsets[3, taken] = numpy.log(height / grid[taken, 3]) / VARIANCES[1]
    return heat.astype(numpy.float32), offsets.astype(numpy.float32), weight.astype(numpy.float32)


def loss_of(outputs, heat, offsets, weight):
    """Focal loss of CornerNet (Law and Deng, 2018) for the logits, smooth L1 for the offsets."""
    logits, count = outputs[:, 4:], max(1.0, float((heat == 1).sum()))
    p = torch.sigmoid(logits).clamp(1e-5, 1 - 1e-5)
    right = (heat == 1).float()
    focal = -(right * (1 - p) ** 2 * torch.log(p) + (1 - right) * (1 - heat) ** 4 * p ** 2 * torch.log(1 - p)).sum()
    distance = F.smooth_l1_loss(outputs[:, :4], offsets, reduction="none") * weight[:, None]
    return focal / count + 0.3 * distance.sum() / max(1.0, float(weight.sum()))


def mirrored(images, heat, offsets, weight):
    """The same scenes from right to left."""
    def cells(rows):
        parts = rows.split([c * c for c in CELLS], dim=-1)
        return torch.cat([p.unflatten(-1, (c, c)).flip(-1).flatten(-2) for p, c in zip(parts, CELLS)], -1)
    turned = cells(offsets) * torch.tensor([-1.0, 1, 1, 1]).view(1, 4, 1)
    return images.flip(-1), cells(heat), turned, cells(weight)


def train(net, data, epochs, rate=3e-3):
    """Adam with one learning-rate cycle over all epochs; every other batch is mirrored."""
    images = data[0]
    steps = len(images) // BATCH
    optimizer = torch.optim.AdamW(net.parameters(), rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=epochs * steps + 1, pct_start=0.15)
    for epoch in range(epochs):
        start, total = time.time(), 0.0
        order = torch.randperm(len(images))
        for step in range(steps):
            chosen = order[step * BATCH:(step + 1) * BATCH]
            batch = [part[chosen] for part in data]
            batch[0] = batch[0].float()
            batch = mirrored(*batch) if step % 2 else batch
            loss = loss_of(net(batch[0].contiguous()), *batch[1:])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch}: loss {total / steps:.4f}, {time.time() - start:.0f} s", flush=True)


def folded(net):
    """Filters and biases by name, BatchNormalization folded into them. Maps are in grey levels, 0 to some thousands: what
    divides the pixels in training stands at the end here, in the heads, as if nobody had normalized anything."""
    constants = {}
    for name, _, _, _ in LAYERS:
        norm = net.norms[name]
        factor = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        constants[name + ".weight"] = net.convs[name].weight * factor.view(-1, 1, 1, 1)
        constants[name + ".bias"] = (norm.bias - norm.running_mean * factor) * LEVELS
    for kind, head in zip(HEADS, net.heads):
        constants[kind + ".weight"] = head.weight / LEVELS
        constants[kind + ".bias"] = head.bias
    return {name: value.detach().numpy() for name, value in constants.items()}


def exported(constants):
    """The bytes of the ONNX file."""
    nodes, x, maps = [], "image", []
    for name, _, _, is_pooled in LAYERS:
        if is_pooled:
            nodes.append(node("MaxPool", [x], [name + ".pool"], kernel_shape=[2, 2], strides=[2, 2]))
            x = name + ".pool"
        nodes.append(node("Conv", [x, name + ".weight", name + ".bias"], [name], kernel_shape=[3, 3], pads=[1, 1, 1, 1]))
        nodes.append(node("Relu", [name], [name + ".relu"]))
        x = name + ".relu"
        if name in (FINE_FROM, LAYERS[-1][0]):
            kind = HEADS[len(maps)]
            nodes.append(node("Conv", [x, kind + ".weight", kind + ".bias"], [kind], kernel_shape=[1, 1]))
            nodes.append(node("Reshape", [kind, "all"], [kind + ".cells"]))
            maps.append(kind + ".cells")
    nodes.append(node("Concat", maps, ["cells"], axis=2))
    shape = {"all": numpy.array([1, NUMBERS, -1])}
    cells = sum(c * c for c in CELLS)
    return model(nodes, {**constants, **shape}, {"image": [1, 3, SIDE, SIDE]}, {"cells": [1, NUMBERS, cells]})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenes", type=int, default=5000)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", default="small_objects.onnx")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    images, objects, _ = make_scenes(args.scenes, 1000 + args.seed, small=0.25)  # more of what is hard
    wanted = [numpy.stack(part) for part in zip(*(targets(rows) for rows in objects))]
    net = Detector()
    train(net, [torch.from_numpy(images)] + [torch.from_numpy(part) for part in wanted], args.epochs)
    with open(args.out, "wb") as file:
        file.write(exported(folded(net.eval())))
    print(f"wrote {args.out}")


if __name__ == "__main__":
    main()
