// TestFiles: makes small good files (npy, npz, PNG, JPEG) for the tests of this room, to be damaged by them. Test code
// only.
#ifndef WINO_TEST_CALIBRATE_TESTFILES_H
#define WINO_TEST_CALIBRATE_TESTFILES_H

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <jpeglib.h>
#include <png.h>
#include <string>
#include <vector>
#include <zip.h>

namespace wino::test {

/// A folder that is removed with everything in it.
class TempFolder {
public:
  TempFolder() { (void)!llvm::sys::fs::createUniqueDirectory("wino-test", path); }
  ~TempFolder() { llvm::sys::fs::remove_directories(path); }
  std::string file(const std::string &name) const { return path.str().str() + "/" + name; }

  llvm::SmallString<128> path;
};

inline std::string writeBytes(const std::string &path, llvm::StringRef bytes) {
  std::error_code code;
  llvm::raw_fd_ostream(path, code) << bytes;
  return path;
}

/// The message of an error or of an Expected that failed; "" for success.
inline std::string message(llvm::Error error) { return llvm::toString(std::move(error)); }
template <typename T> std::string message(llvm::Expected<T> result) {
  return result ? "" : llvm::toString(result.takeError());
}

inline std::string npyWithHeader(llvm::StringRef dict, llvm::StringRef elements, unsigned version = 1) {
  std::string header = dict.str();
  unsigned prefix = version == 1 ? 10 : 12;
  while ((prefix + header.size() + 1) % 64)
    header += ' ';
  header += '\n';
  std::string bytes = std::string("\x93NUMPY") + char(version) + '\0';
  for (unsigned i = 0; i < prefix - 8; ++i)
    bytes += char(header.size() >> (8 * i));
  return bytes + header + elements.str();
}

inline std::string npy(llvm::StringRef descr, llvm::StringRef shape, llvm::StringRef elements, unsigned version = 1) {
  return npyWithHeader("{'descr': '" + descr.str() + "', 'fortran_order': False, 'shape': " + shape.str() + ", }",
                       elements, version);
}

/// The bytes of numbers in memory order (the tests run on little-endian hosts).
template <typename T> std::string bytesOf(const std::vector<T> &values) {
  return std::string(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T));
}

/// 0, 7, 14, ... modulo 256: every image differs from the next.
inline std::string ramp(size_t count, unsigned start = 0) {
  std::string bytes(count, 0);
  for (size_t i = 0; i < count; ++i)
    bytes[i] = char(start + i * 7);
  return bytes;
}

inline void writeNpz(const std::string &path, const std::vector<std::pair<std::string, std::string>> &entries,
                     bool deflate) {
  zip_t *archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  for (const auto &[name, bytes] : entries) {
    zip_source_t *source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
    zip_int64_t index = zip_file_add(archive, name.c_str(), source, 0);
    zip_set_file_compression(archive, index, deflate ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 9);
  }
  zip_close(archive);
}

struct PngOptions {
  int colorType = PNG_COLOR_TYPE_RGB;
  int depth = 8;
  bool palettes = false;    ///< PNG_COLOR_TYPE_PALETTE needs it: entry i = (i, 2 i, 3 i)
  bool transparent = false; ///< tRNS for entry 0
  bool interlaced = false;
};

inline std::string readBytes(const std::string &path) {
  std::string bytes;
  if (FILE *file = fopen(path.c_str(), "rb")) {
    char part[4096];
    while (size_t n = fread(part, 1, sizeof(part), file))
      bytes.append(part, n);
    fclose(file);
  }
  return bytes;
}

inline std::string png(unsigned width, unsigned height, const std::string &samples, PngOptions options = {}) {
  std::string out;
  png_structp writer = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(writer);
  png_set_write_fn(
      writer, &out,
      [](png_structp p, png_bytep data, png_size_t n) {
        static_cast<std::string *>(png_get_io_ptr(p))->append(reinterpret_cast<char *>(data), n);
      },
      nullptr);
  png_set_IHDR(writer, info, width, height, options.depth, options.colorType,
               options.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_color palette[64];
  for (int i = 0; i < 64; ++i)
    palette[i] = {png_byte(i), png_byte(2 * i), png_byte(3 * i)};
  if (options.colorType == PNG_COLOR_TYPE_PALETTE)
    png_set_PLTE(writer, info, palette, 64);
  png_byte alpha = 10;
  if (options.transparent)
    png_set_tRNS(writer, info, &alpha, 1, nullptr);
  png_write_info(writer, info);
  std::vector<png_bytep> rows(height);
  size_t rowBytes = samples.size() / height;
  for (unsigned y = 0; y < height; ++y)
    rows[y] = reinterpret_cast<png_bytep>(const_cast<char *>(samples.data())) + y * rowBytes;
  png_write_image(writer, rows.data());
  png_write_end(writer, info);
  png_destroy_write_struct(&writer, &info);
  return out;
}

inline std::string jpeg(unsigned width, unsigned height, const std::string &samples, J_COLOR_SPACE space,
                        bool progressive = false) {
  jpeg_compress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char *memory = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &memory, &size);
  info.image_width = width;
  info.image_height = height;
  info.input_components = space == JCS_GRAYSCALE ? 1 : space == JCS_CMYK ? 4 : 3;
  info.in_color_space = space;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, 95, TRUE);
  if (progressive)
    jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < height) {
    JSAMPROW row = reinterpret_cast<JSAMPROW>(const_cast<char *>(samples.data())) +
                   info.next_scanline * width * info.input_components;
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  std::string out(reinterpret_cast<char *>(memory), size);
  jpeg_destroy_compress(&info);
  free(memory);
  return out;
}

/// Calls `visit` with `good` cut off at every length and with every byte changed in a few ways.
template <typename Visit> void forEachDamage(const std::string &good, Visit visit) {
  for (size_t length = 0; length < good.size(); ++length)
    visit(good.substr(0, length), true);
  for (size_t i = 0; i < good.size(); ++i)
    for (unsigned change : {0x01u, 0x80u, 0xffu, 0x10u}) {
      std::string bad = good;
      bad[i] ^= char(change);
      visit(bad, false);
    }
}

} // namespace wino::test

#endif // WINO_TEST_CALIBRATE_TESTFILES_H
