// External data in real folders: what is read, and every way out of the folder that is refused.
#include "ModelBuilder.h"

#include <sys/stat.h>
#include <unistd.h>

using namespace wino;
using namespace wino::test;

namespace {

using Entries = std::vector<std::pair<std::string, std::string>>;

class ExternalData : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_EQ(::mkdir(folder.file("model").c_str(), 0700), 0);
    ASSERT_EQ(::mkdir(folder.file("model/sub").c_str(), 0700), 0);
    folder.write("secret.bin", std::string(64, 's'));
    float values[] = {1, 2, 3, 4};
    folder.write("model/w.bin", llvm::StringRef(reinterpret_cast<char *>(values), sizeof(values)));
    folder.write("model/sub/w.bin", llvm::StringRef(reinterpret_cast<char *>(values), sizeof(values)));
  }

  Model model(const Entries &entries, const Dims &dims = {2}) {
    Model m = unary("Relu", {1});
    auto *t = m.graph().add_initializer();
    t->set_name("w");
    t->set_data_type(onnx::TensorProto::FLOAT);
    t->set_data_location(onnx::TensorProto::EXTERNAL);
    for (int64_t dim : dims)
      t->add_dims(dim);
    for (const auto &[key, value] : entries) {
      auto *entry = t->add_external_data();
      entry->set_key(key);
      entry->set_value(value);
    }
    return m;
  }

  std::string read(const Model &m, std::vector<float> *values = nullptr) {
    auto graph = readOnnx(folder.write("model/m.onnx", m.bytes()));
    if (!graph)
      return llvm::toString(graph.takeError());
    if (values)
      *values = *graph->initializers.at("w")->floats();
    return "";
  }
  std::string read(const Entries &entries, const Dims &dims = {2}) { return read(model(entries, dims)); }

  Folder folder;
};

TEST_F(ExternalData, reads_inside_the_folder) {
  std::vector<float> values;
  EXPECT_EQ(read(model({{"location", "w.bin"}, {"offset", "4"}, {"length", "8"}}), &values), "");
  EXPECT_EQ(values, (std::vector<float>{2, 3}));
  EXPECT_EQ(read(model({{"location", "w.bin"}}, {4}), &values), ""); // no length: to the end of the file
  EXPECT_EQ(values, (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(read(model({{"location", "./sub/w.bin"}, {"length", "8"}, {"checksum", "0"}}), &values), "");
  EXPECT_EQ(values, (std::vector<float>{1, 2}));
}

TEST_F(ExternalData, paths_that_leave) {
  EXPECT_TRUE(contains(read({{"location", "../secret.bin"}, {"length", "8"}}),
                       "initializer 'w': expected an external_data location without '..'"));
  EXPECT_TRUE(contains(read({{"location", "sub/../../secret.bin"}, {"length", "8"}}), "without '..'"));
  EXPECT_TRUE(contains(read({{"location", ".."}}), "without '..'"));
  EXPECT_TRUE(
      contains(read({{"location", folder.file("secret.bin")}, {"length", "8"}}), "relative to the model's folder"));
  EXPECT_TRUE(contains(read({{"location", ""}}), "expected an external_data location, got none"));
  EXPECT_TRUE(contains(read(Entries{}), "expected an external_data location, got none"));
  EXPECT_TRUE(contains(read({{"location", "."}}), "that names a file"));
  EXPECT_TRUE(contains(read({{"location", "sub//w.bin"}}), "without empty parts"));
  EXPECT_TRUE(contains(read({{"location", std::string("w.bin\0../x", 10)}}), "without NUL bytes"));
}

TEST_F(ExternalData, symbolic_links) {
  ASSERT_EQ(::symlink("../secret.bin", folder.file("model/link.bin").c_str()), 0);
  EXPECT_TRUE(contains(read({{"location", "link.bin"}, {"length", "8"}}), "without symbolic links"));
  ASSERT_EQ(::symlink("..", folder.file("model/up").c_str()), 0);
  EXPECT_TRUE(contains(read({{"location", "up/secret.bin"}, {"length", "8"}}), "without symbolic links"));
  ASSERT_EQ(::symlink("w.bin", folder.file("model/inner.bin").c_str()), 0); // even one that stays inside
  EXPECT_TRUE(contains(read({{"location", "inner.bin"}, {"length", "8"}}), "without symbolic links"));
}

TEST_F(ExternalData, only_regular_files) {
  EXPECT_TRUE(contains(read({{"location", "sub"}, {"length", "8"}}), "expected external data in a regular file"));
  ASSERT_EQ(::mkfifo(folder.file("model/pipe").c_str(), 0600), 0); // must not wait for a writer
  EXPECT_TRUE(contains(read({{"location", "pipe"}, {"length", "8"}}), "expected external data in a regular file"));
  EXPECT_TRUE(
      contains(read({{"location", "absent.bin"}}), "expected external data file 'absent.bin' in the model's folder"));
  EXPECT_TRUE(contains(read({{"location", "w.bin/x"}}), "got 'w.bin/x'"));
}

TEST_F(ExternalData, offset_and_length) {
  EXPECT_TRUE(contains(read({{"location", "w.bin"}, {"offset", "17"}}), "expected offset <= 16 bytes"));
  EXPECT_TRUE(
      contains(read({{"location", "w.bin"}, {"offset", "12"}, {"length", "8"}}), "expected length <= 4 bytes left"));
  // offset + length would wrap to a small number
  EXPECT_TRUE(contains(read({{"location", "w.bin"}, {"offset", "18446744073709551612"}, {"length", "8"}}),
                       "expected offset <= 16"));
  EXPECT_TRUE(contains(read({{"location", "w.bin"}, {"offset", "8"}, {"length", "18446744073709551612"}}),
                       "expected length <= 8"));
  EXPECT_TRUE(
      contains(read({{"location", "w.bin"}, {"offset", "99999999999999999999"}}), "expected a non-negative number"));
  EXPECT_TRUE(contains(read({{"location", "w.bin"}, {"offset", "-4"}}), "expected a non-negative number"));
  EXPECT_TRUE(contains(read({{"location", "w.bin"}, {"length", ""}}), "expected a non-negative number"));
  EXPECT_TRUE(
      contains(read({{"location", "w.bin"}, {"length", "4"}}), "expected 8 bytes for the tensor's shape, got 4"));
  EXPECT_TRUE(
      contains(read({{"location", "w.bin"}}, {46340, 46340}), "for the tensor's shape, got 16")); // 8 GB claimed
}

TEST_F(ExternalData, keys) {
  EXPECT_TRUE(contains(read({{"location", "w.bin"}, {"basepath", "/"}}), "got 'basepath'"));
  EXPECT_TRUE(contains(read({{"location", "w.bin"}, {"location", "secret.bin"}}), "got 'location' again"));
}

TEST_F(ExternalData, one_place_only) {
  Model both = model({{"location", "w.bin"}, {"length", "8"}});
  both.graph().mutable_initializer(0)->set_raw_data("12345678");
  EXPECT_TRUE(contains(read(both), "got both"));
  Model stray = model({{"location", "w.bin"}});
  stray.graph().mutable_initializer(0)->clear_data_location();
  EXPECT_TRUE(contains(read(stray), "expected external_data only with data_location = EXTERNAL"));
}

TEST_F(ExternalData, bytes_in_memory_have_no_folder) {
  EXPECT_TRUE(contains(readError(model({{"location", "w.bin"}, {"length", "8"}}).bytes()), "it has no folder"));
}

} // namespace
