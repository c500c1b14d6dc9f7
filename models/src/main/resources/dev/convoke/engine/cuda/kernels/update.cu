// The update, all arrays in one launch: clipping, weight decay, Nesterov momentum, and the copy that the next step
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
