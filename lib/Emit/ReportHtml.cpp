// The report as one self-contained HTML page: totals, a bar per layer, the reasons. Every text from outside is escaped.
#include "wino/Emit/Report.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>

using namespace llvm;

namespace wino {

static std::string escaped(StringRef text) {
  std::string result;
  raw_string_ostream os(result);
  printHTMLEscaped(text, os);
  return result;
}

static const char kStyle[] =
    "body{font:15px/1.4 sans-serif;max-width:75em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;width:100%}td,th{padding:.2em .6em;border-bottom:1px solid #ddd;text-align:left;"
    "vertical-align:top}td.n{text-align:right}.bar{background:#47a;height:.8em}.bad{color:#b00}code{font-size:90%}";

static void htmlLayer(raw_ostream &os, const LayerReport &layer, double most) {
  os << "<tr><td>" << escaped(layer.node) << "<br>" << escaped(layer.shape) << "</td><td><code>" << escaped(layer.tile)
     << "</code><br>" << escaped(layer.formats) << "</td>";
  os << format("<td class=n>%.0f<div class=bar style='width:%.1f%%'></div></td>", layer.cycles,
               most > 0 ? 100 * layer.cycles / most : 0.0);
  os << "<td class=n>" << layer.weightBytes << "</td>" << format("<td class=n>%.3g</td><td class=n>", layer.error);
  if (layer.sqnrDb)
    os << format("%.2f", *layer.sqnrDb);
  os << "</td><td class=n>";
  if (layer.measuredError)
    os << format("%.3g", *layer.measuredError);
  os << format("</td><td class=n>%.3g</td><td class=n>", layer.outputNoise);
  if (layer.sqnrWithoutDb)
    os << format("%.2f", *layer.sqnrWithoutDb);
  os << "</td>";
  os << "<td>" << escaped(layer.why) << "</td></tr>\n";
}

std::string Report::toHtml() const {
  std::string result;
  raw_string_ostream os(result);
  os << "<!doctype html>\n<html lang=en><meta charset=utf-8><title>" << escaped(name) << "</title><style>" << kStyle
     << "</style>\n";
  os << "<h1>" << escaped(name) << " for " << escaped(target) << "</h1>\n";
  if (!needs.empty())
    os << "<p>Processor: " << escaped(needs) << ".</p>\n";
  os << "<p>Model " << escaped(modelFile) << ", sha256 <code>" << modelSha256 << "</code>. Input "
     << escaped(preprocessing) << ".</p>\n";
  os << "<p>Arena " << arenaBytes << " bytes, weights " << weightsBytes << ", code " << codeBytes << ", stack "
     << stackBytes << ".</p>\n";
  if (sqnrDb && maxDrop)
    os << format("<p>SQNR %.2f dB on held-out images.</p>\n", *sqnrDb);
  else if (sqnrDb)
    os << format("<p class=%s>SQNR %.2f dB on %llu held-out images, budget %.2f dB.</p>\n",
                 meetsBudget() ? "good" : "bad", *sqnrDb, (unsigned long long)heldOutImages, minSqnrDb);
  if (maxDrop && drop)
    os << format("<p class=%s>Drop of ", *drop <= *maxDrop ? "good" : "bad") << metric
       << format(" %.2f points, budget %.2f.</p>\n", *drop, *maxDrop);
  if (worstBucket) {
    const BucketReport &worst = buckets[*worstBucket];
    os << format("<p class=%s>Worst bucket: ", worst.isMissed ? "bad" : "good") << escaped(worst.name())
       << format(", drop %.2f points on %llu ", worst.drop, (unsigned long long)worst.trials) << worst.unit()
       << format(", 95 %% interval %.2f to %.2f.</p>\n", worst.low, worst.high);
  }
  if (predictedSqnrDb)
    os << format("<p>Predicted SQNR %.2f dB.</p>\n", *predictedSqnrDb);
  os << format("<p>%.0f predicted cycles in convolutions;", totalCycles());
  for (const auto &[algorithm, count] : algorithms())
    os << " " << count << " x " << escaped(algorithm);
  os << "</p>\n<table><tr><th>layer<th>algorithm<th>cycles<th>weight bytes<th>predicted error<th>SQNR dB<th>measured "
        "error<th>noise at "
        "outputs<th>outputs' SQNR without it, dB<th>why</tr>\n";
  double most = 0;
  for (const LayerReport &layer : layers)
    most = std::max(most, layer.cycles);
  for (const LayerReport &layer : layers)
    htmlLayer(os, layer, most);
  os << "</table>\n";
  if (!front.empty())
    os << "<h2>Other budgets</h2>\n<table><tr><th>predicted cycles<th>predicted SQNR dB</tr>\n";
  for (const FrontEntry &entry : front)
    os << format("<tr><td class=n>%.0f</td><td class=n>%.2f</td></tr>\n", entry.cycles, entry.sqnrDb);
  if (!front.empty())
    os << "</table>\n";
  for (const std::string &note : notes)
    os << "<p>" << escaped(note) << "</p>\n";
  os << "</html>\n";
  return result;
}

} // namespace wino
