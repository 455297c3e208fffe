// Text and JSON forms of the report; the HTML page is in ReportHtml.cpp.
#include "wino/Emit/Report.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <map>

using namespace llvm;

namespace wino {

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

static void textLayer(raw_ostream &os, const LayerReport &layer) {
  os << "  " << layer.node << "  " << layer.shape << "\n    " << layer.tile;
  if (!layer.formats.empty())
    os << "  (" << layer.formats << ")";
  os << format("\n    %.0f cycles", layer.cycles);
  if (!layer.runnerUp.empty())
    os << format(", runner-up %.0f: ", layer.runnerUpCycles) << layer.runnerUp;
  os << format("\n    %llu weight bytes, predicted error %.3g", (unsigned long long)layer.weightBytes, layer.error);
  if (layer.sqnrDb)
    os << format(", SQNR %.2f dB", *layer.sqnrDb);
  if (layer.headroomBits)
    os << format(", head-room %.2f bits", *layer.headroomBits);
  os << "\n";
  if (!layer.why.empty())
    os << "    why: " << layer.why << "\n";
}

std::string Report::toText() const {
  std::string text;
  raw_string_ostream os(text);
  os << name << " for " << target << " (wino-opt " << version << ")\n";
  os << "model " << modelFile << ", sha256 " << modelSha256 << "\n";
  os << "calibration sha256 " << calibrationSha256 << "\noptions sha256 " << optionsSha256 << "\n";
  os << "input " << preprocessing << "\n";
  os << "images: " << calibrationImages << " calibration, " << heldOutImages << " held out\n\n";
  os << "arena " << arenaBytes << " bytes, weights " << weightsBytes << ", code " << codeBytes << ", stack "
     << stackBytes << "\n";
  if (sqnrDb)
    os << format("SQNR of the outputs before softmax %.2f dB, budget %.2f dB: %s\n", *sqnrDb, minSqnrDb,
                 meetsBudget() ? "met" : "MISSED");
  else
    os << "SQNR not measured\n";
  os << format("convolutions %.0f predicted cycles;", totalCycles());
  for (const auto &[algorithm, count] : algorithms())
    os << " " << count << " x " << algorithm;
  os << "\n\nlayers\n";
  for (const LayerReport &layer : layers)
    textLayer(os, layer);
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
    out.attribute("predicted_error", layer.error);
    if (layer.sqnrDb)
      out.attribute("sqnr_db", *layer.sqnrDb);
    if (layer.headroomBits)
      out.attribute("headroom_bits", *layer.headroomBits);
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
    out.attribute("version", version);
    out.attribute("model", json::fixUTF8(modelFile));
    out.attribute("model_sha256", modelSha256);
    out.attribute("calibration_sha256", calibrationSha256);
    out.attribute("options_sha256", optionsSha256);
    out.attribute("preprocessing", preprocessing);
    out.attribute("calibration_images", int64_t(calibrationImages));
    out.attribute("held_out_images", int64_t(heldOutImages));
    out.attribute("arena_bytes", arenaBytes);
    out.attribute("weights_bytes", weightsBytes);
    out.attribute("code_bytes", int64_t(codeBytes));
    out.attribute("stack_bytes", int64_t(stackBytes));
    if (sqnrDb)
      out.attribute("sqnr_db", *sqnrDb);
    out.attribute("min_sqnr_db", minSqnrDb);
    out.attribute("budget_met", meetsBudget());
    out.attribute("total_cycles", totalCycles());
    out.attributeObject("algorithms", [&] {
      for (const auto &[algorithm, count] : algorithms())
        out.attribute(algorithm, int64_t(count));
    });
    out.attributeArray("layers", [&] {
      for (const LayerReport &layer : layers)
        jsonLayer(out, layer);
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
