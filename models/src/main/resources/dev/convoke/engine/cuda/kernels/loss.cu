// Softmax and cross-entropy: a block of 256 threads for each example.

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
