package dev.convoke.models;

import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.nd4j.linalg.activations.Activation;

/**
 * A square convolution; stride 1, same padding, ReLU and a bias unless told otherwise.
 *
 * @param filters output channels
 * @param kernel rows and columns of the kernel
 * @param stride rows and columns between outputs
 * @param padding {@code Same} or {@code Truncate}, which is Keras' valid
 * @param activation what follows the sum
 * @param bias whether each filter has a bias
 */
record Convolution(int filters, int kernel, int stride, ConvolutionMode padding, Activation activation, boolean bias) {

    static Convolution of(int filters, int kernel) {
        return new Convolution(filters, kernel, 1, ConvolutionMode.Same, Activation.RELU, true);
    }

    Convolution stride(int pixels) {
        return new Convolution(filters, kernel, pixels, padding, activation, bias);
    }

    Convolution valid() {
        return new Convolution(filters, kernel, stride, ConvolutionMode.Truncate, activation, bias);
    }

    Convolution linear() {
        return new Convolution(filters, kernel, stride, padding, Activation.IDENTITY, bias);
    }

    Convolution withoutBias() {
        return new Convolution(filters, kernel, stride, padding, activation, false);
    }
}
