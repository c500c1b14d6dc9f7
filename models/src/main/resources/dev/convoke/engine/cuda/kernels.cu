// Our own kernels, compiled for the card at hand by NVRTC, without any header.
//
// Images are [rows, channels] with a row for each pixel of each example (channels last); a row starts PITCH values after
// the one before, so that a concatenation's parts are written in place. Every thread works on WIDTH neighbouring
// channels: one access of 16 bytes where channels, pitches and addresses allow it, else 1 value. No kernel adds in an
// order that could change from run to run.
//
// Compiled with: -DBF16=0|1 (the format of activations), -DWIDTH=1|4|8.

typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long i64;

#if BF16
typedef u16 real;
__device__ __forceinline__ float widen(real r) { return __uint_as_float(((u32) r) << 16); }
__device__ __forceinline__ real narrow(float f) {
  u32 u = __float_as_uint(f);
  if ((u & 0x7fffffffu) > 0x7f800000u) return (real) 0x7fff;
  return (real) ((u + 0x7fffu + ((u >> 16) & 1u)) >> 16);
}
#else
typedef float real;
__device__ __forceinline__ float widen(real r) { return r; }
__device__ __forceinline__ real narrow(float f) { return f; }
#endif

struct __align__(sizeof(real) * WIDTH) Pack { real v[WIDTH]; };
struct __align__(sizeof(u16) * WIDTH) Places { u16 v[WIDTH]; };

__device__ __forceinline__ void load(const real* p, float* out) {
  Pack k = *(const Pack*) p;
#pragma unroll
  for (int i = 0; i < WIDTH; i++) out[i] = widen(k.v[i]);
}

__device__ __forceinline__ void store(real* p, const float* in) {
  Pack k;
#pragma unroll
  for (int i = 0; i < WIDTH; i++) k.v[i] = narrow(in[i]);
  *(Pack*) p = k;
}

// Keeps a gradient where the result of a ReLU was positive.
__device__ __forceinline__ void keepPositive(float* gradient, const real* result) {
  float y[WIDTH];
  load(result, y);
#pragma unroll
  for (int i = 0; i < WIDTH; i++) gradient[i] = y[i] > 0.0f ? gradient[i] : 0.0f;
}

__device__ __forceinline__ void loadFloats(const float* p, float* out) {
#pragma unroll
  for (int i = 0; i < WIDTH; i++) out[i] = p[i];
}

// What changes from step to step: a recorded step reads it anew each time.
struct Settings {
  float rate;
  int unused;
  u64 dropoutKey;
  const float* images;
  const float* targets;
};

// What a thread of an elementwise kernel works on: WIDTH channels of one row.
#define ELEMENT(rows, channels)                          \
  u32 groups = (u32) (channels) / WIDTH;                 \
  u32 at = blockIdx.x * blockDim.x + threadIdx.x;        \
  u32 row = at / groups;                                 \
  if (row >= (u32) (rows)) return;                       \
  u32 c = (at - row * groups) * WIDTH

struct Reading { int channels, height, width, outHeight, outWidth, block, top, left; };

// [batch, channels, height, width] float32 to rows of pixels. A block of block x block pixels becomes one, with the
// channels of each of its pixels after each other: a first convolution with that stride then has none, and channels
// enough for the tensor cores. Before, zeros are added at the top and left; what is beyond anything is zero too.
extern "C" __global__ void read_images(
    const Settings* settings, real* out, int outPitch, Reading r, int rows, int channels) {
  ELEMENT(rows, channels);
  u32 n = row / (u32) (r.outHeight * r.outWidth), s = row - n * (u32) (r.outHeight * r.outWidth);
  int top = (int) (s / (u32) r.outWidth) * r.block - r.top, left = (int) (s % (u32) r.outWidth) * r.block - r.left;
  const float* image = settings->images + (u64) n * r.channels * r.height * r.width;
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

extern "C" __global__ void copy_channels(
    const real* in, int inPitch, real* out, int outPitch, int rows, int channels) {
  ELEMENT(rows, channels);
  *(Pack*) (out + (u64) row * outPitch + c) = *(const Pack*) (in + (u64) row * inPitch + c);
}

// y = relu?(y + bias + residual)
extern "C" __global__ void add_bias(real* y, int yPitch, const real* bias, const real* residual, int residualPitch,
    int relu, int rows, int channels) {
  ELEMENT(rows, channels);
  float v[WIDTH], o[WIDTH];
  load(y + (u64) row * yPitch + c, v);
  if (bias) {
    load(bias + c, o);
#pragma unroll
    for (int i = 0; i < WIDTH; i++) v[i] += o[i];
  }
  if (residual) {
    load(residual + (u64) row * residualPitch + c, o);
#pragma unroll
    for (int i = 0; i < WIDTH; i++) v[i] += o[i];
  }
  if (relu) {
#pragma unroll
    for (int i = 0; i < WIDTH; i++) v[i] = fmaxf(v[i], 0.0f);
  }
  store(y + (u64) row * yPitch + c, v);
}

// The sum of two to four.
extern "C" __global__ void add(const real* a, int aPitch, const real* b, int bPitch, const real* d, int dPitch,
    const real* e, int ePitch, real* out, int outPitch, int relu, int rows, int channels) {
  ELEMENT(rows, channels);
  float v[WIDTH], w[WIDTH], x[WIDTH], y[WIDTH];
  load(a + (u64) row * aPitch + c, v);
  load(b + (u64) row * bPitch + c, w);
  if (d) load(d + (u64) row * dPitch + c, x);
  if (e) load(e + (u64) row * ePitch + c, y);
#pragma unroll
  for (int i = 0; i < WIDTH; i++) {
    v[i] += w[i];
    if (d) v[i] += x[i];
    if (e) v[i] += y[i];
    if (relu) v[i] = fmaxf(v[i], 0.0f);
  }
  store(out + (u64) row * outPitch + c, v);
}

extern "C" __global__ void relu(const real* in, int inPitch, real* out, int outPitch, int rows, int channels) {
  ELEMENT(rows, channels);
  float v[WIDTH];
  load(in + (u64) row * inPitch + c, v);
#pragma unroll
  for (int i = 0; i < WIDTH; i++) v[i] = fmaxf(v[i], 0.0f);
  store(out + (u64) row * outPitch + c, v);
}

// The gradient where the result of a ReLU was positive, else zero.
extern "C" __global__ void mask(const real* gradient, int gradientPitch, const real* result, int resultPitch, real* out,
    int outPitch, int rows, int channels) {
  ELEMENT(rows, channels);
  float g[WIDTH];
  load(gradient + (u64) row * gradientPitch + c, g);
  keepPositive(g, result + (u64) row * resultPitch + c);
  store(out + (u64) row * outPitch + c, g);
}

// ---- Dropout: the mask of dev.convoke.engine.DropoutMask, from the key in the step's settings.

__device__ __forceinline__ u32 mix32(u32 x) {
  x = (x ^ (x >> 16)) * 0x7FEB352Du;
  x = (x ^ (x >> 15)) * 0x846CA68Bu;
  return x ^ (x >> 16);
}

__device__ __forceinline__ u64 mix64(u64 x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

extern "C" __global__ void dropout(const real* in, int inPitch, real* out, int outPitch, const Settings* settings,
    int ordinal, int kept, float scale, int pixels, int rows, int channels) {
  ELEMENT(rows, channels);
  u64 mixed = mix64(settings->dropoutKey + 0x9E3779B97F4A7C15ull * (u64) (ordinal + 1));
  u32 low = (u32) mixed, high = (u32) (mixed >> 32);
  u32 n = row / (u32) pixels, s = row - n * (u32) pixels;
  float v[WIDTH];
  load(in + (u64) row * inPitch + c, v);
#pragma unroll
  for (int i = 0; i < WIDTH; i++) {
    u32 element = (n * (u32) channels + c + i) * (u32) pixels + s;
    bool keeps = (int) (mix32(mix32(element ^ low) + high) >> 8) < kept;
    v[i] = keeps ? v[i] * scale : 0.0f;
  }
  store(out + (u64) row * outPitch + c, v);
}

// ---- Sums over rows. A block of [y][x] threads adds the rows of its part for x * WIDTH channels; the parts are added
// by column_finish. Grid: x tiles of channels, y parts.

#define COLUMN(rows, channels)                                           \
  u32 c = (blockIdx.x * blockDim.x + threadIdx.x) * WIDTH;               \
  bool inside = c < (u32) (channels);                                    \
  u32 part = ((u32) (rows) + gridDim.y - 1) / gridDim.y;                 \
  u32 from = blockIdx.y * part, to = min((u32) (rows), from + part)

// Adds what the threads above each other hold; the lowest has the sum. Shared memory: THREADS * WIDTH floats.
__device__ __forceinline__ void columnSum(float* sum, float* shared) {
  u32 own = (threadIdx.y * blockDim.x + threadIdx.x) * WIDTH;
#pragma unroll
  for (int i = 0; i < WIDTH; i++) shared[own + i] = sum[i];
  __syncthreads();
  for (u32 half = blockDim.y / 2; half > 0; half /= 2) {
    if (threadIdx.y < half) {
#pragma unroll
      for (int i = 0; i < WIDTH; i++) shared[own + i] += shared[own + half * blockDim.x * WIDTH + i];
    }
    __syncthreads();
  }
#pragma unroll
  for (int i = 0; i < WIDTH; i++) sum[i] = shared[threadIdx.x * WIDTH + i];
  __syncthreads();
}

// Adds the gradients of each channel, masked by the ReLU's result if there is one, and keeps the masked ones.
extern "C" __global__ void column_sum(const real* gradient, int gradientPitch, const real* result, int resultPitch,
    real* masked, int maskedPitch, float* partial, int rows, int channels) {
  __shared__ float shared[256 * WIDTH];
  COLUMN(rows, channels);
  float sum[WIDTH];
#pragma unroll
  for (int i = 0; i < WIDTH; i++) sum[i] = 0.0f;
  if (inside) {
#pragma unroll 4
    for (u32 row = from + threadIdx.y; row < to; row += blockDim.y) {
      float g[WIDTH];
      load(gradient + (u64) row * gradientPitch + c, g);
      if (result) {
        keepPositive(g, result + (u64) row * resultPitch + c);
        store(masked + (u64) row * maskedPitch + c, g);
      }
#pragma unroll
      for (int i = 0; i < WIDTH; i++) sum[i] += g[i];
    }
  }
  columnSum(sum, shared);
  if (threadIdx.y == 0 && inside) {
#pragma unroll
    for (int i = 0; i < WIDTH; i++) partial[(u64) blockIdx.y * channels + c + i] = sum[i];
  }
}

// Adds the parts of one column: 32 columns a block, 8 threads each. The lowest thread has the sum.
__device__ __forceinline__ double partSum(const float* partial, int parts, u64 stride, u32 c, bool inside, double* shared) {
  double sum = 0;
  if (inside) {
#pragma unroll 4
    for (u32 p = threadIdx.y; p < (u32) parts; p += 8) sum += partial[p * stride + c];
  }
  shared[threadIdx.y * 32 + threadIdx.x] = sum;
  __syncthreads();
  double total = 0;
  for (int y = 0; y < 8; y++) total += shared[y * 32 + threadIdx.x];
  __syncthreads();
  return total;
}

extern "C" __global__ void column_finish(const float* partial, float* out, int parts, int channels) {
  __shared__ double shared[256];
  u32 c = blockIdx.x * 32 + threadIdx.x;
  bool inside = c < (u32) channels;
  double sum = partSum(partial, parts, channels, c, inside, shared);
  if (threadIdx.y == 0 && inside) out[c] = (float) sum;
}

// ---- Batch normalisation. Sums are of differences from the first row, so that a large mean does not swallow them.

extern "C" __global__ void norm_sum(const real* x, int pitch, float* partial, int rows, int channels) {
  __shared__ float shared[256 * WIDTH];
  COLUMN(rows, channels);
  float sum[WIDTH], squares[WIDTH], first[WIDTH];
#pragma unroll
  for (int i = 0; i < WIDTH; i++) sum[i] = squares[i] = 0.0f;
  if (inside) {
    load(x + c, first);
#pragma unroll 4
    for (u32 row = from + threadIdx.y; row < to; row += blockDim.y) {
      float v[WIDTH];
      load(x + (u64) row * pitch + c, v);
#pragma unroll
      for (int i = 0; i < WIDTH; i++) {
        float d = v[i] - first[i];
        sum[i] += d;
        squares[i] += d * d;
      }
    }
  }
  columnSum(sum, shared);
  columnSum(squares, shared);
  if (threadIdx.y == 0 && inside) {
    u64 own = (u64) blockIdx.y * 2 * channels + c;
#pragma unroll
    for (int i = 0; i < WIDTH; i++) {
      partial[own + i] = sum[i];
      partial[own + channels + i] = squares[i];
    }
  }
}

// Statistics [4][channels]: mean, 1 / deviation, and the scale and shift that normalise.
extern "C" __global__ void norm_finish(const float* partial, const real* x, float* statistics, const float* gamma,
    const float* beta, float* runningMean, float* runningVariance, float epsilon, float rest, int parts, int rows,
    int channels) {
  __shared__ double shared[256];
  u32 c = blockIdx.x * 32 + threadIdx.x;
  bool inside = c < (u32) channels;
  double sum = partSum(partial, parts, 2 * (u64) channels, c, inside, shared);
  double squares = partSum(partial + channels, parts, 2 * (u64) channels, c, inside, shared);
  if (threadIdx.y != 0 || !inside) return;
  double shift = sum / rows;
  double variance = fmax(squares / rows - shift * shift, 0.0);
  float mean = (float) (widen(x[c]) + shift);
  float inverse = (float) (1.0 / sqrt(variance + epsilon));
  runningMean[c] -= rest * (runningMean[c] - mean);
  runningVariance[c] -= rest * (runningVariance[c] - (float) variance);
  float scale = gamma[c] * inverse;
  statistics[c] = mean;
  statistics[channels + c] = inverse;
  statistics[2 * channels + c] = scale;
  statistics[3 * channels + c] = beta[c] - mean * scale;
}

// The same from the running statistics, as in prediction.
extern "C" __global__ void norm_running(float* statistics, const float* gamma, const float* beta, const float* mean,
    const float* variance, float epsilon, int channels) {
  u32 c = blockIdx.x * blockDim.x + threadIdx.x;
  if (c >= (u32) channels) return;
  float inverse = (float) (1.0 / sqrt((double) variance[c] + epsilon));
  float scale = gamma[c] * inverse;
  statistics[c] = mean[c];
  statistics[channels + c] = inverse;
  statistics[2 * channels + c] = scale;
  statistics[3 * channels + c] = beta[c] - mean[c] * scale;
}

// y = relu?(scale x + shift + residual)
extern "C" __global__ void norm_apply(const real* x, int xPitch, real* y, int yPitch, const float* statistics,
    const real* residual, int residualPitch, int relu, int rows, int channels) {
  ELEMENT(rows, channels);
  float v[WIDTH], scale[WIDTH], shift[WIDTH];
  load(x + (u64) row * xPitch + c, v);
  loadFloats(statistics + 2 * channels + c, scale);
  loadFloats(statistics + 3 * channels + c, shift);
  float r[WIDTH];
  if (residual) load(residual + (u64) row * residualPitch + c, r);
#pragma unroll
  for (int i = 0; i < WIDTH; i++) {
    v[i] = scale[i] * v[i] + shift[i];
    if (residual) v[i] += r[i];
    if (relu) v[i] = fmaxf(v[i], 0.0f);
  }
  store(y + (u64) row * yPitch + c, v);
}

// Sums [2][channels] of the gradient that passes the ReLU, and of it times the normalised input. With a residual the
// ReLU is masked by the result, else by the input; the masked gradient is kept if somebody needs it.
extern "C" __global__ void norm_back_sum(const real* gradient, int gradientPitch, const real* x, int xPitch,
    const real* result, int resultPitch, real* masked, int maskedPitch, const float* statistics, int relu,
    float* partial, int rows, int channels) {
  __shared__ float shared[256 * WIDTH];
  COLUMN(rows, channels);
  float sum[WIDTH], product[WIDTH], mean[WIDTH], inverse[WIDTH], scale[WIDTH], shift[WIDTH];
#pragma unroll
  for (int i = 0; i < WIDTH; i++) sum[i] = product[i] = 0.0f;
  if (inside) {
    loadFloats(statistics + c, mean);
    loadFloats(statistics + channels + c, inverse);
    loadFloats(statistics + 2 * channels + c, scale);
    loadFloats(statistics + 3 * channels + c, shift);
#pragma unroll 2
    for (u32 row = from + threadIdx.y; row < to; row += blockDim.y) {
      float g[WIDTH], v[WIDTH];
      load(gradient + (u64) row * gradientPitch + c, g);
      load(x + (u64) row * xPitch + c, v);
      if (result) {
        keepPositive(g, result + (u64) row * resultPitch + c);
        if (masked) store(masked + (u64) row * maskedPitch + c, g);
      } else if (relu) {
#pragma unroll
        for (int i = 0; i < WIDTH; i++) g[i] = scale[i] * v[i] + shift[i] > 0.0f ? g[i] : 0.0f;
      }
#pragma unroll
      for (int i = 0; i < WIDTH; i++) {
        sum[i] += g[i];
        product[i] += g[i] * ((v[i] - mean[i]) * inverse[i]);
      }
    }
  }
  columnSum(sum, shared);
  columnSum(product, shared);
  if (threadIdx.y == 0 && inside) {
    u64 own = (u64) blockIdx.y * 2 * channels + c;
#pragma unroll
    for (int i = 0; i < WIDTH; i++) {
      partial[own + i] = sum[i];
      partial[own + channels + i] = product[i];
    }
  }
}

// Gradients of beta and gamma, and the coefficients [3][channels] of the gradient of the input:
// scale * (g - mean(g) - normalised * mean(g * normalised)) = first * g + second * x + third.
extern "C" __global__ void norm_back_finish(const float* partial, const float* statistics, float* gradientOfGamma,
    float* gradientOfBeta, float* coefficients, int frozen, int parts, int rows, int channels) {
  __shared__ double shared[256];
  u32 c = blockIdx.x * 32 + threadIdx.x;
  bool inside = c < (u32) channels;
  double sum = partSum(partial, parts, 2 * (u64) channels, c, inside, shared);
  double product = partSum(partial + channels, parts, 2 * (u64) channels, c, inside, shared);
  if (threadIdx.y != 0 || !inside) return;
  double mean = statistics[c], inverse = statistics[channels + c], scale = statistics[2 * channels + c];
  gradientOfGamma[c] = (float) product;
  gradientOfBeta[c] = (float) sum;
  double second = frozen ? 0.0 : -scale * inverse * product / rows;
  coefficients[c] = (float) scale;
  coefficients[channels + c] = (float) second;
  coefficients[2 * channels + c] = frozen ? 0.0f : (float) (-scale * sum / rows - second * mean);
}

extern "C" __global__ void norm_back_apply(const real* gradient, int gradientPitch, const real* x, int xPitch,
    const real* result, int resultPitch, real* out, int outPitch, const float* statistics, const float* coefficients,
    int relu, int rows, int channels) {
  ELEMENT(rows, channels);
  float g[WIDTH], v[WIDTH], first[WIDTH], second[WIDTH], third[WIDTH];
  load(gradient + (u64) row * gradientPitch + c, g);
  load(x + (u64) row * xPitch + c, v);
  if (result) {
    keepPositive(g, result + (u64) row * resultPitch + c);
  } else if (relu) {
    float scale[WIDTH], shift[WIDTH];
    loadFloats(statistics + 2 * channels + c, scale);
    loadFloats(statistics + 3 * channels + c, shift);
#pragma unroll
    for (int i = 0; i < WIDTH; i++) g[i] = scale[i] * v[i] + shift[i] > 0.0f ? g[i] : 0.0f;
  }
  loadFloats(coefficients + c, first);
  loadFloats(coefficients + channels + c, second);
  loadFloats(coefficients + 2 * channels + c, third);
#pragma unroll
  for (int i = 0; i < WIDTH; i++) g[i] = first[i] * g[i] + second[i] * v[i] + third[i];
  store(out + (u64) row * outPitch + c, g);
}

// ---- Pools. Padding never counts. A block works on one row of pixels of one image, of the output forward and of the
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

extern "C" __global__ void pool(const real* x, int xPitch, real* y, int yPitch, u16* places, Pooling p, int largest,
    int channels) {
  POOL_ELEMENT(p.outWidth, channels);
  const real* image = x + (u64) blockIdx.z * p.height * p.width * xPitch + c;
  int top = (int) blockIdx.y * p.strideRows - p.top, left = (int) column * p.strideColumns - p.left;
  int firstRow = max(0, -top), lastRow = min(p.kernelRows, p.height - top);
  int firstColumn = max(0, -left), lastColumn = min(p.kernelColumns, p.width - left);
  float best[WIDTH];
  int place[WIDTH];
#pragma unroll
  for (int i = 0; i < WIDTH; i++) {
    best[i] = largest ? -__int_as_float(0x7f800000) : 0.0f;
    place[i] = firstRow * p.kernelColumns + firstColumn;
  }
  for (int r = firstRow; r < lastRow; r++) {
    const real* from = image + ((u64) (top + r) * p.width + left) * xPitch;
    for (int k = firstColumn; k < lastColumn; k++) {
      float v[WIDTH];
      load(from + (i64) k * xPitch, v);
      int here = r * p.kernelColumns + k;
      if (largest) {
#pragma unroll
        for (int i = 0; i < WIDTH; i++) {
          bool wins = v[i] > best[i];
          best[i] = wins ? v[i] : best[i];
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
  u64 row = ((u64) blockIdx.z * p.outHeight + blockIdx.y) * p.outWidth + column;
  store(y + row * yPitch + c, best);
  if (places) {
    Places own;
#pragma unroll
    for (int i = 0; i < WIDTH; i++) own.v[i] = (u16) place[i];
    *(Places*) (places + row * channels + c) = own;
  }
}

// Every input gathers from the windows that cover it. With a result, only where it was positive.
extern "C" __global__ void pool_back(const real* gradient, int gradientPitch, const real* result, int resultPitch,
    const u16* places, real* out, int outPitch, Pooling p, int largest, int channels) {
  POOL_ELEMENT(p.width, channels);
  int h = (int) blockIdx.y, w = (int) column;
  int lastRow = min((int) over(h + p.top, p.strideRows), p.outHeight - 1);
  int lastColumn = min((int) over(w + p.left, p.strideColumns), p.outWidth - 1);
  int firstRow = (int) over(max(0, h + p.top - p.kernelRows + p.strideRows), p.strideRows);
  int firstColumn = (int) over(max(0, w + p.left - p.kernelColumns + p.strideColumns), p.strideColumns);
  float sum[WIDTH];
#pragma unroll
  for (int i = 0; i < WIDTH; i++) sum[i] = 0.0f;
  for (int oh = firstRow; oh <= lastRow; oh++) {
    int r = h + p.top - oh * p.strideRows;
    u64 line = ((u64) blockIdx.z * p.outHeight + oh) * p.outWidth;
    for (int ow = firstColumn; ow <= lastColumn; ow++) {
      int here = r * p.kernelColumns + w + p.left - ow * p.strideColumns;
      u64 from = line + ow;
      float g[WIDTH];
      load(gradient + from * gradientPitch + c, g);
      if (result) {
        keepPositive(g, result + from * resultPitch + c);
      }
      if (largest) {
        Places theirs = *(const Places*) (places + from * channels + c);
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
  store(out + (((u64) blockIdx.z * p.height + h) * p.width + w) * outPitch + c, sum);
}

// ---- Softmax and cross-entropy: a block of 256 threads for each example.

// The largest value and the first place it stands at.
__device__ __forceinline__ int likeliest(const float* values, int classes, float* bests, int* places) {
  float best = 0.0f;
  int place = -1;
  for (int c = threadIdx.x; c < classes; c += 256) {
    if (place < 0 || values[c] > best) {
      best = values[c];
      place = c;
    }
  }
  bests[threadIdx.x] = best;
  places[threadIdx.x] = place;
  __syncthreads();
  for (int half = 128; half > 0; half /= 2) {
    if (threadIdx.x < half) {
      int other = places[threadIdx.x + half];
      float theirs = bests[threadIdx.x + half];
      int mine = places[threadIdx.x];
      bool wins = other >= 0
          && (mine < 0 || theirs > bests[threadIdx.x] || (theirs == bests[threadIdx.x] && other < mine));
      if (wins) {
        bests[threadIdx.x] = theirs;
        places[threadIdx.x] = other;
      }
    }
    __syncthreads();
  }
  int result = places[0];
  __syncthreads();
  return result;
}

__device__ __forceinline__ double blockSum(double value, double* shared) {
  shared[threadIdx.x] = value;
  __syncthreads();
  for (int half = 128; half > 0; half /= 2) {
    if (threadIdx.x < half) shared[threadIdx.x] += shared[threadIdx.x + half];
    __syncthreads();
  }
  double result = shared[0];
  __syncthreads();
  return result;
}

extern "C" __global__ void probabilities(const float* logits, float* out, int classes) {
  __shared__ float bests[256];
  __shared__ int places[256];
  __shared__ double shared[256];
  const float* own = logits + (u64) blockIdx.x * classes;
  float largest = own[likeliest(own, classes, bests, places)];
  double sum = 0;
  for (int c = threadIdx.x; c < classes; c += 256) sum += exp((double) own[c] - largest);
  sum = blockSum(sum, shared);
  for (int c = threadIdx.x; c < classes; c += 256) {
    out[(u64) blockIdx.x * classes + c] = (float) (exp((double) own[c] - largest) / sum);
  }
}

// Targets add up to the example's weight. Writes the gradient of the mean loss; seen is [rows] of (loss, right).
extern "C" __global__ void cross_entropy(
    const float* logits, const Settings* settings, real* gradient, double* losses, int* rights, int rows, int classes) {
  __shared__ float bests[256];
  __shared__ int places[256];
  __shared__ double shared[256];
  const float* own = logits + (u64) blockIdx.x * classes;
  const float* wanted = settings->targets + (u64) blockIdx.x * classes;
  int said = likeliest(own, classes, bests, places);
  int right = said == likeliest(wanted, classes, bests, places);
  double largest = own[said], exponentials = 0, weight = 0;
  for (int c = threadIdx.x; c < classes; c += 256) {
    exponentials += exp((double) own[c] - largest);
    weight += wanted[c];
  }
  exponentials = blockSum(exponentials, shared);
  weight = blockSum(weight, shared);
  // Targets are rounded: what is nearly 1 is 1.
  if (fabs(weight - 1.0) < 1e-4) weight = 1.0;
  double logSum = largest + log(exponentials), loss = 0;
  for (int c = threadIdx.x; c < classes; c += 256) {
    if (wanted[c] != 0.0f) loss += wanted[c] * (logSum - own[c]);
    double probability = exp((double) own[c] - largest) / exponentials;
    gradient[(u64) blockIdx.x * classes + c] = narrow((float) ((weight * probability - wanted[c]) / rows));
  }
  loss = blockSum(loss, shared);
  if (threadIdx.x == 0) {
    losses[blockIdx.x] = loss;
    rights[blockIdx.x] = right;
  }
}

struct Seen { double loss; i64 right; };

extern "C" __global__ void loss_sum(const double* losses, const int* rights, Seen* seen, int rows) {
  __shared__ double shared[256];
  double loss = 0, right = 0;
  for (int row = threadIdx.x; row < rows; row += 256) {
    loss += losses[row];
    right += rights[row];
  }
  loss = blockSum(loss, shared);
  right = blockSum(right, shared);
  if (threadIdx.x == 0) {
    seen->loss = loss;
    seen->right = (i64) right;
  }
}

// ---- The update, all arrays in one launch: clipping, weight decay, Nesterov momentum, and the copy that the next step
// computes with. With g the clipped gradient plus decay: v' = m v - r g, w' = w + (1 + m) v' - m v.

struct Array {
  const void* gradient;
  float* weights;
  float* velocities;
  real* copy;
  int isFloat, length;
  float momentum, decay, rate, clip;
};

// A block updates 4096 values from START of one array.
struct Piece { int array, start; };

extern "C" __global__ void update(const Array* arrays, const Piece* pieces, const Settings* settings) {
  Piece piece = pieces[blockIdx.x];
  Array a = arrays[piece.array];
  float rate = a.rate * settings->rate;
  int to = min(piece.start + 4096, a.length);
  for (int i = piece.start + threadIdx.x; i < to; i += 256) {
    float g = a.isFloat ? ((const float*) a.gradient)[i] : widen(((const real*) a.gradient)[i]);
    float w = a.weights[i];
    g = fmaxf(-a.clip, fminf(a.clip, g)) + a.decay * w;
    if (a.velocities) {
      float before = a.momentum * a.velocities[i];
      float after = before - rate * g;
      a.velocities[i] = after;
      w += (1.0f + a.momentum) * after - before;
    } else {
      w -= rate * g;
    }
    a.weights[i] = w;
    if (a.copy) a.copy[i] = narrow(w);
  }
}

extern "C" __global__ void narrow_all(const float* in, real* out, int count) {
  u64 at = (u64) blockIdx.x * blockDim.x + threadIdx.x;
  if (at < (u64) count) out[at] = narrow(in[at]);
}

// ---- The state vector: an array stands there as [outer, channels, rows, columns], and here as [outer, rows / block,
// columns / block, pitch], with the channels of each place of a block after each other.

struct Order { i64 there, here; int outer, channels, rows, columns, block, pitch; };

extern "C" __global__ void reorder(float* there, float* here, const Order* orders, int toState) {
  Order o = orders[blockIdx.y];
  u64 count = (u64) o.outer * o.channels * o.rows * o.columns;
  int blockRows = (o.rows + o.block - 1) / o.block, blockColumns = (o.columns + o.block - 1) / o.block;
  for (u64 at = (u64) blockIdx.x * blockDim.x + threadIdx.x; at < count; at += (u64) gridDim.x * blockDim.x) {
    u64 rest = at / o.columns;
    int column = (int) (at - rest * o.columns), row = (int) (rest % o.rows);
    rest /= o.rows;
    u64 channel = rest % o.channels, outer = rest / o.channels;
    u64 place = (outer * blockRows + row / o.block) * blockColumns + column / o.block;
    u64 part = (u64) (row % o.block) * o.block + column % o.block;
    u64 own = o.here + place * o.pitch + part * o.channels + channel;
    if (toState) {
      there[o.there + at] = here[own];
    } else {
      here[own] = there[o.there + at];
    }
  }
}

// The gradient of a blocked kernel has values where the kernel has none: they must stay without.
extern "C" __global__ void clear_padding(
    real* gradient, int channels, int kernelRows, int kernelColumns, int block, int pitch, int count) {
  u32 at = blockIdx.x * blockDim.x + threadIdx.x;
  if (at >= (u32) count) return;
  int blockRows = (kernelRows + block - 1) / block, blockColumns = (kernelColumns + block - 1) / block;
  int part = (int) (at % (u32) pitch) / channels;
  int place = (int) (at / (u32) pitch) % (blockRows * blockColumns);
  int row = place / blockColumns * block + part / block, column = place % blockColumns * block + part % block;
  if (part >= block * block || row >= kernelRows || column >= kernelColumns) gradient[at] = narrow(0.0f);
}
