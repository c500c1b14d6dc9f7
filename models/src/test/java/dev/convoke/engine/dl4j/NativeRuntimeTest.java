package dev.convoke.engine.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.engine.EngineUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;

class NativeRuntimeTest {

    private static final String AVX512 = "avx512f avx512dq avx512cd avx512bw avx512vl";

    @Test
    void theBestVariantTheCpuCanRunComesFirst() {
        assertThat(NativeRuntime.variants("flags\t\t: fpu avx avx2 " + AVX512 + "\n"))
                .containsExactly("-onednn-avx512", "-onednn-avx2");
        assertThat(NativeRuntime.variants("processor : 0\nflags : fpu avx avx2 sse\nflags : avx512f\n"))
                .containsExactly("-onednn-avx2");
        assertThat(NativeRuntime.variants("flags : avx2 avx512f avx512cd avx512er avx512pf"))
                .as("a Xeon Phi has other AVX-512")
                .containsExactly("-onednn-avx2");
        assertThat(NativeRuntime.variants("flags : sse4_2")).isEmpty();
        assertThat(NativeRuntime.variants("Features : asimd")).isEmpty();
    }

    @Test
    void exactlyTheVariantForThisCpuIsLoaded() throws IOException {
        NativeRuntime.prepare();

        String best = NativeRuntime.variants(Files.readString(Path.of("/proc/cpuinfo")))
                .get(0);
        List<String> loaded = Files.readAllLines(Path.of("/proc/self/maps")).stream()
                .filter(line -> line.endsWith("/libnd4jcpu.so"))
                .map(line -> line.replaceAll(".*/(linux-[^/]*)/libnd4jcpu.so", "$1"))
                .distinct()
                .toList();
        assertThat(loaded).containsExactly("linux-x86_64" + best);
        assertThat(Loader.loadProperties())
                .as("other libraries choose for themselves")
                .doesNotContainKey("platform.extension");
    }

    @Test
    void memoryOutsideTheHeapIsNotLimitedByTheHeap() {
        NativeRuntime.prepare();

        assertThat(Pointer.maxPhysicalBytes()).isZero();
    }

    @Test
    void threadsAreSetWhereDl4jReadsThem() {
        NativeRuntime.prepare();
        int most = Nd4j.getEnvironment().maxThreads();

        for (int threads : new int[] {1, most}) {
            NativeRuntime.useThreads(threads);

            assertThat(Nd4j.getEnvironment().maxMasterThreads()).isEqualTo(threads);
            assertThat(NativeOpsHolder.getInstance().getDeviceNativeOps().ompGetMaxThreads())
                    .isEqualTo(threads);
            assertThat(Nd4j.factory().blas().getMaxThreads()).isEqualTo(threads);
        }
    }

    @Test
    void moreThreadsThanTheProcessHasAreRefused() {
        NativeRuntime.prepare();
        int most = Nd4j.getEnvironment().maxThreads();

        assertThatThrownBy(() -> NativeRuntime.useThreads(most + 1))
                .isInstanceOf(EngineUnavailableException.class)
                .hasMessageContaining(
                        "with " + (most + 1) + " threads cannot run here: ND4J started with room for " + most);
        NativeRuntime.useThreads(1);
    }
}
