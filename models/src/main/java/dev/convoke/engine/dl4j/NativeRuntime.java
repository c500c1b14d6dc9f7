package dev.convoke.engine.dl4j;

import dev.convoke.engine.EngineUnavailableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.cpu.nativecpu.bindings.Nd4jCpu;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads ND4J's native library as this project needs it: the variant that fits the CPU, with DL4J's oneDNN helpers on
 * and without JavaCPP's memory gate. All in code, because an executor's JVM flags are not ours.
 *
 * <p>Whatever touches ND4J calls {@link #prepare()} first; the first call does the work.
 */
public final class NativeRuntime {

    private static final Logger LOG = LoggerFactory.getLogger(NativeRuntime.class);
    private static final String EXTENSION = "platform.extension";
    private static final String AVX512 = "-onednn-avx512";
    private static final String AVX2 = "-onednn-avx2";
    private static final Set<String> AVX512_FLAGS = Set.of("avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl");

    private NativeRuntime() {}

    /**
     * Loads the native library if it is not loaded yet.
     *
     * @throws EngineUnavailableException if no native library on the class path fits this machine
     */
    public static void prepare() {
        if (Holder.FAILURE != null) {
            throw new EngineUnavailableException(Holder.FAILURE);
        }
    }

    /**
     * Makes OpenMP code called from this thread compute with this many threads, whichever library it is in: they share
     * one OpenMP, which keeps the number by thread.
     */
    public static void useOpenMpThreads(int threads) {
        prepare();
        NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(threads);
    }

    /**
     * Makes native code called from this thread compute with this many threads. Part of it holds for the whole process,
     * so replicas that compute at the same time must agree.
     *
     * @throws EngineUnavailableException if the process started with room for fewer; results depend on the number, so
     *     fewer would not do
     */
    static void useThreads(int threads) {
        NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(threads);
        Nd4j.getEnvironment().setMaxMasterThreads(threads);
        Nd4j.factory().blas().setMaxThreads(threads);
        if (Nd4j.getEnvironment().maxMasterThreads() != threads) {
            throw new EngineUnavailableException("A replica with " + threads + " threads cannot run here: ND4J started"
                    + " with room for " + Nd4j.getEnvironment().maxThreads() + ". Ask for no more threads than cores,"
                    + " and set OMP_NUM_THREADS of this process (under Spark: spark.task.cpus) to as many");
        }
    }

    /**
     * Returns the variants of the native library this CPU can run, best first.
     *
     * @param cpuInfo the text of {@code /proc/cpuinfo}
     */
    static List<String> variants(String cpuInfo) {
        Set<String> flags = cpuInfo.lines()
                .filter(line -> line.startsWith("flags"))
                .findFirst()
                .map(line -> Set.copyOf(
                        List.of(line.substring(line.indexOf(':') + 1).strip().split("\\s+"))))
                .orElse(Set.of());
        List<String> variants = new ArrayList<>();
        if (flags.containsAll(AVX512_FLAGS)) {
            variants.add(AVX512);
        }
        if (flags.contains("avx2")) {
            variants.add(AVX2);
        }
        return variants;
    }

    /** Lets JavaCPP speak through the log instead of the console; to be called before anything native is loaded. */
    public static void logThroughSlf4j() {
        setUnlessSet("org.bytedeco.javacpp.logger", "slf4j");
    }

    private static void setUnlessSet(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    private static final class Holder {

        /** Why the library cannot be used; null once it is loaded. */
        static final @Nullable String FAILURE = prepare();

        private Holder() {}

        private static @Nullable String prepare() {
            setUnlessSet("org.eclipse.deeplearning4j.helpers.disable", "false");
            // Counts the state of a network, which lives outside the heap, against a limit made from the heap's.
            setUnlessSet("org.bytedeco.javacpp.maxphysicalbytes", "0");
            logThroughSlf4j();
            setUnlessSet("org.nd4j.log.initialization", "false");
            try {
                load();
                LOG.debug("ND4J's back end is {}", Nd4j.getBackend().getClass().getSimpleName());
            } catch (EngineUnavailableException e) {
                return e.getMessage();
            } catch (LinkageError e) {
                return "ND4J's native library does not load (" + e + "): check that its jars are on the class path and"
                        + " that JavaCPP's cache folder is writable";
            }
            if (Pointer.maxPhysicalBytes() > 0) {
                LOG.warn(
                        "JavaCPP limits this process to {} bytes of memory, so large networks may fail: start the JVM"
                                + " with -Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                        Pointer.maxPhysicalBytes());
            }
            return null;
        }

        private static void load() {
            Properties platform = Loader.loadProperties();
            if (!"linux-x86_64".equals(Loader.getPlatform()) || platform.getProperty(EXTENSION) != null) {
                Loader.load(Nd4jCpu.class);
                return;
            }
            String variant = variantOnClassPath();
            // Other libraries of the process have variants of their own, or none: only this load may see the choice.
            platform.setProperty(EXTENSION, variant);
            try {
                Loader.load(Nd4jCpu.class);
            } finally {
                platform.remove(EXTENSION);
            }
            LOG.debug("ND4J computes with its {} library", variant);
        }

        private static String variantOnClassPath() {
            List<String> variants = variants(cpuInfo());
            if (variants.isEmpty()) {
                throw new EngineUnavailableException(
                        "This CPU has no AVX2, which DL4J's oneDNN library needs: run on" + " a newer machine");
            }
            for (String variant : variants) {
                if (Nd4jCpu.class.getResource("linux-x86_64" + variant + "/libnd4jcpu.so") != null) {
                    return variant;
                }
            }
            throw new EngineUnavailableException("No ND4J library with oneDNN for this CPU on the class path: add"
                    + " org.nd4j:nd4j-native with the classifier linux-x86_64" + variants.get(0));
        }

        private static String cpuInfo() {
            try {
                return Files.readString(Path.of("/proc/cpuinfo"));
            } catch (IOException e) {
                throw new UncheckedIOException("Cannot read /proc/cpuinfo to choose ND4J's library", e);
            }
        }
    }
}
