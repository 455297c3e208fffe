// DecodeImage: PNG by libpng, JPEG by libjpeg-turbo, from memory. Both
// libraries report errors by longjmp: the functions that call setjmp hold no
// object with a destructor. Choosing files and preprocessing are Images' work.
#include "wino/Calibrate/DecodeImage.h"
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <jpeglib.h>
#include <png.h>
#include <vector>

using namespace llvm;

namespace wino {

namespace {

/// What goes in and comes out of one decoding, plain data.
struct Job {
  const uint8_t *bytes;
  size_t size, position;
  ImageSize want;
  uint8_t **rows;
  char problem[256]; ///< empty when all went well
};

struct JpegErrors {
  jpeg_error_mgr base;
  jmp_buf jump;
  Job *job;
};

/// A progressive file may repeat its scans to burn time; real ones have about
/// ten.
constexpr int maxJpegScans = 100;

} // namespace

static void sizeProblem(Job *job, unsigned width, unsigned height) {
  snprintf(job->problem, sizeof(job->problem),
           "expected an image of %ux%u (width x height), got %ux%u (images are "
           "not resized without --resize)",
           job->want.width, job->want.height, width, height);
}

static void pngError(png_structp png, png_const_charp message) {
  Job *job = static_cast<Job *>(png_get_error_ptr(png));
  snprintf(job->problem, sizeof(job->problem), "damaged PNG: %s", message);
  longjmp(png_jmpbuf(png), 1);
}

static void pngWarning(png_structp, png_const_charp) {} // about chunks that we do not use (gAMA, iCCP, text)

static void pngRead(png_structp png, png_bytep out, png_size_t length) {
  Job *job = static_cast<Job *>(png_get_io_ptr(png));
  if (length > job->size - job->position)
    png_error(png, "the file ends too early");
  memcpy(out, job->bytes + job->position, length);
  job->position += length;
}

/// Refuses what has no single meaning as `want.channels` 8-bit samples; true
/// when the header is as wanted.
static bool checkPng(png_structp png, png_infop info, Job *job) {
  const char *problem = nullptr;
  unsigned type = png_get_color_type(png, info);
  if (png_get_image_width(png, info) != job->want.width || png_get_image_height(png, info) != job->want.height) {
    sizeProblem(job, png_get_image_width(png, info), png_get_image_height(png, info));
    return false;
  }
  if (png_get_bit_depth(png, info) == 16)
    problem = "expected 8 bits per channel, got 16 (convert the image to 8 bits)";
  else if ((type & PNG_COLOR_MASK_ALPHA) || png_get_valid(png, info, PNG_INFO_tRNS))
    problem = "expected an image without alpha channel (flatten it on a "
              "background first)";
  else if (job->want.channels == 1 && (type & PNG_COLOR_MASK_COLOR))
    problem = "expected a grayscale image, got colour (convert it to grayscale "
              "first)";
  if (problem)
    snprintf(job->problem, sizeof(job->problem), "%s", problem);
  return !problem;
}

static void decodePng(Job *job) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, job, pngError, pngWarning);
  png_infop info = png ? png_create_info_struct(png) : nullptr;
  if (!info) {
    png_destroy_read_struct(&png, nullptr, nullptr);
    snprintf(job->problem, sizeof(job->problem), "cannot start the PNG decoder");
    return;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, nullptr);
    return;
  }
  png_set_read_fn(png, job, pngRead);
  png_set_user_limits(png, 1 << 20, 1 << 20);
  png_set_chunk_malloc_max(png, 1 << 22);
  png_set_chunk_cache_max(png, 64);
  png_read_info(png, info);
  if (checkPng(png, info, job)) {
    unsigned type = png_get_color_type(png, info);
    if (type == PNG_COLOR_TYPE_PALETTE)
      png_set_palette_to_rgb(png);
    if (type == PNG_COLOR_TYPE_GRAY)
      png_set_expand_gray_1_2_4_to_8(png);
    if (type == PNG_COLOR_TYPE_GRAY && job->want.channels == 3)
      png_set_gray_to_rgb(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    if (png_get_rowbytes(png, info) != size_t(job->want.width) * job->want.channels)
      png_error(png, "unexpected layout of rows");
    png_read_image(png, job->rows);
    png_read_end(png, nullptr);
  }
  png_destroy_read_struct(&png, &info, nullptr);
}

static void jpegError(j_common_ptr info) {
  JpegErrors *errors = reinterpret_cast<JpegErrors *>(info->err);
  char message[JMSG_LENGTH_MAX];
  info->err->format_message(info, message);
  snprintf(errors->job->problem, sizeof(errors->job->problem), "damaged JPEG: %.200s", message);
  longjmp(errors->jump, 1);
}

/// libjpeg only warns of damaged data and goes on with invented pixels.
static void jpegMessage(j_common_ptr info, int level) {
  if (level < 0)
    jpegError(info);
}

static void jpegProblem(JpegErrors *errors, const char *message) {
  snprintf(errors->job->problem, sizeof(errors->job->problem), "%s", message);
  longjmp(errors->jump, 1);
}

static void jpegProgress(j_common_ptr info) {
  if (info->is_decompressor && reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > maxJpegScans)
    jpegProblem(reinterpret_cast<JpegErrors *>(info->err), "expected a JPEG of at most 100 scans");
}

static void checkJpeg(const jpeg_decompress_struct &info, JpegErrors *errors) {
  Job *job = errors->job;
  if (info.image_width != job->want.width || info.image_height != job->want.height) {
    sizeProblem(job, info.image_width, info.image_height);
    longjmp(errors->jump, 1);
  }
  bool gray = info.jpeg_color_space == JCS_GRAYSCALE;
  if (!gray && info.jpeg_color_space != JCS_YCbCr && info.jpeg_color_space != JCS_RGB)
    jpegProblem(errors, "expected a JPEG in RGB, YCbCr or grayscale, got CMYK "
                        "or an unknown colour space (convert it to RGB)");
  if (!gray && job->want.channels == 1)
    jpegProblem(errors, "expected a grayscale image, got colour (convert it to "
                        "grayscale first)");
}

/// Reads the header, then lets `use` have the decoder, which may jump out of it.
static void withJpeg(Job *job, void (*use)(jpeg_decompress_struct &, JpegErrors &)) {
  jpeg_decompress_struct info;
  JpegErrors errors;
  jpeg_progress_mgr progress;
  memset(&info, 0, sizeof(info));
  memset(&progress, 0, sizeof(progress));
  errors.job = job;
  info.err = jpeg_std_error(&errors.base);
  errors.base.error_exit = jpegError;
  errors.base.emit_message = jpegMessage;
  if (setjmp(errors.jump)) {
    jpeg_destroy_decompress(&info);
    return;
  }
  jpeg_create_decompress(&info);
  progress.progress_monitor = jpegProgress;
  info.progress = &progress;
  jpeg_mem_src(&info, job->bytes, job->size);
  jpeg_read_header(&info, TRUE);
  use(info, errors);
  jpeg_destroy_decompress(&info);
}

static void decodeJpeg(jpeg_decompress_struct &info, JpegErrors &errors) {
  Job *job = errors.job;
  checkJpeg(info, &errors);
  info.out_color_space = job->want.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  info.dct_method = JDCT_ISLOW;
  info.do_fancy_upsampling = TRUE;
  jpeg_start_decompress(&info);
  if (info.output_width != job->want.width || info.output_components != int(job->want.channels))
    jpegProblem(&errors, "damaged JPEG: unexpected layout of rows");
  while (info.output_scanline < info.output_height)
    jpeg_read_scanlines(&info, job->rows + info.output_scanline, 1);
  jpeg_finish_decompress(&info);
}

Error decodeImage(StringRef file, ImageSize size, MutableArrayRef<uint8_t> out, StringRef fileName) {
  bool png = file.starts_with("\x89PNG"), jpeg = file.starts_with("\xff\xd8");
  if (!png && !jpeg)
    return createStringError(fileName + ": expected a PNG or JPEG image, got something else or a damaged file");
  size_t rowBytes = size_t(size.width) * size.channels;
  if ((size.channels != 1 && size.channels != 3) || out.size() != rowBytes * size.height)
    return createStringError(fileName + ": expected a network input of 1 or 3 channels, got " + Twine(size.channels));
  std::vector<uint8_t *> rows(size.height);
  for (size_t y = 0; y < rows.size(); ++y)
    rows[y] = out.data() + y * rowBytes;
  Job job = {file.bytes_begin(), file.size(), 0, size, rows.data(), {}};
  png ? decodePng(&job) : withJpeg(&job, decodeJpeg);
  if (job.problem[0])
    return createStringError(fileName + ": " + job.problem);
  return Error::success();
}

static void keepSize(jpeg_decompress_struct &info, JpegErrors &errors) {
  errors.job->want.width = info.image_width;
  errors.job->want.height = info.image_height;
}

Expected<ImageSize> readImageSize(StringRef file, unsigned channels, StringRef fileName) {
  bool png = file.starts_with("\x89PNG"), jpeg = file.starts_with("\xff\xd8");
  if (!png && !jpeg)
    return createStringError(fileName + ": expected a PNG or JPEG image, got something else or a damaged file");
  constexpr size_t endOfSize = 24; // signature, length and name of IHDR, width, height
  Job job = {file.bytes_begin(), file.size(), 0, {channels, 0, 0}, nullptr, {}};
  if (jpeg)
    withJpeg(&job, keepSize);
  else if (file.size() >= endOfSize && file.substr(12, 4) == "IHDR")
    job.want = {channels, png_get_uint_32(file.bytes_begin() + 20), png_get_uint_32(file.bytes_begin() + 16)};
  if (job.problem[0])
    return createStringError(fileName + ": " + job.problem);
  uint64_t pixels = uint64_t(job.want.width) * job.want.height;
  if (pixels == 0 || pixels > maxPixels)
    return createStringError(fileName + ": expected an image of 1 to " + Twine(maxPixels) + " pixels, got " +
                             Twine(job.want.width) + "x" + Twine(job.want.height));
  return job.want;
}

} // namespace wino
