package dev.convoke.engine.cuda;

import dev.convoke.engine.plan.Window;

/**
 * Everything that decides how a convolution is computed: equal ones are computed alike.
 *
 * @param pass which of its three products
 * @param batch examples
 * @param input what is read forward: channels, rows, columns, pitch
 * @param output what is written forward: filters, rows, columns, pitch
 * @param window the kernel, its strides; its padding is {@code top} and {@code left} at both ends
 * @param after what follows in the same pass over memory
 */
record ConvolutionShape(Pass pass, int batch, Plane input, Plane output, Sliding window, Epilogue after) {

    enum Pass {
        FORWARD,
        DATA_GRADIENT,
        WEIGHT_GRADIENT
    }

    /** Channels, rows, columns and the values from one pixel to the next. */
    record Plane(int channels, int height, int width, int pitch) {

        static Plane of(Tensor tensor) {
            return new Plane(
                    tensor.channels(), tensor.shape().height(), tensor.shape().width(), tensor.pitch());
        }

        /** Returns the same plane with all values of a row counted as channels. */
        Plane padded() {
            return new Plane(pitch, height, width, pitch);
        }

        long values(int batch) {
            return (long) batch * height * width * pitch;
        }
    }

    /** How the kernel slides. */
    record Sliding(int rows, int columns, int strideRows, int strideColumns, int top, int left) {

        static Sliding of(Window window, int top, int left) {
            return new Sliding(
                    window.rows().kernel(),
                    window.columns().kernel(),
                    window.rows().stride(),
                    window.columns().stride(),
                    top,
                    left);
        }
    }

    /**
     * What follows a forward pass.
     *
     * @param bias whether one is added
     * @param residualPitch of the images that are added, 0 for none
     * @param relu whether only what is positive passes
     */
    record Epilogue(boolean bias, int residualPitch, boolean relu) {

        static final Epilogue NONE = new Epilogue(false, 0, false);
    }

    long weights() {
        return (long) output.channels() * window.rows() * window.columns() * input.channels();
    }

    ConvolutionShape with(Pass other) {
        return new ConvolutionShape(other, batch, input, output, window, Epilogue.NONE);
    }

    ConvolutionShape followedBy(Epilogue epilogue) {
        return new ConvolutionShape(pass, batch, input, output, window, epilogue);
    }

    ConvolutionShape plain() {
        return with(pass);
    }
}
