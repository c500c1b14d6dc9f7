package dev.convoke.engine.cuda;

import dev.convoke.engine.EngineUnavailableException;
import dev.convoke.engine.Gpu;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Loader;

/** NVIDIA's libraries as this node has them; none of them is ours to ship. */
final class CudaLibraries {

    private static final int FIRST_RUNTIME = 13_000;
    private static final int FIRST_DNN = 90_000;

    private CudaLibraries() {}

    /**
     * Loads them all and checks their versions and the GPU.
     *
     * @throws EngineUnavailableException naming each that is missing or too old, what was found, and the remedy
     */
    static void require(Gpu gpu) {
        Map<String, Class<?>> parts = new LinkedHashMap<>();
        parts.put("the driver (libcuda.so.1) and the runtime (libcudart.so.13)", org.bytedeco.cuda.global.cudart.class);
        parts.put("NVRTC (libnvrtc.so.13)", org.bytedeco.cuda.global.nvrtc.class);
        parts.put("cuBLASLt (libcublasLt.so.13)", org.bytedeco.cuda.global.cublas.class);
        parts.put("cuDNN 9 (libcudnn.so.9)", org.bytedeco.cuda.global.cudnn.class);
        List<String> missing = new ArrayList<>();
        parts.forEach((name, part) -> {
            try {
                Loader.load(part);
            } catch (LinkageError e) {
                missing.add(name + " (" + firstLine(e) + ")");
            }
        });
        if (!missing.isEmpty()) {
            throw new EngineUnavailableException(
                    "The cuda engine needs NVIDIA's driver and the libraries of CUDA 13 and"
                            + " cuDNN 9 on this node, and these do not load: " + String.join("; ", missing)
                            + ". Install them and name their folders in LD_LIBRARY_PATH, or choose engine: onednn");
        }
        requireVersions();
        int[] count = new int[1];
        int status = org.bytedeco.cuda.global.cudart.cudaGetDeviceCount(count);
        if (status != 0 || gpu.index() >= count[0]) {
            throw new EngineUnavailableException("GPU " + gpu.index() + " was granted, and CUDA sees "
                    + (status == 0 ? count[0] + " GPUs" : "none (error " + status + ")")
                    + " on this node: check the driver, CUDA_VISIBLE_DEVICES and the discovery script");
        }
    }

    private static void requireVersions() {
        int[] runtime = new int[1];
        org.bytedeco.cuda.global.cudart.cudaRuntimeGetVersion(runtime);
        long dnn = org.bytedeco.cuda.global.cudnn.cudnnGetVersion();
        if (runtime[0] < FIRST_RUNTIME || dnn < FIRST_DNN) {
            throw new EngineUnavailableException("The cuda engine needs CUDA 13 and cuDNN 9, and found CUDA "
                    + runtime[0] + " and cuDNN " + dnn + ": install newer ones, or choose engine: onednn");
        }
    }

    private static String firstLine(LinkageError e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
