package dev.convoke.engine.dl4j;

import dev.convoke.engine.EngineUnavailableException;
import dev.convoke.engine.Gpu;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.nd4j.linalg.factory.Nd4j;

/** Finds out whether DL4J's CUDA back end is here and can compute on a GPU, before it is used. */
final class CudaRuntime {

    private static final String BACKEND = "org.nd4j.linalg.jcublas.JCublasBackend";
    private static final int FIRST_UNKNOWN = 9;
    private static final int SECONDS = 20;

    private CudaRuntime() {}

    /**
     * Loads the back end.
     *
     * @throws EngineUnavailableException naming what is missing and the alternative
     */
    static void prepare(Gpu gpu) {
        requireKnown(gpu, computeCapability(gpu));
        try {
            Class.forName(BACKEND);
        } catch (ClassNotFoundException missing) {
            throw new EngineUnavailableException("DL4J's CUDA back end is not on the class path: use the distribution"
                    + " built with -Pcuda ('./convoke dist -Pcuda'), or choose engine: onednn");
        }
        try {
            String loaded = Nd4j.getBackend().getClass().getName();
            if (!loaded.equals(BACKEND)) {
                throw new EngineUnavailableException("ND4J loaded " + loaded + " in place of its CUDA back end: check"
                        + " the CUDA 11.6 libraries and cuDNN 8.3 on this node (ldconfig -p | grep -E 'cublas|cudnn')");
            }
        } catch (LinkageError broken) {
            throw new EngineUnavailableException("DL4J's CUDA back end does not load (" + broken + "): install the CUDA"
                    + " 11.6 libraries and cuDNN 8.3 on this node, or choose engine: onednn");
        }
    }

    /**
     * Refuses what the back end has no code for.
     *
     * @param capability such as {@code 8.6}
     */
    static void requireKnown(Gpu gpu, String capability) {
        int major;
        try {
            major = Integer.parseInt(capability.split("[.]", 2)[0]);
        } catch (NumberFormatException odd) {
            throw new EngineUnavailableException("nvidia-smi gives GPU " + gpu.index() + " the compute capability '"
                    + capability + "', which is no number: check the driver");
        }
        if (major >= FIRST_UNKNOWN) {
            throw new EngineUnavailableException("GPU " + gpu.index() + " has compute capability " + capability
                    + ", and DL4J's last CUDA back end was built with CUDA 11.6, which has code for up to 8.x only (a"
                    + " newer GPU would compute nothing or wrong): use a GPU of the Ampere generation or older, or"
                    + " choose engine: onednn");
        }
    }

    private static String computeCapability(Gpu gpu) {
        ProcessBuilder question = new ProcessBuilder(
                        "nvidia-smi", "--query-gpu=compute_cap", "--format=csv,noheader", "--id=" + gpu.index())
                .redirectErrorStream(true);
        try {
            Process process = question.start();
            String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new EngineUnavailableException("nvidia-smi does not know GPU " + gpu.index() + " (" + answer
                        + "): check the driver and the discovery script of this node");
            }
            return answer;
        } catch (IOException none) {
            throw new EngineUnavailableException(
                    "GPU " + gpu.index() + " was granted, and this node has no nvidia-smi (" + none.getMessage()
                            + "): install NVIDIA's driver, or choose engine: onednn");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineUnavailableException("Interrupted while nvidia-smi was asked about GPU " + gpu.index());
        }
    }
}
