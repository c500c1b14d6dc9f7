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
  const void* images;
  const float* targets;
  const float* recipe; // of images that are bytes
};

// What a thread of an elementwise kernel works on: WIDTH channels of one row.
#define ELEMENT(rows, channels)                          \
  u32 groups = (u32) (channels) / WIDTH;                 \
  u32 at = blockIdx.x * blockDim.x + threadIdx.x;        \
  u32 row = at / groups;                                 \
  if (row >= (u32) (rows)) return;                       \
  u32 c = (at - row * groups) * WIDTH
