// Images on their way in, and shifted copies of images.

struct Reading { int channels, height, width, outHeight, outWidth, block, top, left; };

// [batch, channels, height, width] float32 to rows of pixels. A block of block x block pixels becomes one, with the
// channels of each of its pixels after each other: a first convolution with that stride then has none, and channels
// enough for the tensor cores. Before, zeros are added at the top and left; what is beyond anything is zero too.
extern "C" __global__ void read_images(
    const Settings* settings, real* out, int outPitch, Reading r, int rows, int channels) {
  ELEMENT(rows, channels);
  u32 n = row / (u32) (r.outHeight * r.outWidth), s = row - n * (u32) (r.outHeight * r.outWidth);
  int top = (int) (s / (u32) r.outWidth) * r.block - r.top, left = (int) (s % (u32) r.outWidth) * r.block - r.left;
  const float* image = (const float*) settings->images + (u64) n * r.channels * r.height * r.width;
  float v[WIDTH];
#pragma unroll
  for (int i = 0; i < WIDTH; i++) {
    int part = (int) (c + i) / r.channels, channel = (int) (c + i) - part * r.channels;
    int y = top + part / r.block, x = left + part % r.block;
    bool inside = part < r.block * r.block && y >= 0 && y < r.height && x >= 0 && x < r.width;
    v[i] = inside ? image[((u64) channel * r.height + y) * r.width + x] : 0.0f;
  }
  store(out + (u64) row * outPitch + c, v);
}

// What is done to an image that comes as bytes, see dev.convoke.engine.PixelImages.
struct Edit { float red, green, blue; int mirrored, top, left, height, width, partner; float share; };

// Where the values of a thread stand in an image; those that stand nowhere are told by inside, one bit each.
struct Positions { int y[WIDTH], x[WIDTH], channel[WIDTH]; u32 inside; };

__device__ __forceinline__ void locate(const Reading& r, u32 pixel, u32 c, Positions& at) {
  int line = (int) (pixel / (u32) r.outWidth);
  int top = line * r.block - r.top, left = (int) (pixel - line * (u32) r.outWidth) * r.block - r.left;
  int part = (int) c / r.channels, channel = (int) c - part * r.channels;
  int row = part / r.block, column = part - row * r.block;
  at.inside = 0;
#pragma unroll
  for (int i = 0; i < WIDTH; i++) {
    int y = top + row, x = left + column;
    bool inside = row < r.block && y >= 0 && y < r.height && x >= 0 && x < r.width;
    at.inside |= inside ? 1u << i : 0u;
    at.y[i] = inside ? y : 0;
    at.x[i] = inside ? x : 0;
    at.channel[i] = channel;
    // The next value is of the next channel, or of the next place of the block.
    bool ends = ++channel == r.channels, turns = ends && column + 1 == r.block;
    channel = ends ? 0 : channel;
    row += turns ? 1 : 0;
    column = turns ? 0 : ends ? column + 1 : column;
  }
}

// The values of an image that comes as bytes, before it is mixed. All bytes are read before any is looked up.
__device__ __forceinline__ void pixelValues(
    const unsigned char* image, const float* values, const Edit& edit, const Reading& r, const Positions& at, float* v) {
  u32 bytes[WIDTH];
#pragma unroll
  for (int i = 0; i < WIDTH; i++) {
    int from = edit.mirrored ? r.width - 1 - at.x[i] : at.x[i];
    bytes[i] = image[(at.y[i] * r.width + from) * 3 + at.channel[i]];
  }
#pragma unroll
  for (int i = 0; i < WIDTH; i++) {
    float added = at.channel[i] == 0 ? edit.red : at.channel[i] == 1 ? edit.green : edit.blue;
    bool erased = at.y[i] >= edit.top && at.y[i] < edit.top + edit.height && at.x[i] >= edit.left
        && at.x[i] < edit.left + edit.width;
    v[i] = erased ? 0.0f : __fadd_rn(values[at.channel[i] * 256 + bytes[i]], added);
  }
}

// [batch, height, width, 3] bytes to the same rows. The values are those of the bytes, the edits come behind them.
extern "C" __global__ void __launch_bounds__(256, 3) read_pixels(
    const Settings* settings, real* out, int outPitch, Reading r, int rows, int channels) {
  ELEMENT(rows, channels);
  u32 n = row / (u32) (r.outHeight * r.outWidth);
  Positions places;
  locate(r, row - n * (u32) (r.outHeight * r.outWidth), c, places);
  u64 size = (u64) r.channels * r.height * r.width;
  const float* values = settings->recipe;
  const Edit* edits = (const Edit*) (values + 3 * 256);
  const unsigned char* images = (const unsigned char*) settings->images;
  Edit own = edits[n];
  float v[WIDTH];
  pixelValues(images + n * size, values, own, r, places, v);
  if (own.partner != (int) n) {
    float theirs[WIDTH];
    pixelValues(images + own.partner * size, values, edits[own.partner], r, places, theirs);
    float rest = __fsub_rn(1.0f, own.share);
#pragma unroll
    for (int i = 0; i < WIDTH; i++) v[i] = __fadd_rn(__fmul_rn(own.share, v[i]), __fmul_rn(rest, theirs[i]));
  }
#pragma unroll
  for (int i = 0; i < WIDTH; i++) v[i] = places.inside >> i & 1 ? v[i] : 0.0f;
  store(out + (u64) row * outPitch + c, v);
}

// Copies images of height x width into images of another size, shifted; what lies outside is zero.
extern "C" __global__ void shift_images(const real* in, real* out, int height, int width, int inPitch, int outHeight,
    int outWidth, int outPitch, int down, int right, int rows, int channels) {
  ELEMENT(rows, channels);
  u32 n = row / (u32) (outHeight * outWidth), s = row - n * (u32) (outHeight * outWidth);
  int y = (int) (s / (u32) outWidth) - down, x = (int) (s % (u32) outWidth) - right;
  float v[WIDTH];
  if (y >= 0 && y < height && x >= 0 && x < width) {
    load(in + ((u64) n * height * width + (u64) y * width + x) * inPitch + c, v);
  } else {
#pragma unroll
    for (int i = 0; i < WIDTH; i++) v[i] = 0.0f;
  }
  store(out + (u64) row * outPitch + c, v);
}
