// GroundTruth: both formats say the same of the same scene; damaged files are refused.
#include "wino/Metrics/GroundTruth.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <unistd.h>

using namespace wino;

namespace {

/// A file with these bytes, as long as it lives.
class File {
public:
  explicit File(const std::string &text) {
    int file = mkstemp(path);
    isWritten = file >= 0 && write(file, text.data(), text.size()) == ssize_t(text.size());
    close(file);
  }
  ~File() { unlink(path); }
  char path[12] = "truthXXXXXX";
  bool isWritten;
};

std::string errorOf(const std::string &text, const std::vector<std::string> &names = {"", ""}) {
  File file(text);
  auto truth = readGroundTruth(file.path, names);
  return truth ? "none" : llvm::toString(truth.takeError()).substr(sizeof(file.path) - 1);
}

const std::string coco = R"({"info": {"nested": [[1], {"a": "]]\"}"}]},
  "categories": [{"id": 7, "name": "dog"}, {"id": 3, "name": "cat"}],
  "images": [{"id": 20, "file_name": "train/b.jpg", "width": 640, "height": 480},
             {"id": 10, "file_name": "a.jpg", "width": 320, "height": 240}],
  "annotations": [{"id": 1, "image_id": 10, "category_id": 7, "bbox": [1, 2, 30, 40.5], "iscrowd": 0},
                  {"id": 2, "image_id": 20, "category_id": 3, "bbox": [5, 6, 7, 8], "iscrowd": 1}]})";

const std::string csv = "image,category,x0,y0,x1,y1,width,height,crowd\n"
                        "a.jpg,1,1,2,31,42.5,320,240,0\nb.jpg,0,5,6,12,14,640,480,1\n";

TEST(GroundTruth, both_formats_give_the_same_objects) {
  for (const std::string &text : {coco, csv}) {
    File file(text);
    ASSERT_TRUE(file.isWritten);
    auto truth = readGroundTruth(file.path, {"a.jpg", "b.jpg", "c.jpg"});
    ASSERT_TRUE(bool(truth)) << llvm::toString(truth.takeError());
    ASSERT_EQ(truth->images.size(), 3u);
    EXPECT_EQ(truth->images[0].width, 320);
    EXPECT_EQ(truth->images[1].height, 480);
    ASSERT_EQ(truth->images[0].truths.size(), 1u);
    ASSERT_EQ(truth->images[1].truths.size(), 1u);
    EXPECT_TRUE(truth->images[2].truths.empty());
    const Truth &dog = truth->images[0].truths[0], &cat = truth->images[1].truths[0];
    EXPECT_EQ(dog.category, 1);
    EXPECT_EQ(dog.box.x1, 31);
    EXPECT_EQ(dog.box.y1, 42.5);
    EXPECT_FALSE(dog.isCrowd);
    EXPECT_EQ(cat.category, 0);
    EXPECT_TRUE(cat.isCrowd);
    EXPECT_EQ(cat.box.area(), 56);
  }
}

TEST(GroundTruth, rows_of_an_array_are_entries_in_their_order) {
  File file(coco), rows("image,category,x0,y0,x1,y1\n1,0,0,0,1,1\n");
  auto truth = readGroundTruth(file.path, {"", ""});
  ASSERT_TRUE(bool(truth)) << llvm::toString(truth.takeError());
  EXPECT_EQ(truth->images[0].width, 640);
  EXPECT_EQ(truth->categories, (std::vector<std::string>{"cat", "dog"}));
  truth = readGroundTruth(rows.path, {"", ""});
  ASSERT_TRUE(bool(truth)) << llvm::toString(truth.takeError());
  EXPECT_EQ(truth->images[1].truths.size(), 1u);
  EXPECT_EQ(truth->images[1].width, 0);
}

TEST(GroundTruth, what_is_wrong_is_said) {
  EXPECT_EQ(errorOf("a,b\n1,2\n"),
            ": expected the columns image, category, x0, y0, x1 and y1, got none of the name 'image'");
  std::string head = "image,category,x0,y0,x1,y1\n";
  EXPECT_EQ(errorOf(head + "2,0,0,0,1,1\n"),
            ": row 1: expected the file name of an image or a number below 2, got '2'");
  EXPECT_EQ(errorOf(head + "0,-1,0,0,1,1\n"), ": row 1: category: expected an index from 0 to 65535, got '-1'");
  EXPECT_EQ(errorOf(head + "0,0,nan,0,1,1\n"), ": row 1: x0: expected a number, got 'nan'");
  EXPECT_EQ(errorOf(head + "0,0,0,0,1,-1\n"), ": row 1: expected a box with x0 <= x1 and y0 <= y1, got another");
  EXPECT_EQ(errorOf(head + "0,0,0,0,1e30,1\n"), ": row 1: expected numbers below 1e9, got others");
  EXPECT_EQ(errorOf("{}"), ": expected a list 'categories', got none");
  EXPECT_EQ(errorOf(coco, {""}), ": expected one entry of 'images' per row of the array of images (1), got 2");
  EXPECT_EQ(errorOf(coco, {"x.jpg"}), ": expected 'file_name's of the images that are run, got none of them");
  EXPECT_EQ(errorOf("{" + std::string(100000, '[')), ": expected at most 32 levels of brackets, got more");
  EXPECT_NE(errorOf("{\"categories\": 1e999}"), "none");
  std::string damaged = coco;
  damaged.replace(damaged.find("\"image_id\": 10"), 14, "\"image_id\": 11");
  EXPECT_EQ(errorOf(damaged), ": annotation 0: expected 'image_id' of an image of the file, got another");
  damaged = coco;
  damaged.replace(damaged.find("40.5"), 4, "-4.5");
  EXPECT_EQ(errorOf(damaged), ": annotation 0: expected a box with x0 <= x1 and y0 <= y1, got another");
}

TEST(GroundTruth, files_that_cost_too_much_memory_are_refused) {
  std::string objects = "{\"a\": [";
  for (size_t i = 0; i < size_t(1) << 18; ++i)
    objects += "{},";
  EXPECT_NE(errorOf(objects + "{}]}").find(": expected at most 262144 objects and"), std::string::npos);
  std::string values = "{\"a\": [1" + std::string(size_t(1) << 24, ',') + "]}";
  EXPECT_NE(errorOf(values).find(": expected at most 262144 objects and"), std::string::npos);
}

TEST(GroundTruth, images_of_one_name_in_two_folders_are_not_mixed_up) {
  std::string same = coco;
  same.replace(same.find("\"a.jpg\""), 7, "\"val/b.jpg\"");
  EXPECT_EQ(errorOf(same, {"b.jpg"}),
            ": image 1: expected images of different names, whatever their folders, got 'train/b.jpg' and 'val/b.jpg'");
}

TEST(GroundTruth, damaged_files_are_read_or_refused) {
  std::mt19937 random(1);
  for (int round = 0; round < 3000; ++round) {
    std::string text = round % 2 ? coco : csv;
    for (unsigned i = random() % 4 + 1; i-- > 0;) {
      size_t at = random() % text.size();
      if (random() % 3 == 0)
        text.resize(at + 1);
      else
        text[at] = char(random());
    }
    errorOf(text);
  }
}

} // namespace
