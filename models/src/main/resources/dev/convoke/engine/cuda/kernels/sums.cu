// Sums over rows. A block of [y][x] threads adds the rows of its part for x * WIDTH channels; the parts are added
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

// Adds the same and writes it to the block's own sums.
__device__ __forceinline__ void storeSum(float* sum, float* shared, float* own, u32 c, int channels) {
  columnSum(sum, shared);
  if (threadIdx.y == 0 && c < (u32) channels) {
#pragma unroll
    for (int i = 0; i < WIDTH; i++) own[c + i] = sum[i];
  }
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
  storeSum(sum, shared, partial + (u64) blockIdx.y * channels, c, channels);
}

// Adds the parts of one column: 32 columns a block, 32 threads each, who all have the sum.
__device__ __forceinline__ double partSum(const float* partial, int parts, u64 stride, u32 c, bool inside, double* shared) {
  double sum = 0;
  if (inside) {
#pragma unroll 4
    for (u32 p = threadIdx.y; p < (u32) parts; p += 32) sum += partial[p * stride + c];
  }
  shared[threadIdx.y * 32 + threadIdx.x] = sum;
  __syncthreads();
  double total = 0;
#pragma unroll
  for (int y = 0; y < 32; y++) total += shared[y * 32 + threadIdx.x];
  __syncthreads();
  return total;
}

extern "C" __global__ void column_finish(const float* partial, float* out, int parts, int channels) {
  __shared__ double shared[1024];
  u32 c = blockIdx.x * 32 + threadIdx.x;
  bool inside = c < (u32) channels;
  double sum = partSum(partial, parts, channels, c, inside, shared);
  if (threadIdx.y == 0 && inside) out[c] = (float) sum;
}
