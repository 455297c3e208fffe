// The report's three forms carry the same facts; hostile names stay text.
#include "wino/Emit/Report.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/JSON.h"
#include "gtest/gtest.h"

using namespace wino;

static Report sample() {
  Report report;
  report.name = "net";
  report.target = "cortex-a53";
  report.sqnrDb = 24.5;
  report.minSqnrDb = 25;
  LayerReport winograd, direct;
  winograd.node = "conv<1>";
  winograd.tile = "F(4,3) K=6 points=[0,2/3,-2/3,3/2,-3/2,inf] taps=i8xi8";
  winograd.algorithm = "F(4,3)";
  winograd.cycles = 1000;
  winograd.runnerUp = "direct";
  winograd.runnerUpCycles = 2000;
  winograd.headroomBits = 1.5;
  winograd.why = "cheapest inside the budget";
  direct.node = "stem";
  direct.tile = direct.algorithm = "direct";
  direct.cycles = 500;
  report.layers = {winograd, direct};
  return report;
}

TEST(Report, text_names_layers_and_budget) {
  std::string text = sample().toText();
  for (const char *part :
       {"24.50 dB, budget 25.00 dB: MISSED", "1500 predicted cycles; 1 x F(4,3) 1 x direct",
        "runner-up 2000 (error 0): direct", "head-room 1.50 bits", "why: cheapest inside the budget"})
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
}

TEST(Report, json_parses_and_agrees) {
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(sample().toJson());
  ASSERT_TRUE(bool(value));
  const llvm::json::Object &object = *value->getAsObject();
  EXPECT_EQ(object.getBoolean("budget_met"), false);
  EXPECT_EQ(object.getNumber("total_cycles"), 1500.0);
  EXPECT_EQ(object.getArray("layers")->size(), 2u);
}

TEST(Report, html_escapes_names) {
  std::string html = sample().toHtml();
  EXPECT_NE(html.find("conv&lt;1&gt;"), std::string::npos);
  EXPECT_EQ(html.find("conv<1>"), std::string::npos);
}

TEST(Report, missing_measurement_is_no_missed_budget) {
  Report report = sample();
  report.sqnrDb.reset();
  EXPECT_TRUE(report.meetsBudget());
}

TEST(Report, a_missed_bucket_is_a_missed_budget) {
  Report report = sample();
  report.maxDrop = 1;
  report.drop = 0.5;
  report.buckets = {{"class", "cat", 100, 1, 1}, {"light", "<night>", 50, 9, 0, 90, 72, 18, 6, 29}};
  EXPECT_TRUE(report.meetsBudget());
  report.buckets[1].isMissed = true;
  report.worstBucket = 1;
  report.magnitudes = {{0.5, 12, 20}, {4, 30, 38}};
  EXPECT_FALSE(report.meetsBudget());
  std::string text = report.toText();
  for (const char *part : {"top-1 drop 0.50 points, budget 1.00: met", "class=cat: kept", "light=<night>: MISSED",
                           "worst bucket: light=<night>, drop 18.00 points, budget 1.00: MISSED",
                           "outputs by magnitude, faintest first: SQNR (of rounding alone) 12.0 (20.0) 30.0 "
                           "(38.0) dB"})
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(report.toJson());
  ASSERT_TRUE(bool(value));
  const llvm::json::Object &object = *value->getAsObject();
  EXPECT_EQ(object.getBoolean("budget_met"), false);
  EXPECT_EQ(object.getString("worst_bucket"), "light=<night>");
  ASSERT_EQ(object.getArray("buckets")->size(), 2u);
  EXPECT_EQ((*object.getArray("buckets"))[1].getAsObject()->getString("verdict"), "missed");
  EXPECT_EQ(report.toHtml().find("<night>"), std::string::npos);
}
