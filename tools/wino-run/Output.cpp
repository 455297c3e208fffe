// Tables.
#include "Output.h"

#include "llvm/Support/Format.h"

#include <algorithm>
#include <cmath>

using namespace llvm;

namespace wino {

json::Value finite(double number) { return std::isfinite(number) ? json::Value(number) : json::Value(nullptr); }

std::string intervalText(const PairedDrop &drop) {
  auto [low, high] = drop.interval();
  std::string text;
  raw_string_ostream(text) << format("[%6.2f, %6.2f]", low, high);
  return text;
}

json::Object toJson(const PairedDrop &drop) {
  auto [low, high] = drop.interval();
  return json::Object{{"count", int64_t(drop.trials)},
                      {"float_right", int64_t(drop.floatRight)},
                      {"integer_right", int64_t(drop.integerRight)},
                      {"lost", int64_t(drop.lost)},
                      {"gained", int64_t(drop.gained)},
                      {"drop", drop.points()},
                      {"drop_low", low},
                      {"drop_high", high},
                      {"luck", drop.luck()}};
}

double percent(size_t part, size_t whole) { return whole > 0 ? 100 * double(part) / double(whole) : std::nan(""); }

/// The worst bucket of one network's answers: that with the least share of right ones.
static const Bucket *leastRight(ArrayRef<Bucket> buckets) {
  return std::min_element(buckets.begin(), buckets.end(), [](const Bucket &a, const Bucket &b) {
    return percent(a.drop.floatRight, a.drop.trials) < percent(b.drop.floatRight, b.drop.trials);
  });
}

static void printWorst(raw_ostream &os, ArrayRef<Bucket> buckets, Ran ran) {
  if (ran != Ran::Both) {
    const Bucket *worst = leastRight(buckets);
    os << "worst bucket: " << worst->column << "=" << worst->value
       << format(", %.2f %% of %zu images\n", percent(worst->drop.floatRight, worst->drop.trials), worst->drop.trials);
    return;
  }
  const Bucket *worst = worstBucket(buckets);
  if (!worst) {
    os << "worst bucket: none loses\n";
    return;
  }
  const PairedDrop &drop = worst->drop;
  os << "worst bucket: " << worst->column << "=" << worst->value << format(", drop %.2f points ", drop.points())
     << intervalText(drop)
     << format("; of %zu images %zu lost, %zu gained; luck does so in %.2g of cases, among %zu buckets\n", drop.trials,
               drop.lost, drop.gained, drop.luck(), buckets.size());
}

void printBuckets(Output &output, ArrayRef<Bucket> buckets, Ran ran, bool isAgreement) {
  if (buckets.empty())
    return;
  raw_ostream &os = output.os;
  os << (isAgreement ? "\nbuckets: images whose class is the float network's, %\n" : "\nbuckets: top-1, %\n");
  os << "  images   float  integer    drop  95 % interval     bucket\n";
  json::Array list;
  for (const Bucket &bucket : buckets) {
    const PairedDrop &drop = bucket.drop;
    os << format("  %6zu", drop.trials);
    if (ran == Ran::Integer)
      os << "       -";
    else
      os << format("  %6.2f", percent(drop.floatRight, drop.trials));
    if (ran == Ran::Float)
      os << "        -";
    else
      os << format("   %6.2f", percent(drop.integerRight, drop.trials));
    if (ran == Ran::Both)
      os << format("  %+6.2f  ", drop.points()) << intervalText(drop);
    else
      os << "       -  -               ";
    os << "  " << bucket.column << "=" << bucket.value << "\n";
    json::Object entry = toJson(drop);
    if (ran != Ran::Both)
      entry = json::Object{{"count", int64_t(drop.trials)},
                           {ran == Ran::Float ? "float_right" : "integer_right", int64_t(drop.floatRight)}};
    entry["column"] = json::fixUTF8(bucket.column);
    entry["value"] = json::fixUTF8(bucket.value);
    list.push_back(std::move(entry));
  }
  printWorst(os, buckets, ran);
  output.json["buckets"] = std::move(list);
  const Bucket *worst = ran == Ran::Both ? worstBucket(buckets) : leastRight(buckets);
  if (worst)
    output.json["worst_bucket"] =
        json::Object{{"column", json::fixUTF8(worst->column)}, {"value", json::fixUTF8(worst->value)}};
}

static json::Array magnitudesJson(const Magnitudes &magnitudes) {
  json::Array groups;
  for (const MagnitudeGroup &group : magnitudes.split())
    groups.push_back(json::Object{{"largest", group.largest},
                                  {"count", int64_t(group.count)},
                                  {"sqnr_db", finite(group.decibel())},
                                  {"rounding_db", finite(group.roundingDecibel())}});
  return groups;
}

static void printMagnitudes(Output &output, const Comparison &comparison) {
  raw_ostream &os = output.os;
  os << "SQNR by magnitude of the float outputs, tenths of the numbers that are not 0; after the slash, what rounding "
        "alone leaves\n";
  for (const MagnitudeGroup &group : comparison.outputMagnitudes.split())
    os << format("  %8.2f dB / %6.2f dB  up to %.4g\n", group.decibel(), group.roundingDecibel(), group.largest);
  os << "layers: SQNR of each tenth, faintest first, dB\n";
  for (const auto &[name, magnitudes] : comparison.magnitudes) {
    for (const MagnitudeGroup &group : magnitudes.split())
      os << format("%7.1f", group.decibel());
    os << "  " << name << "\n";
  }
}

void printNoise(Output &output, const Comparison &comparison, bool perLayer, bool perMagnitude) {
  output.os << format("SQNR of the outputs before softmax: %.2f dB\n", comparison.outputs.decibel());
  if (perLayer)
    for (const auto &[name, energy] : comparison.layers)
      output.os << format("  %8.2f dB  ", energy.decibel()) << name << "\n";
  if (perMagnitude)
    printMagnitudes(output, comparison);
  output.json["sqnr_db"] = finite(comparison.outputs.decibel());
  json::Array layers;
  for (size_t i = 0; i < comparison.layers.size(); ++i) {
    json::Object layer{{"name", json::fixUTF8(comparison.layers[i].first)},
                       {"sqnr_db", finite(comparison.layers[i].second.decibel())}};
    if (perMagnitude)
      layer["magnitudes"] = magnitudesJson(comparison.magnitudes[i].second);
    layers.push_back(std::move(layer));
  }
  output.json["layers"] = std::move(layers);
  if (perMagnitude)
    output.json["output_magnitudes"] = magnitudesJson(comparison.outputMagnitudes);
}

} // namespace wino
