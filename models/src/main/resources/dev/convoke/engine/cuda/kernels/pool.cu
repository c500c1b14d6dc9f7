// Pools. Padding never counts. A block works on one row of pixels of one image, of the output forward and of the
// input backward: blockIdx.y is the row, blockIdx.z the image.

struct Pooling {
  int height, width, outHeight, outWidth, kernelRows, kernelColumns, strideRows, strideColumns, top, left;
};

#define POOL_ELEMENT(columns, channels)                  \
  u32 groups = (u32) (channels) / WIDTH;                 \
  u32 at = blockIdx.x * blockDim.x + threadIdx.x;        \
  u32 column = at / groups;                              \
  if (column >= (u32) (columns)) return;                 \
  u32 c = (at - column * groups) * WIDTH

__device__ __forceinline__ u32 over(u32 value, u32 stride) {
  return stride == 1 ? value : stride == 2 ? value >> 1 : value / stride;
}

// A pool, of what batch normalisation and its ReLU make of x if NORMAL; chosen receives the x of the largest then.
template <bool NORMAL>
__device__ __forceinline__ void poolForward(const real* x, int xPitch, real* y, int yPitch, u16* places, real* chosen,
    const float* statistics, const Pooling& p, int largest, int relu, u32 column, u32 c, int channels) {
  const real* image = x + (u64) blockIdx.z * p.height * p.width * xPitch + c;
  int top = (int) blockIdx.y * p.strideRows - p.top, left = (int) column * p.strideColumns - p.left;
  int firstRow = max(0, -top), lastRow = min(p.kernelRows, p.height - top);
  int firstColumn = max(0, -left), lastColumn = min(p.kernelColumns, p.width - left);
  float best[WIDTH], raw[WIDTH], scale[WIDTH], shift[WIDTH];
  int place[WIDTH];
#pragma unroll
  for (int i = 0; i < WIDTH; i++) {
    best[i] = largest ? -__int_as_float(0x7f800000) : 0.0f;
    raw[i] = 0.0f;
    place[i] = firstRow * p.kernelColumns + firstColumn;
  }
  if (NORMAL) {
    loadFloats(statistics + 2 * channels + c, scale);
    loadFloats(statistics + 3 * channels + c, shift);
  }
  for (int r = firstRow; r < lastRow; r++) {
    const real* from = image + ((i64) (top + r) * p.width + left) * xPitch;
    for (int k = firstColumn; k < lastColumn; k++) {
      float v[WIDTH];
      load(from + (i64) k * xPitch, v);
      int here = r * p.kernelColumns + k;
      if (largest) {
#pragma unroll
        for (int i = 0; i < WIDTH; i++) {
          float value = NORMAL ? scale[i] * v[i] + shift[i] : v[i];
          bool wins = value > best[i];
          best[i] = wins ? value : best[i];
          if (NORMAL) raw[i] = wins ? v[i] : raw[i];
          place[i] = wins ? here : place[i];
        }
      } else {
#pragma unroll
        for (int i = 0; i < WIDTH; i++) best[i] += v[i];
      }
    }
  }
  if (!largest) {
    float share = 1.0f / (float) ((lastRow - firstRow) * (lastColumn - firstColumn));
#pragma unroll
    for (int i = 0; i < WIDTH; i++) best[i] *= share;
  }
  if (relu) {
#pragma unroll
    for (int i = 0; i < WIDTH; i++) best[i] = fmaxf(best[i], 0.0f);
  }
  u64 row = ((u64) blockIdx.z * p.outHeight + blockIdx.y) * p.outWidth + column;
  store(y + row * yPitch + c, best);
  if (places) {
    Places own;
#pragma unroll
    for (int i = 0; i < WIDTH; i++) own.v[i] = (u16) place[i];
    *(Places*) (places + row * channels + c) = own;
  }
  if (NORMAL && chosen) store(chosen + row * channels + c, raw);
}

extern "C" __global__ void pool(
    const real* x, int xPitch, real* y, int yPitch, u16* places, Pooling p, int largest, int channels) {
  POOL_ELEMENT(p.outWidth, channels);
  poolForward<false>(x, xPitch, y, yPitch, places, 0, 0, p, largest, 0, column, c, channels);
}

extern "C" __global__ void norm_pool(const real* x, int xPitch, real* y, int yPitch, u16* places, real* chosen,
    const float* statistics, Pooling p, int relu, int channels) {
  POOL_ELEMENT(p.outWidth, channels);
  poolForward<true>(x, xPitch, y, yPitch, places, chosen, statistics, p, 1, relu, column, c, channels);
}

// The gradient of a pool's output, and what of it passes to the input.
struct Given { const real* gradient; int pitch; const real* result; int resultPitch; const u16* places; };

// What a pixel of the input gets from the windows that cover it.
__device__ __forceinline__ void gather(
    const Given& given, const Pooling& p, int largest, u32 n, int h, int w, u32 c, int channels, float* sum) {
#pragma unroll
  for (int i = 0; i < WIDTH; i++) sum[i] = 0.0f;
  int lastRow = min((int) over(h + p.top, p.strideRows), p.outHeight - 1);
  int lastColumn = min((int) over(w + p.left, p.strideColumns), p.outWidth - 1);
  int firstRow = (int) over(max(0, h + p.top - p.kernelRows + p.strideRows), p.strideRows);
  int firstColumn = (int) over(max(0, w + p.left - p.kernelColumns + p.strideColumns), p.strideColumns);
  for (int oh = firstRow; oh <= lastRow; oh++) {
    int r = h + p.top - oh * p.strideRows;
    u64 line = ((u64) n * p.outHeight + oh) * p.outWidth;
    for (int ow = firstColumn; ow <= lastColumn; ow++) {
      int here = r * p.kernelColumns + w + p.left - ow * p.strideColumns;
      u64 from = line + ow;
      float g[WIDTH];
      load(given.gradient + from * given.pitch + c, g);
      if (given.result) keepPositive(g, given.result + from * given.resultPitch + c);
      if (largest) {
        Places theirs = *(const Places*) (given.places + from * channels + c);
#pragma unroll
        for (int i = 0; i < WIDTH; i++) sum[i] += theirs.v[i] == here ? g[i] : 0.0f;
      } else {
        int top = oh * p.strideRows - p.top, left = ow * p.strideColumns - p.left;
        int high = min(top + p.kernelRows, p.height) - max(top, 0);
        int wide = min(left + p.kernelColumns, p.width) - max(left, 0);
        float share = 1.0f / (float) (high * wide);
#pragma unroll
        for (int i = 0; i < WIDTH; i++) sum[i] += g[i] * share;
      }
    }
  }
}

// Where a kernel of 3 has stride 2, four windows cover a cell of 2 x 2 pixels: (i - 1, j - 1) to (i, j).
struct Cell { Pack gradients[4]; Places places[4]; };

__device__ __forceinline__ bool hasCells(const Pooling& p) {
  return p.kernelRows == 3 && p.kernelColumns == 3 && p.strideRows == 2 && p.strideColumns == 2;
}

// The gradient and the place of a window; of one that is not there, a place that no pixel has.
__device__ __forceinline__ void loadWindow(
    const Given& given, const Pooling& p, u32 n, int oh, int ow, u32 c, int channels, Pack& gradients, Places& places) {
  bool has = oh >= 0 && oh < p.outHeight && ow >= 0 && ow < p.outWidth;
  u64 line = (u64) n * p.outHeight + min(max(oh, 0), p.outHeight - 1);
  u64 from = line * p.outWidth + min(max(ow, 0), p.outWidth - 1);
  gradients = *(const Pack*) (given.gradient + from * given.pitch + c);
  places = *(const Places*) (given.places + from * channels + c);
  if (given.result) {
    Pack result = *(const Pack*) (given.result + from * given.resultPitch + c);
#pragma unroll
    for (int k = 0; k < WIDTH; k++) {
      if (!(widen(result.v[k]) > 0.0f)) gradients.v[k] = narrow(0.0f);
    }
  }
#pragma unroll
  for (int k = 0; k < WIDTH; k++) places.v[k] = has ? places.v[k] : (u16) 0xffff;
}

__device__ __forceinline__ void loadCell(
    const Given& given, const Pooling& p, u32 n, int i, int j, u32 c, int channels, Cell& cell) {
#pragma unroll
  for (int window = 0; window < 4; window++) {
    loadWindow(given, p, n, i - 1 + window / 2, j - 1 + window % 2, c, channels, cell.gradients[window],
        cell.places[window]);
  }
}

// What the pixel in row Y and column X of a cell gets.
template <int Y, int X>
__device__ __forceinline__ void fromCell(const Cell& cell, float* sum) {
#pragma unroll
  for (int i = 0; i < WIDTH; i++) sum[i] = 0.0f;
#pragma unroll
  for (int window = 0; window < 4; window++) {
    // The second row and column of a cell are in the middle of one window, the first at the end of one and the start of
    // the next.
    if ((Y == 1 && window / 2 == 0) || (X == 1 && window % 2 == 0)) continue;
    int r = Y == 1 ? 1 : window / 2 == 1 ? 0 : 2, k = X == 1 ? 1 : window % 2 == 1 ? 0 : 2;
#pragma unroll
    for (int i = 0; i < WIDTH; i++) {
      sum[i] += cell.places[window].v[i] == r * 3 + k ? widen(cell.gradients[window].v[i]) : 0.0f;
    }
  }
}

// Every input gathers from the windows that cover it. With a result, only where it was positive.
extern "C" __global__ void pool_back(const real* gradient, int gradientPitch, const real* result, int resultPitch,
    const u16* places, real* out, int outPitch, Pooling p, int largest, int channels) {
  POOL_ELEMENT(p.width, channels);
  Given given = {gradient, gradientPitch, result, resultPitch, places};
  float sum[WIDTH];
  gather(given, p, largest, blockIdx.z, (int) blockIdx.y, (int) column, c, channels, sum);
  store(out + (((u64) blockIdx.z * p.height + blockIdx.y) * p.width + column) * outPitch + c, sum);
}

template <int Y, int X>
__device__ __forceinline__ void storeCell(
    const Cell& cell, real* image, int outPitch, const Pooling& p, int i, int j, u32 c) {
  int h = 2 * i + Y - p.top, w = 2 * j + X - p.left;
  if (h < 0 || h >= p.height || w < 0 || w >= p.width) return;
  float sum[WIDTH];
  fromCell<Y, X>(cell, sum);
  store(image + ((u64) h * p.width + w) * outPitch + c, sum);
}

// The same for a pool of the largest with a kernel of 3 and stride 2: a thread works on a cell.
extern "C" __global__ void pool_back_cells(const real* gradient, int gradientPitch, const real* result,
    int resultPitch, const u16* places, real* out, int outPitch, Pooling p, int columns, int channels) {
  POOL_ELEMENT(columns, channels);
  Given given = {gradient, gradientPitch, result, resultPitch, places};
  Cell cell;
  int i = (int) blockIdx.y, j = (int) column;
  loadCell(given, p, blockIdx.z, i, j, c, channels, cell);
  real* image = out + (u64) blockIdx.z * p.height * p.width * outPitch;
  storeCell<0, 0>(cell, image, outPitch, p, i, j, c);
  storeCell<0, 1>(cell, image, outPitch, p, i, j, c);
  storeCell<1, 0>(cell, image, outPitch, p, i, j, c);
  storeCell<1, 1>(cell, image, outPitch, p, i, j, c);
}

// The same with stride 1: sixteen windows cover 2 x 2 pixels.
extern "C" __global__ void pool_back_dense(const real* gradient, int gradientPitch, const real* result,
    int resultPitch, const u16* places, real* out, int outPitch, Pooling p, int columns, int channels) {
  POOL_ELEMENT(columns, channels);
  Given given = {gradient, gradientPitch, result, resultPitch, places};
  int h = 2 * (int) blockIdx.y, w = 2 * (int) column;
  float sums[4][WIDTH];
#pragma unroll
  for (int i = 0; i < 4 * WIDTH; i++) sums[i / WIDTH][i % WIDTH] = 0.0f;
#pragma unroll
  for (int window = 0; window < 16; window++) {
    int a = window / 4, b = window % 4;
    Pack gradients;
    Places theirs;
    loadWindow(given, p, blockIdx.z, h + p.top - 2 + a, w + p.left - 2 + b, c, channels, gradients, theirs);
#pragma unroll
    for (int pixel = 0; pixel < 4; pixel++) {
      int r = pixel / 2 + 2 - a, k = pixel % 2 + 2 - b;
      if (r < 0 || r > 2 || k < 0 || k > 2) continue;
#pragma unroll
      for (int i = 0; i < WIDTH; i++) sums[pixel][i] += theirs.v[i] == r * 3 + k ? widen(gradients.v[i]) : 0.0f;
    }
  }
#pragma unroll
  for (int pixel = 0; pixel < 4; pixel++) {
    int y = h + pixel / 2, x = w + pixel % 2;
    if (y >= p.height || x >= p.width) continue;
    store(out + (((u64) blockIdx.z * p.height + y) * p.width + x) * outPitch + c, sums[pixel]);
  }
}
