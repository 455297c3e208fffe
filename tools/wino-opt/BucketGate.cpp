// Buckets of held-out images, and the layers that cost the worst of them most.
#include "BucketGate.h"
#include "Gate.h"

#include "../common/Progress.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace wino {

/// What an image says in a column: its class, or a tag.
static std::string valueOf(const std::string &column, size_t image, ArrayRef<int64_t> labels, const Tags &tags) {
  for (const TagColumn &tag : tags.columns)
    if (tag.name == column)
      return tag.values[image];
  return std::to_string(labels[image]);
}

std::vector<Bucket> dropBuckets(ArrayRef<std::pair<size_t, size_t>> classes, ArrayRef<size_t> images,
                                ArrayRef<int64_t> labels, const Tags &tags) {
  std::vector<bool> isFloatRight, isIntegerRight;
  for (size_t i = 0; i < images.size(); ++i) {
    isFloatRight.push_back(int64_t(classes[i].first) == labels[images[i]]);
    isIntegerRight.push_back(int64_t(classes[i].second) == labels[images[i]]);
  }
  std::vector<std::string> columns = {"class"};
  for (const TagColumn &tag : tags.columns)
    columns.push_back(tag.name);
  std::vector<Bucket> buckets;
  for (const std::string &column : columns) {
    std::vector<std::string> values;
    for (size_t image : images)
      values.push_back(valueOf(column, image, labels, tags));
    append_range(buckets, bucketsOf(column, values, isFloatRight, isIntegerRight));
  }
  for (Bucket &bucket : buckets)
    bucket.family = buckets.size(); // any of them fails the gate
  return buckets;
}

bool missesBucket(ArrayRef<Bucket> buckets, double maxDrop) {
  return any_of(buckets, [&](const Bucket &b) { return b.drop.judge(maxDrop, b.family) == Verdict::Missed; });
}

static const char *measureText(Measure measure) {
  return measure == Measure::TopOne ? "" : measure == Measure::Recall ? "recall" : "precision";
}

void addBuckets(Report &report, ArrayRef<Bucket> buckets, double maxDrop) {
  std::string few;
  size_t count = 0;
  for (const Bucket &bucket : buckets) {
    const PairedDrop &drop = bucket.drop;
    auto [low, high] = drop.interval();
    Verdict verdict = drop.judge(maxDrop, bucket.family);
    BucketReport entry{bucket.column, bucket.value, drop.trials, drop.lost, drop.gained};
    entry.measure = measureText(bucket.measure);
    entry.floatRight = 100 * double(drop.floatRight) / double(drop.trials);
    entry.integerRight = 100 * double(drop.integerRight) / double(drop.trials);
    entry.drop = drop.points();
    entry.low = low;
    entry.high = high;
    entry.isMissed = verdict == Verdict::Missed;
    entry.hasTooFew = verdict == Verdict::TooFew;
    if (entry.hasTooFew && ++count <= mostNames)
      raw_string_ostream(few) << (few.empty() ? "" : ", ") << entry.name()
                              << format(" (%zu of %zu lost, %zu gained)", drop.lost, drop.trials, drop.gained);
    report.buckets.push_back(std::move(entry));
  }
  if (const Bucket *worst = worstBucket(buckets))
    report.worstBucket = size_t(worst - buckets.data());
  bool isOfImages = all_of(buckets, [](const Bucket &b) { return b.measure == Measure::TopOne; });
  if (count > 0)
    report.notes.push_back((isOfImages ? "Too few images to judge " : "Too few objects or detections to judge ") +
                           std::to_string(count) + (count == 1 ? " bucket that loses" : " buckets that lose") +
                           " more than the budget: " + few + (count > mostNames ? ", .." : "") + ".");
}

std::vector<size_t> lostImages(const Bucket &bucket, ArrayRef<std::pair<size_t, size_t>> classes,
                               ArrayRef<size_t> images, ArrayRef<int64_t> labels, const Tags &tags, size_t most) {
  std::vector<size_t> lost;
  for (size_t i = 0; i < images.size() && lost.size() < most; ++i) {
    int64_t label = labels[images[i]];
    if (int64_t(classes[i].first) == label && int64_t(classes[i].second) != label &&
        valueOf(bucket.column, images[i], labels, tags) == bucket.value)
      lost.push_back(images[i]);
  }
  return lost;
}

Error blameBucket(Report &report, const Blame &blame, mlir::func::FuncOp planned, mlir::func::FuncOp integers,
                  Calibration &calibration, unsigned threads, LeftOutObserver onOutputs) {
  Expected<Runner *> runner = calibration.floatRunner(planned);
  if (!runner)
    return runner.takeError();
  auto progress = [](size_t done, size_t total) { showProgress("blaming layers", done, total); };
  Expected<AllButOne> measured =
      measureAllButOne(planned, **runner, integers, *calibration.images, blame.images, threads, progress, onOutputs);
  if (!measured)
    return measured.takeError();
  bool hasSqnr = report.sqnrOfAllDb.has_value(); // --all-but-one has measured it on more images
  if (!hasSqnr)
    report.sqnrOfAllDb = measured->all.decibel();
  for (size_t l = 0; l < measured->without.size(); ++l)
    for (LayerReport &layer : report.layers) {
      if (layer.node != measured->without[l].first)
        continue;
      layer.recovered = blame.recovered(l, *measured);
      if (!hasSqnr)
        layer.sqnrWithoutDb = measured->without[l].second.decibel();
    }
  BucketReport name{blame.bucket.column, blame.bucket.value};
  name.measure = measureText(blame.bucket.measure);
  report.blamedBucket = name.name();
  report.blamedUnit = name.unit();
  report.blamedTrials = blame.trials;
  return Error::success();
}

Error blameForClasses(Report &report, const Bucket &bucket, ArrayRef<size_t> lost, ArrayRef<int64_t> labels,
                      mlir::func::FuncOp planned, mlir::func::FuncOp integers, Calibration &calibration,
                      unsigned threads) {
  auto recovered = [&](size_t layer, const AllButOne &measured) {
    uint64_t right = 0;
    for (size_t i = 0; i < lost.size(); ++i)
      right += int64_t(measured.classes[layer][i]) == labels[lost[i]];
    return right;
  };
  return blameBucket(report, {bucket, lost, lost.size(), recovered}, planned, integers, calibration, threads);
}

std::string guiltyForBucket(const Report &report) {
  std::string text;
  raw_string_ostream os(text);
  for (const BucketReport &bucket : report.buckets) {
    if (!bucket.isMissed)
      continue;
    os << (text.empty() ? "" : ", ") << bucket.name() << format(" loses %.2f points (", bucket.drop)
       << bucket.lossText() << ")";
  }
  if (text.empty())
    return text;
  os << format(", expected at most %.2f", report.maxDrop.value_or(0));
  if (report.blamedBucket.empty())
    return text;
  StringRef bucket = report.blamedBucket;
  bool areShown = bucket.consume_front("precision of ");
  bucket.consume_front("recall of ");
  os << "; of " << report.blamedTrials << (areShown ? " wrong " : " lost ") << report.blamedUnit << " of " << bucket
     << (areShown ? " go away" : " come back") << " with one layer in floats:";
  std::vector<const LayerReport *> layers = report.byBlame();
  layers.resize(std::min(layers.size(), mostNames));
  for (const LayerReport *layer : layers) {
    os << (layer == layers.front() ? " " : ", ") << layer->recovered.value_or(0) << " by '" << layer->node << "' ("
       << layer->algorithm << "; " << layer->saferText() << ")";
  }
  return text;
}

} // namespace wino
