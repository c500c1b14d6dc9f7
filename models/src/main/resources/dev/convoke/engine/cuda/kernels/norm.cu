// Batch normalisation. Sums are of differences from the first row, so that a large mean does not swallow them.

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
  float* own = partial + (u64) blockIdx.y * 2 * channels;
  storeSum(sum, shared, own, c, channels);
  storeSum(squares, shared, own + channels, c, channels);
}

// Statistics [4][channels]: mean, 1 / deviation, and the scale and shift that normalise.
extern "C" __global__ void norm_finish(const float* partial, const real* x, float* statistics, const float* gamma,
    const float* beta, float* runningMean, float* runningVariance, float epsilon, float rest, int parts, int rows,
    int channels) {
  __shared__ double shared[1024];
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
  float* own = partial + (u64) blockIdx.y * 2 * channels;
  storeSum(sum, shared, own, c, channels);
  storeSum(product, shared, own + channels, c, channels);
}

// Gradients of beta and gamma, and the coefficients [3][channels] of the gradient of the input:
// scale * (g - mean(g) - normalised * mean(g * normalised)) = first * g + second * x + third.
extern "C" __global__ void norm_back_finish(const float* partial, const float* statistics, float* gradientOfGamma,
    float* gradientOfBeta, float* coefficients, int frozen, int parts, int rows, int channels) {
  __shared__ double shared[1024];
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
