package org.bytedeco.opencl.presets;

/**
 * Lets JavaCPP load oneDNN's CPU library without an OpenCL driver. The binding's annotations name a class of this name
 * only for builds that compute on GPUs; the version it asks for was never released, and any other would load a driver.
 */
public final class OpenCL {

    private OpenCL() {}
}
