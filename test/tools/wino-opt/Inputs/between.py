"""Prints a budget of points between the drop of all images and that of a bucket that is no luck.

usage: between.py REPORT.json
"""
import json
import math
import sys


def luck(bucket):
    """The chance that coins lose as many of the images on which the networks differ."""
    differing = bucket["lost"] + bucket["gained"]
    return sum(math.comb(differing, k) for k in range(bucket["lost"], differing + 1)) / 2 ** differing


report = json.load(open(sys.argv[1]))
buckets = report["buckets"]
families = [bucket["column"] for bucket in buckets]
sure = [b["drop"] for b in buckets if luck(b) <= 0.05 / families.count(b["column"]) and b["drop"] > report["drop"]]
assert sure, "expected a bucket that loses more than all images do, and not by luck"
print(report["drop"] + 0.5 * (max(sure) - report["drop"]))
