/*
 * JPEG encoding through libjpeg's own API. TurboJPEG's, which is made of it, has no say over the scans of a progressive
 * file and always writes ten, which cost more than all that comes before them.
 *
 * This is C because libjpeg reports a failure by a call that must not return: here a longjmp crosses no Rust.
 */

#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#define MAX_PLANES 3

/* Of one MCU row: 16 rows of luma at most, 8 of each chroma. */
#define MAX_ROWS (2 * DCTSIZE)

/* A picture of 8-bit samples without padding, as jpeg_encode.rs has it. */
struct darkroom_picture {
  /* Luma, and Cb and Cr at half its width and height, rounded up; or the first alone: grey, or packed RGB. */
  const unsigned char *planes[MAX_PLANES];
  unsigned int width;
  unsigned int height;
  /* Of the JPEG: 1 is grey, 3 is colour. */
  int components;
  int is_packed;
};

struct failure {
  struct jpeg_error_mgr manager;
  jmp_buf leave;
};

static void leave(j_common_ptr codec)
{
  longjmp(((struct failure *)codec->err)->leave, 1);
}

static void say_nothing(j_common_ptr codec)
{
  (void)codec;
}

/* The destination is one buffer, large enough for any JPEG of the picture's size. */
static void begin(j_compress_ptr codec)
{
  (void)codec;
}

static boolean is_full(j_compress_ptr codec)
{
  ERREXIT(codec, JERR_BUFFER_SIZE);
  return FALSE;
}

static void end(j_compress_ptr codec)
{
  (void)codec;
}

/*
 * Coarse to fine by frequency alone. libjpeg's own script also sends the lowest bits last, in ten scans, and all of them
 * together take three times as long to write as these, for files that are smaller by less than one in two hundred.
 */
static const jpeg_scan_info SCANS[] = {
  { 1, { 0 }, 0, 0, 0, 0 },
  { 1, { 1 }, 0, 0, 0, 0 },
  { 1, { 2 }, 0, 0, 0, 0 },
  { 1, { 0 }, 1, 8, 0, 0 },
  { 1, { 1 }, 1, 63, 0, 0 },
  { 1, { 2 }, 1, 63, 0, 0 },
  { 1, { 0 }, 9, 63, 0, 0 },
};

static const jpeg_scan_info GREY_SCANS[] = {
  { 1, { 0 }, 0, 0, 0, 0 },
  { 1, { 0 }, 1, 8, 0, 0 },
  { 1, { 0 }, 9, 63, 0, 0 },
};

#define COUNT(array) ((int)(sizeof(array) / sizeof(*(array))))

/* 0 is baseline, 1 optimises the Huffman tables, 2 is progressive as well. */
static void set_effort(struct jpeg_compress_struct *codec, int effort)
{
  int grey = codec->num_components == 1;

  codec->optimize_coding = effort >= 1;
  if (effort >= 2) {
    codec->scan_info = grey ? GREY_SCANS : SCANS;
    codec->num_scans = grey ? COUNT(GREY_SCANS) : COUNT(SCANS);
  }
}

static void write_packed(struct jpeg_compress_struct *codec, const struct darkroom_picture *picture)
{
  size_t pitch = (size_t)picture->width * picture->components;
  while (codec->next_scanline < codec->image_height) {
    /* The library only reads the row. */
    JSAMPROW row = (JSAMPROW)(picture->planes[0] + codec->next_scanline * pitch);
    jpeg_write_scanlines(codec, &row, 1);
  }
}

/* One row of a plane, its last sample repeated up to whole blocks. */
static JSAMPROW whole_blocks(const unsigned char *row, size_t width, size_t padded, JSAMPROW scratch)
{
  if (width == padded)
    return (JSAMPROW)row;
  memcpy(scratch, row, width);
  memset(scratch + width, row[width - 1], padded - width);
  return scratch;
}

static void write_planes(struct jpeg_compress_struct *codec, const struct darkroom_picture *picture)
{
  JSAMPROW rows[MAX_PLANES][MAX_ROWS];
  JSAMPARRAY planes[MAX_PLANES] = { rows[0], rows[1], rows[2] };
  JSAMPARRAY scratch[MAX_PLANES];
  unsigned int lines = (unsigned int)codec->max_v_samp_factor * DCTSIZE;

  for (int plane = 0; plane < picture->components; plane++) {
    jpeg_component_info *component = &codec->comp_info[plane];
    scratch[plane] = codec->mem->alloc_sarray((j_common_ptr)codec, JPOOL_IMAGE,
                                              component->width_in_blocks * DCTSIZE, MAX_ROWS);
  }
  while (codec->next_scanline < codec->image_height) {
    for (int plane = 0; plane < picture->components; plane++) {
      jpeg_component_info *component = &codec->comp_info[plane];
      size_t step = plane == 0 ? 1 : 2;
      size_t width = (picture->width + step - 1) / step;
      size_t height = (picture->height + step - 1) / step;
      size_t padded = (size_t)component->width_in_blocks * DCTSIZE;
      for (int row = 0; row < component->v_samp_factor * DCTSIZE; row++) {
        size_t y = codec->next_scanline / step + row;
        /* Below the picture its last row goes on. */
        size_t seen = y < height ? y : height - 1;
        rows[plane][row] = whole_blocks(picture->planes[plane] + seen * width, width, padded, scratch[plane][row]);
      }
    }
    jpeg_write_raw_data(codec, planes, lines);
  }
}

/*
 * Encodes a picture at a quality from 1 to 100 into a buffer of `capacity` bytes. Returns how many bytes were written, or
 * 0 with a message of at most JMSG_LENGTH_MAX bytes.
 */
size_t darkroom_jpeg_encode(const struct darkroom_picture *picture, int quality, int effort, unsigned char *jpeg,
                            size_t capacity, char message[JMSG_LENGTH_MAX])
{
  struct jpeg_compress_struct codec;
  struct jpeg_destination_mgr destination = { jpeg, capacity, begin, is_full, end };
  struct failure failure;

  memset(&codec, 0, sizeof(codec));
  codec.err = jpeg_std_error(&failure.manager);
  failure.manager.error_exit = leave;
  failure.manager.output_message = say_nothing;
  if (setjmp(failure.leave)) {
    failure.manager.format_message((j_common_ptr)&codec, message);
    jpeg_destroy_compress(&codec);
    return 0;
  }
  jpeg_create_compress(&codec);
  codec.dest = &destination;
  codec.image_width = picture->width;
  codec.image_height = picture->height;
  codec.input_components = picture->components;
  codec.in_color_space = picture->components == 1 ? JCS_GRAYSCALE : picture->is_packed ? JCS_RGB : JCS_YCbCr;
  /* The defaults of a colour picture are YCbCr with chroma at half of luma's width and height. */
  jpeg_set_defaults(&codec);
  jpeg_set_quality(&codec, quality, TRUE);
  codec.raw_data_in = !picture->is_packed;
  set_effort(&codec, effort);
  jpeg_start_compress(&codec, TRUE);
  if (picture->is_packed)
    write_packed(&codec, picture);
  else
    write_planes(&codec, picture);
  jpeg_finish_compress(&codec);
  jpeg_destroy_compress(&codec);
  return capacity - destination.free_in_buffer;
}
