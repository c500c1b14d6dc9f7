/** The engine for NVIDIA GPUs: checked against the CPU's and measured beside PyTorch, here or from a bundle. */
@NullMarked
package dev.convoke.bench.gpu;

import org.jspecify.annotations.NullMarked;
