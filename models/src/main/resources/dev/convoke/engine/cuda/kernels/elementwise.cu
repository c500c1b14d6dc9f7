// What works on every value by itself.

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

// Dropout: the mask of dev.convoke.engine.DropoutMask, from the key in the step's settings.

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
