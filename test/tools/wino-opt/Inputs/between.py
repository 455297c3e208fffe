"""Prints a budget of points between the drop of all images and that of a bucket that is no luck.

usage: between.py REPORT.json
"""
import json
import math
import statistics
import sys


def luck(bucket):
    """The chance that coins lose as many of the trials on which the networks differ."""
    differing = bucket["lost"] + bucket["gained"]
    return sum(math.comb(differing, k) for k in range(bucket["lost"], differing + 1)) / 2 ** differing


def least(bucket, level):
    """The lower end of the interval in points, one-sided at this level."""
    n = next(bucket[unit] for unit in ("images", "objects", "detections") if unit in bucket) + 2
    l, g = (bucket["lost"] + 1) / n, (bucket["gained"] + 1) / n
    return 100 * (l - g - statistics.NormalDist().inv_cdf(1 - level) * math.sqrt((l + g - (l - g) ** 2) / n))


report = json.load(open(sys.argv[1]))
buckets = report["buckets"]
level = 0.05 / len(buckets)
sure = [least(b, level) for b in buckets if luck(b) <= level and least(b, level) > report["drop"]]
assert sure, "expected a bucket that loses more than all images do, and not by luck"
print(report["drop"] + 0.5 * (max(sure) - report["drop"]))
