// The state vector: an array stands there as [outer, channels, rows, columns], and here as [outer, rows / block,
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
