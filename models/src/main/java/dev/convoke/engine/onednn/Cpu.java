package dev.convoke.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx2;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx512_core;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx512_core_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_get_effective_cpu_isa;

import org.bytedeco.javacpp.Loader;

/** What this machine's CPU can compute with. */
final class Cpu {

    private Cpu() {}

    /** Returns whether oneDNN's fast float32 code runs here. */
    static boolean hasAvx2() {
        return "linux-x86_64".equals(Loader.getPlatform()) && has(dnnl_cpu_isa_avx2);
    }

    /** Returns whether it multiplies bfloat16 numbers itself. */
    static boolean hasBfloat16() {
        return has(dnnl_cpu_isa_avx512_core_bf16);
    }

    /** Returns how many float32 values one vector holds. */
    static int vectorFloats() {
        return has(dnnl_cpu_isa_avx512_core) ? 16 : 8;
    }

    /** oneDNN numbers instruction sets by bits: a set that includes another has all its bits. */
    private static boolean has(int set) {
        return (dnnl_get_effective_cpu_isa() & set) == set;
    }
}
