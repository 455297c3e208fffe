// Tables of buckets, of magnitudes and of what each layer costs.
#include "ReportSections.h"

#include "llvm/Support/Format.h"

#include <cmath>

using namespace llvm;

namespace wino {

/// More buckets than this: only those that lose anything are printed as text.
static constexpr size_t mostBuckets = 64;

static std::string verdictText(const BucketReport &bucket) {
  return bucket.isMissed ? "MISSED" : bucket.hasTooFew ? "too few " + bucket.unit() + " to judge" : "kept";
}

static void textBucket(raw_ostream &os, const BucketReport &bucket) {
  os << format("  %6llu  %6.2f   %6.2f  %+6.2f  [%6.2f, %6.2f]  ", (unsigned long long)bucket.trials, bucket.floatRight,
               bucket.integerRight, bucket.drop, bucket.low, bucket.high);
  if (bucket.floatAp && bucket.integerAp)
    os << format("%6.2f %6.2f  ", *bucket.floatAp, *bucket.integerAp);
  else if (!bucket.measure.empty())
    os << "     -      -  ";
  os << bucket.name() << ": " << verdictText(bucket) << "\n";
}

void textBuckets(raw_ostream &os, const Report &report) {
  if (report.buckets.empty())
    return;
  if (report.buckets.front().measure.empty())
    os << "buckets, top-1 in %\n  images   float  integer    drop  95 % interval     bucket\n";
  else
    os << "buckets, recall of objects and precision of what is shown in %, and AP@0.5 by floats and by integers\n"
          "   count   float  integer    drop  95 % interval       AP@0.5      bucket\n";
  for (const BucketReport &bucket : report.buckets)
    if (report.buckets.size() <= mostBuckets || bucket.lost > bucket.gained)
      textBucket(os, bucket);
  if (!report.worstBucket) {
    os << "worst bucket: none loses\n";
    return;
  }
  const BucketReport &worst = report.buckets[*report.worstBucket];
  os << "worst bucket: " << worst.name()
     << format(", drop %.2f points, budget %.2f: ", worst.drop, report.maxDrop.value_or(0)) << verdictText(worst)
     << "\n";
}

void textMagnitudes(raw_ostream &os, const Report &report) {
  if (report.magnitudes.empty())
    return;
  os << "outputs by magnitude, faintest first: SQNR (of rounding alone)";
  for (const MagnitudeReport &group : report.magnitudes)
    os << format(" %.1f (%.1f)", group.sqnrDb, group.roundingDb);
  os << " dB\n";
}

void textBlame(raw_ostream &os, const Report &report) {
  std::vector<const LayerReport *> layers = report.byBlame();
  if (layers.empty())
    return;
  os << "\nwhat each layer costs, all others as integers";
  if (!report.blamedBucket.empty())
    os << "; right: of " << report.blamedTrials << " " << report.blamedUnit << " of " << report.blamedBucket
       << " that the integers lose, with this layer in floats";
  os << "\n   right  outputs' SQNR  cycles of a safer plan\n";
  for (const LayerReport *layer : layers) {
    if (layer->recovered)
      os << format("  %6llu", (unsigned long long)*layer->recovered);
    else
      os << "       -";
    if (layer->sqnrWithoutDb && report.sqnrOfAllDb)
      os << format("  %+10.2f dB", *layer->sqnrWithoutDb - *report.sqnrOfAllDb);
    else
      os << "              -";
    if (layer->safer.empty())
      os << "           -  " << layer->node << " (" << layer->algorithm << ")\n";
    else
      os << format("  %+10.0f  ", layer->saferCycles) << layer->node << " (" << layer->algorithm << " -> "
         << layer->safer << ")\n";
  }
}

void jsonSections(json::OStream &out, const Report &report) {
  if (!report.buckets.empty())
    out.attributeArray("buckets", [&] {
      for (const BucketReport &bucket : report.buckets)
        out.object([&] {
          out.attribute("column", json::fixUTF8(bucket.column));
          out.attribute("value", json::fixUTF8(bucket.value));
          bool isTopOne = bucket.measure.empty();
          if (!isTopOne)
            out.attribute("measure", bucket.measure);
          out.attribute(bucket.unit(), int64_t(bucket.trials));
          out.attribute("lost", int64_t(bucket.lost));
          out.attribute("gained", int64_t(bucket.gained));
          out.attribute(isTopOne ? "float_top1" : "float", bucket.floatRight);
          out.attribute(isTopOne ? "integer_top1" : "integer", bucket.integerRight);
          if (bucket.floatAp && bucket.integerAp) {
            out.attribute("float_ap50", *bucket.floatAp);
            out.attribute("integer_ap50", *bucket.integerAp);
          }
          out.attribute("drop", bucket.drop);
          out.attribute("drop_low", bucket.low);
          out.attribute("drop_high", bucket.high);
          out.attribute("verdict", bucket.isMissed ? "missed" : bucket.hasTooFew ? "too few " + bucket.unit() : "kept");
        });
    });
  if (report.worstBucket)
    out.attribute("worst_bucket", json::fixUTF8(report.buckets[*report.worstBucket].name()));
  if (!report.blamedBucket.empty()) {
    out.attribute("blamed_bucket", json::fixUTF8(report.blamedBucket));
    out.attribute("blamed_" + report.blamedUnit, int64_t(report.blamedTrials));
  }
  if (!report.magnitudes.empty())
    out.attributeArray("magnitudes", [&] {
      for (const MagnitudeReport &group : report.magnitudes)
        out.object([&] {
          out.attribute("largest", group.largest);
          if (std::isfinite(group.sqnrDb))
            out.attribute("sqnr_db", group.sqnrDb);
          if (std::isfinite(group.roundingDb))
            out.attribute("rounding_db", group.roundingDb);
        });
    });
}

void jsonExtras(json::OStream &out, const LayerReport &layer) {
  if (!layer.magnitudesDb.empty())
    out.attributeArray("magnitudes_db", [&] {
      for (double decibel : layer.magnitudesDb)
        out.value(std::isfinite(decibel) ? json::Value(decibel) : json::Value(nullptr));
    });
  if (!layer.safer.empty()) {
    out.attribute("safer_plan", layer.safer);
    out.attribute("safer_plan_cycles", layer.saferCycles);
  }
  if (layer.recovered)
    out.attribute("recovered", int64_t(*layer.recovered));
}

} // namespace wino
