// The interface attributes: what is read, and what each wrong one says.
#include "EmitTestModel.h"

#include "gtest/gtest.h"

using namespace wino;

static std::string errorOf(llvm::StringRef from, llvm::StringRef to) {
  std::string text = test::kModule;
  size_t at = text.find(from.str());
  EXPECT_NE(at, std::string::npos);
  text.replace(at, from.size(), to.str());
  mlir::MLIRContext context;
  auto module = test::parse(context, text);
  return llvm::toString(readInterface(*module).takeError());
}

TEST(ModelInterface, reads_all) {
  mlir::MLIRContext context;
  auto module = test::parse(context);
  ModelInterface model = llvm::cantFail(readInterface(*module));
  EXPECT_EQ(model.prefix, "tiny");
  EXPECT_EQ(model.arenaBytes, 64);
  EXPECT_EQ(model.arenaAlign, 16);
  EXPECT_EQ(model.maxWorkers, 1);
  ASSERT_EQ(model.inputs.size(), 1u);
  EXPECT_EQ(model.inputs[0].name, "in\"put");
  EXPECT_EQ(model.inputs[0].scale, 0.5);
  EXPECT_EQ(model.outputs[0].cType, "uint8_t");
}

TEST(ModelInterface, wrong_attributes_are_errors) {
  EXPECT_EQ(errorOf("wino.arena_align = 16", "wino.arena_align = 12"),
            "expected a power of two as 'wino.arena_align', got 12");
  EXPECT_EQ(errorOf("\"tiny\"", "\"1x\""), "expected a C identifier as 'wino.prefix' on a lowered module, got '1x'");
  EXPECT_EQ(errorOf("elements = 4", "elements = 5"), "expected 4 elements in 'wino.inputs', got 5");
  EXPECT_EQ(errorOf("\"int8_t\"", "\"half\""),
            "expected one of the types int8_t, uint8_t, int16_t, uint16_t, float in 'wino.inputs', got 'half'");
  EXPECT_EQ(errorOf("wino.arena_align = 16", "wino.max_workers = 0 : i64, wino.arena_align = 16"),
            "expected 'wino.max_workers' >= 1, got 0");
  EXPECT_EQ(errorOf("wino.weights_bytes = 4", "wino.other = 4"),
            "expected the integer attribute 'wino.weights_bytes' on a lowered module, got none");
}

TEST(ModelInterface, identifiers) {
  EXPECT_EQ(sanitizeIdentifier("resnet-20.onnx"), "resnet_20_onnx");
  EXPECT_EQ(sanitizeIdentifier("20"), "model20");
  EXPECT_EQ(sanitizeIdentifier(""), "model");
}
