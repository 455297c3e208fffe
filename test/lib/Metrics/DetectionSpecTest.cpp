// DetectionSpec: every layout of one scene gives the same detections; keys and shapes that are wrong are named.
#include "wino/Metrics/DetectionSpec.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

using namespace wino;

namespace {

std::vector<Detection> decode(const std::string &text,
                              std::vector<std::pair<std::vector<float>, std::vector<int64_t>>> outputs,
                              std::vector<float> priors = {}) {
  DetectionSpec spec = llvm::cantFail(parseDetectionSpec(text));
  std::vector<OutputView> views;
  const char *names[] = {"first", "second"};
  for (size_t i = 0; i < outputs.size(); ++i)
    views.push_back({names[i], outputs[i].first, outputs[i].second});
  return llvm::cantFail(decodeDetections(spec, views, priors, 200, 100));
}

/// One box from (0.2, 0.3) to (0.6, 0.5) of class 1 with score 0.75.
void expectScene(const std::vector<Detection> &found, const char *what) {
  ASSERT_EQ(found.size(), 1u) << what;
  EXPECT_NEAR(found[0].box.x0, 0.2, 1e-6) << what;
  EXPECT_NEAR(found[0].box.y0, 0.3, 1e-6) << what;
  EXPECT_NEAR(found[0].box.x1, 0.6, 1e-6) << what;
  EXPECT_NEAR(found[0].box.y1, 0.5, 1e-6) << what;
  EXPECT_EQ(found[0].category, 1) << what;
  EXPECT_NEAR(found[0].score, 0.75, 1e-6) << what;
}

TEST(DetectionSpec, all_layouts_mean_the_same) {
  std::vector<float> scores = {0, 0, 0, 0.75f};
  auto two = [&](std::vector<float> box) {
    box.insert(box.begin(), 4, 0.0f);
    return std::vector<std::pair<std::vector<float>, std::vector<int64_t>>>{{box, {1, 2, 4}}, {scores, {1, 2, 2}}};
  };
  expectScene(decode("boxes=first,scores=second", two({.2f, .3f, .6f, .5f})), "xyxy");
  expectScene(decode("boxes=0,scores=1,format=yxyx", two({.3f, .2f, .5f, .6f})), "yxyx");
  expectScene(decode("boxes=0,scores=1,format=xywh", two({.2f, .3f, .4f, .2f})), "xywh");
  expectScene(decode("boxes=0,scores=1,format=cxcywh", two({.4f, .4f, .4f, .2f})), "cxcywh");
  expectScene(decode("boxes=0,scores=1,units=pixels", two({40, 30, 120, 50})), "pixels");
  expectScene(decode("boxes=0,scores=1,format=priors,priors=p.npy,variances=0.1:0.2",
                     two({2, 0, float(5 * std::log(2)), 0}), {0, 0, 1, 1, .36f, .4f, .2f, .2f}),
              "priors");
  // One output of K numbers for each candidate: box, objectness, scores, as the columns of a matrix or its rows.
  std::vector<float> rows = {0, 0, 0, 0, 0, 0, 0, .4f, .4f, .4f, .2f, 1.5f, 0, .5f};
  std::vector<float> columns;
  for (size_t k = 0; k < 7; ++k)
    for (size_t n = 0; n < 2; ++n)
      columns.push_back(rows[7 * n + k]);
  std::string parts = "boxes=0[:4],objectness=0[4],scores=0[5:],format=cxcywh";
  expectScene(decode(parts, {{rows, {1, 2, 7}}}), "rows");
  expectScene(decode(parts + ",candidates=last", {{columns, {1, 7, 2}}}), "columns");
}

TEST(DetectionSpec, scores_of_networks_without_activation) {
  float logit = float(std::log(3.0)); // sigmoid 0.75, and softmax against 0
  std::vector<float> boxes = {.2f, .3f, .6f, .5f};
  expectScene(decode("boxes=0,scores=1,activation=sigmoid", {{boxes, {1, 1, 4}}, {{-9, logit}, {1, 1, 2}}}), "sigmoid");
  expectScene(decode("boxes=0,scores=1,activation=softmax,background=0,floor=0.3",
                     {{boxes, {1, 1, 4}}, {{0, -90, logit}, {1, 1, 3}}}),
              "softmax with a background before the classes");
  expectScene(
      decode("boxes=0,scores=1,background=2,score=0.7,floor=0.6", {{boxes, {1, 1, 4}}, {{.5f, .75f, .9f}, {1, 1, 3}}}),
      "background behind the classes");
}

TEST(DetectionSpec, numbers_that_are_none_are_no_detections) {
  float nan = std::nanf("");
  EXPECT_TRUE(decode("boxes=0,scores=1", {{{0, 0, 1, nan}, {1, 1, 4}}, {{1}, {1, 1, 1}}}).empty());
  EXPECT_TRUE(decode("boxes=0,scores=1", {{{0, 0, 1, 1}, {1, 1, 4}}, {{nan}, {1, 1, 1}}}).empty());
}

std::string errorOf(const std::string &text) {
  auto spec = parseDetectionSpec(text);
  return spec ? "none" : llvm::toString(spec.takeError()).substr(0, 70);
}

TEST(DetectionSpec, wrong_keys_are_named) {
  EXPECT_EQ(errorOf("boxes=0").substr(0, 62), "--detections: expected at least boxes=OUTPUT,scores=OUTPUT, go");
  EXPECT_EQ(errorOf("boxes").substr(0, 46), "--detections: expected key=value, got 'boxes'\n");
  EXPECT_EQ(errorOf("boxes=0,boxes=1"), "--detections: expected each key once, got 'boxes' twice");
  EXPECT_EQ(errorOf("color=red").substr(0, 50), "--detections: expected keys as below, got 'color'\n");
  EXPECT_EQ(errorOf("nms=2").substr(0, 46), "--detections: nms: expected a number from 0.00");
  EXPECT_EQ(errorOf("format=polygon").substr(0, 53), "--detections: format: expected one of xyxy, yxyx, xyw");
  EXPECT_EQ(errorOf("boxes=0,scores=1,format=priors").substr(0, 58),
            "--detections: expected format=priors and priors=FILE.npy t");
  for (const char *part : {"boxes=a[", "boxes=a[x]", "boxes=[1]", "boxes=a[3:2]", "boxes=a[-1]", "boxes=a[]",
                           "boxes=a[1:99999999999]", "boxes=a[9223372036854775807]"})
    EXPECT_EQ(errorOf(part).substr(0, 39), std::string("--detections: boxes: expected an output")) << part;
}

TEST(DetectionSpec, outputs_that_do_not_fit_are_named) {
  auto error = [&](const std::string &text, std::vector<int64_t> boxes, std::vector<int64_t> scores,
                   size_t missing = 0) {
    DetectionSpec spec = llvm::cantFail(parseDetectionSpec(text));
    auto numbers = [](const std::vector<int64_t> &shape) {
      return std::vector<float>(size_t(std::accumulate(shape.begin(), shape.end(), int64_t(1), std::multiplies<>())));
    };
    std::vector<float> first = numbers(boxes), second = numbers(scores);
    second.resize(second.size() - missing);
    std::vector<OutputView> outputs = {{"boxes", first, boxes}, {"scores", second, scores}};
    auto found = decodeDetections(spec, outputs, {}, 10, 10);
    return found ? "none" : llvm::toString(found.takeError());
  };
  std::string text = "boxes=boxes,scores=scores";
  EXPECT_EQ(error("boxes=x,scores=1", {1, 5, 4}, {1, 5, 2}),
            "--detections: expected an output of the network ('boxes', 'scores'), got 'x'");
  EXPECT_EQ(error(text, {1, 4, 5}, {1, 2, 5}), "--detections: boxes: expected 4 numbers of each candidate, got 5");
  EXPECT_EQ(error(text, {1, 5, 4}, {1, 2, 5}),
            "--detections: expected as many scores as boxes (5), got 2; try candidates=last");
  EXPECT_EQ(error(text, {1, 3, 5, 4}, {1, 5, 2}),
            "--detections: output 'boxes': expected the shape 1 x N x K or 1 x K x N of N candidates, got 1x3x5x4");
  EXPECT_EQ(error(text + ",background=2", {1, 5, 4}, {1, 5, 2}),
            "--detections: background: expected a position below 2, got 2");
  EXPECT_EQ(
      error("boxes=0[:4],scores=1[2:3]", {1, 5, 4}, {1, 5, 2}),
      "--detections: output 'scores' of shape 1x5x2: expected a part of the 2 numbers of each candidate, got [2:3]");
  EXPECT_EQ(error(text, {1, 5, 4}, {1, 5}), "none");
  EXPECT_EQ(error(text, {1, 5, 4}, {1, 5, 2}, 1),
            "--detections: output 'scores': expected the 10 numbers of shape 1x5x2, got 9");
  EXPECT_EQ(error(text, {1, 5, 4}, {1, 5, 2}, 10),
            "--detections: output 'scores': expected the 10 numbers of shape 1x5x2, got 0: it was never computed");
}

} // namespace
