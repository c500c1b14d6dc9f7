/** A plan executed on an NVIDIA GPU: cuDNN for convolutions, cuBLASLt for dense layers, own kernels for all else. */
@NullMarked
package dev.convoke.engine.cuda;

import org.jspecify.annotations.NullMarked;
