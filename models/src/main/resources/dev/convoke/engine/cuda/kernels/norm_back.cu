// The gradient of what was normalised, from the coefficients of norm_back_finish. With places, the gradient that
// is given is of the output of a pool of the largest behind the normalisation. If what was normalised is the result of a
// ReLU, it passes only where that was positive; partial, if any, receives its sums, for a bias before.

struct Applied {
  const real* x; int xPitch; real* out; int outPitch; const float* statistics; const float* coefficients; int relu;
  int positive;
};

// The coefficients of a thread's channels; the first is the scale that normalised, too. And the sums of what passes.
struct Channels { float first[WIDTH], second[WIDTH], third[WIDTH], shift[WIDTH], sum[WIDTH]; };

__device__ __forceinline__ void loadChannels(const Applied& a, u32 c, int channels, Channels& own) {
#pragma unroll
  for (int i = 0; i < WIDTH; i++) own.sum[i] = 0.0f;
  if (c >= (u32) channels) return;
  loadFloats(a.coefficients + c, own.first);
  loadFloats(a.coefficients + channels + c, own.second);
  loadFloats(a.coefficients + 2 * channels + c, own.third);
  loadFloats(a.statistics + 3 * channels + c, own.shift);
}

// Takes the gradient of one row of what came out of the normalisation to what went in, and adds it up.
__device__ __forceinline__ void apply(const Applied& a, u64 row, u32 c, Channels& own, float* g) {
  float v[WIDTH];
  load(a.x + row * a.xPitch + c, v);
#pragma unroll
  for (int i = 0; i < WIDTH; i++) {
    if (a.relu) g[i] = own.first[i] * v[i] + own.shift[i] > 0.0f ? g[i] : 0.0f;
    g[i] = own.first[i] * g[i] + own.second[i] * v[i] + own.third[i];
    if (a.positive) g[i] = v[i] > 0.0f ? g[i] : 0.0f;
    own.sum[i] += g[i];
  }
  store(a.out + row * a.outPitch + c, g);
}

// Writes what a block has added up, if anybody wants it.
__device__ __forceinline__ void storeSums(float* partial, u32 c, int channels, Channels& own) {
  __shared__ float shared[256 * WIDTH];
  if (partial) storeSum(own.sum, shared, partial + (u64) blockIdx.y * channels, c, channels);
}

extern "C" __global__ void __launch_bounds__(256, 4) norm_back_apply(const real* gradient, int gradientPitch,
    const real* result, int resultPitch, const real* x, int xPitch, real* out, int outPitch, const float* statistics,
    const float* coefficients, int relu, int positive, float* partial, int rows, int channels) {
  Applied a = {x, xPitch, out, outPitch, statistics, coefficients, relu, positive};
  COLUMN(rows, channels);
  Channels own;
  loadChannels(a, c, channels, own);
  if (inside) {
#pragma unroll 2
    for (u32 row = from + threadIdx.y; row < to; row += blockDim.y) {
      float g[WIDTH];
      load(gradient + (u64) row * gradientPitch + c, g);
      if (result) keepPositive(g, result + (u64) row * resultPitch + c);
      apply(a, row, c, own, g);
    }
  }
  storeSums(partial, c, channels, own);
}

template <int Y, int X>
__device__ __forceinline__ void applyCell(
    const Cell& cell, const Applied& a, const Pooling& p, u32 n, int i, int j, u32 c, Channels& own) {
  int h = 2 * i + Y - p.top, w = 2 * j + X - p.left;
  if (h < 0 || h >= p.height || w < 0 || w >= p.width) return;
  float g[WIDTH];
  fromCell<Y, X>(cell, g);
  apply(a, ((u64) n * p.height + h) * p.width + w, c, own, g);
}

extern "C" __global__ void __launch_bounds__(256, 2) norm_back_pooled(const real* gradient, int gradientPitch,
    const u16* places, Pooling p, const real* x, int xPitch, real* out, int outPitch, const float* statistics,
    const float* coefficients, int relu, int positive, float* partial, int rows, int channels) {
  Given given = {gradient, gradientPitch, 0, 0, places};
  Applied a = {x, xPitch, out, outPitch, statistics, coefficients, relu, positive};
  bool inCells = hasCells(p);
  u32 high = inCells ? (p.height + p.top + 1) / 2 : p.height, wide = inCells ? (p.width + p.left + 1) / 2 : p.width;
  u32 count = (u32) rows / (u32) (p.height * p.width) * high * wide;
  COLUMN(count, channels);
  Channels own;
  loadChannels(a, c, channels, own);
  if (inside) {
    for (u32 at = from + threadIdx.y; at < to; at += blockDim.y) {
      u32 line = at / wide, n = line / high;
      int i = (int) (line - n * high), j = (int) (at - line * wide);
      if (inCells) {
        Cell cell;
        loadCell(given, p, n, i, j, c, channels, cell);
        applyCell<0, 0>(cell, a, p, n, i, j, c, own);
        applyCell<0, 1>(cell, a, p, n, i, j, c, own);
        applyCell<1, 0>(cell, a, p, n, i, j, c, own);
        applyCell<1, 1>(cell, a, p, n, i, j, c, own);
      } else {
        float g[WIDTH];
        gather(given, p, 1, n, i, j, c, channels, g);
        apply(a, at, c, own, g);
      }
    }
  }
  storeSums(partial, c, channels, own);
}
