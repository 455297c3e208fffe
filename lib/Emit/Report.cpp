// Text and JSON forms of the report; the HTML page is in ReportHtml.cpp.
#include "wino/Emit/Report.h"

#include "ReportSections.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <map>

using namespace llvm;

namespace wino {

std::string LayerReport::saferText() const {
  if (safer.empty())
    return "no safer plan";
  std::string text;
  raw_string_ostream(text) << safer << " instead " << (saferCycles < 0 ? "saves " : "adds ")
                           << format("%.0f cycles", std::fabs(saferCycles));
  return text;
}

std::string BucketReport::lossText() const {
  bool areShown = measure == "precision";
  std::string text;
  raw_string_ostream(text) << lost << " of " << trials << " " << unit()
                           << (areShown ? " wrong with integers only, " : " lost, ") << gained
                           << (areShown ? " with floats only" : " gained");
  return text;
}

double Report::totalCycles() const {
  double sum = 0;
  for (const LayerReport &layer : layers)
    sum += layer.cycles;
  return sum;
}

std::vector<std::pair<std::string, unsigned>> Report::algorithms() const {
  std::map<std::string, unsigned> counts;
  for (const LayerReport &layer : layers)
    ++counts[layer.algorithm];
  return {counts.begin(), counts.end()};
}

bool Report::missesBucket() const {
  return llvm::any_of(buckets, [](const BucketReport &bucket) { return bucket.isMissed; });
}

std::vector<const LayerReport *> Report::byBlame() const {
  std::vector<const LayerReport *> order;
  for (const LayerReport &layer : layers)
    if (layer.recovered || layer.sqnrWithoutDb)
      order.push_back(&layer);
  auto key = [](const LayerReport *layer) {
    return std::pair(layer->recovered.value_or(0), layer->sqnrWithoutDb.value_or(0));
  };
  llvm::sort(order, [&](const LayerReport *a, const LayerReport *b) {
    return key(a) != key(b) ? key(a) > key(b) : a < b; // of one vector: in program order
  });
  return order;
}

static void textLayer(raw_ostream &os, const LayerReport &layer, std::optional<double> sqnrOfAllDb) {
  os << "  " << layer.node << "  " << layer.shape << "\n    " << layer.tile;
  if (!layer.formats.empty())
    os << "  (" << layer.formats << ")";
  os << format("\n    %.0f cycles", layer.cycles);
  if (!layer.runnerUp.empty())
    os << format(", runner-up %.0f (error %.3g): ", layer.runnerUpCycles, layer.runnerUpError) << layer.runnerUp;
  os << format("\n    %llu weight bytes", (unsigned long long)layer.weightBytes);
  if (layer.headroomBits)
    os << format(", head-room %.2f bits", *layer.headroomBits);
  os << format("\n    error alone: predicted %.3g", layer.error);
  if (layer.measuredError)
    os << format(", measured %.3g", *layer.measuredError);
  os << format("\n    predicted noise at the outputs %.3g, up to here %.3g (sensitivity %.3g, to 8-bit taps %.3g)",
               layer.outputNoise, layer.noiseSoFar, layer.sensitivity, layer.tapSensitivity);
  if (layer.sqnrDb)
    os << format("\n    with the layers before it: SQNR %.2f dB", *layer.sqnrDb);
  if (layer.sqnrWithoutDb && sqnrOfAllDb)
    os << format("\n    all layers but this one: SQNR of the outputs %.2f dB (%+.2f dB)", *layer.sqnrWithoutDb,
                 *layer.sqnrWithoutDb - *sqnrOfAllDb);
  if (!layer.magnitudesDb.empty()) {
    os << "\n    by magnitude, faintest first:";
    for (double decibel : layer.magnitudesDb)
      os << format(" %.1f", decibel);
    os << " dB";
  }
  if (!layer.worstTap.empty())
    os << "\n    worst tap " << layer.worstTap;
  os << "\n";
  if (!layer.why.empty())
    os << "    why: " << layer.why << "\n";
}

std::string Report::explain(const std::string &node) const {
  std::string text;
  raw_string_ostream os(text);
  for (const LayerReport &layer : layers)
    if (layer.node == node)
      textLayer(os, layer, sqnrOfAllDb);
  return text;
}

static void textFront(raw_ostream &os, const Report &report) {
  os << "\nother budgets (predicted): cycles, SQNR dB\n";
  for (const FrontEntry &entry : report.front)
    os << format("  %12.0f  %6.2f\n", entry.cycles, entry.sqnrDb);
}

std::string Report::toText() const {
  std::string text;
  raw_string_ostream os(text);
  os << name << " for " << target << " (wino-opt " << version << ")\n";
  if (!needs.empty())
    os << "processor: " << needs << "\n";
  os << "model " << modelFile << ", sha256 " << modelSha256 << "\n";
  os << "calibration sha256 " << calibrationSha256 << "\noptions sha256 " << optionsSha256 << "\n";
  os << "input " << preprocessing << "\n";
  os << "images: " << calibrationImages << " calibration, " << heldOutImages << " held out\n\n";
  os << "arena " << arenaBytes << " bytes, weights " << weightsBytes << ", code " << codeBytes << ", stack "
     << stackBytes << "\n";
  if (sqnrDb && maxDrop)
    os << format("SQNR of the outputs before softmax %.2f dB\n", *sqnrDb);
  else if (sqnrDb)
    os << format("SQNR of the outputs before softmax %.2f dB, budget %.2f dB: %s\n", *sqnrDb, minSqnrDb,
                 meetsBudget() ? "met" : "MISSED");
  else
    os << "SQNR not measured\n";
  if (maxDrop && drop)
    os << metric
       << format(" drop %.2f points, budget %.2f: %s\n", *drop, *maxDrop, *drop <= *maxDrop ? "met" : "MISSED");
  textBuckets(os, *this);
  if (predictedSqnrDb)
    os << format("predicted SQNR %.2f dB\n", *predictedSqnrDb);
  textMagnitudes(os, *this);
  if (sqnrOfAllDb)
    os << format("SQNR on the calibration images that all-but-one is measured on %.2f dB\n", *sqnrOfAllDb);
  os << format("convolutions %.0f predicted cycles;", totalCycles());
  for (const auto &[algorithm, count] : algorithms())
    os << " " << count << " x " << algorithm;
  os << "\n\nlayers\n";
  for (const LayerReport &layer : layers)
    textLayer(os, layer, sqnrOfAllDb);
  textBlame(os, *this);
  if (!front.empty())
    textFront(os, *this);
  for (const std::string &note : notes)
    os << "note: " << note << "\n";
  return text;
}

static void jsonLayer(json::OStream &out, const LayerReport &layer) {
  auto text = [](const std::string &value) { return json::fixUTF8(value); };
  out.object([&] {
    out.attribute("node", text(layer.node));
    out.attribute("shape", layer.shape);
    out.attribute("tile", layer.tile);
    out.attribute("algorithm", layer.algorithm);
    out.attribute("points", layer.points);
    out.attribute("formats", layer.formats);
    out.attribute("cycles", layer.cycles);
    out.attribute("runner_up", layer.runnerUp);
    out.attribute("runner_up_cycles", layer.runnerUpCycles);
    out.attribute("weight_bytes", int64_t(layer.weightBytes));
    out.attribute("runner_up_error", layer.runnerUpError);
    out.attribute("predicted_error", layer.error);
    if (layer.measuredError)
      out.attribute("measured_error", *layer.measuredError);
    out.attribute("sensitivity", layer.sensitivity);
    out.attribute("tap_sensitivity", layer.tapSensitivity);
    out.attribute("predicted_output_noise", layer.outputNoise);
    out.attribute("predicted_noise_so_far", layer.noiseSoFar);
    if (!layer.worstTap.empty())
      out.attribute("worst_tap", layer.worstTap);
    if (layer.sqnrDb && std::isfinite(*layer.sqnrDb))
      out.attribute("sqnr_db", *layer.sqnrDb);
    if (layer.sqnrWithoutDb && std::isfinite(*layer.sqnrWithoutDb))
      out.attribute("sqnr_without_db", *layer.sqnrWithoutDb);
    if (layer.headroomBits)
      out.attribute("headroom_bits", *layer.headroomBits);
    jsonExtras(out, layer);
    out.attribute("why", text(layer.why));
  });
}

std::string Report::toJson() const {
  std::string result;
  raw_string_ostream os(result);
  json::OStream out(os, 2);
  out.object([&] {
    out.attribute("name", name);
    out.attribute("target", target);
    out.attribute("processor", needs);
    out.attribute("version", version);
    out.attribute("model", json::fixUTF8(modelFile));
    out.attribute("model_sha256", modelSha256);
    out.attribute("calibration_sha256", calibrationSha256);
    out.attribute("options_sha256", optionsSha256);
    out.attribute("preprocessing", preprocessing);
    out.attribute("calibration_images", int64_t(calibrationImages));
    out.attribute("held_out_images", int64_t(heldOutImages));
    out.attribute("arena_bytes", arenaBytes);
    out.attribute("live_bytes", liveBytes);
    out.attribute("weights_bytes", weightsBytes);
    out.attribute("code_bytes", int64_t(codeBytes));
    out.attribute("stack_bytes", int64_t(stackBytes));
    if (sqnrDb && std::isfinite(*sqnrDb)) // JSON has no infinity
      out.attribute("sqnr_db", *sqnrDb);
    if (predictedSqnrDb && std::isfinite(*predictedSqnrDb))
      out.attribute("predicted_sqnr_db", *predictedSqnrDb);
    if (sqnrOfAllDb && std::isfinite(*sqnrOfAllDb))
      out.attribute("sqnr_of_all_db", *sqnrOfAllDb);
    if (!maxDrop)
      out.attribute("min_sqnr_db", minSqnrDb);
    if (maxDrop)
      out.attribute("max_drop", *maxDrop);
    if (drop)
      out.attribute("drop", *drop);
    if (maxDrop)
      out.attribute("metric", metric);
    out.attribute("budget_met", meetsBudget());
    jsonSections(out, *this);
    out.attribute("total_cycles", totalCycles());
    out.attributeObject("algorithms", [&] {
      for (const auto &[algorithm, count] : algorithms())
        out.attribute(algorithm, int64_t(count));
    });
    out.attributeArray("layers", [&] {
      for (const LayerReport &layer : layers)
        jsonLayer(out, layer);
    });
    out.attributeArray("front", [&] {
      for (const FrontEntry &entry : front)
        out.object([&] {
          out.attribute("cycles", entry.cycles);
          if (std::isfinite(entry.sqnrDb))
            out.attribute("sqnr_db", entry.sqnrDb);
        });
    });
    out.attributeArray("notes", [&] {
      for (const std::string &note : notes)
        out.value(json::fixUTF8(note));
    });
  });
  os << "\n";
  return result;
}

} // namespace wino
