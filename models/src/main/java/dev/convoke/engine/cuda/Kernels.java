package dev.convoke.engine.cuda;

import static org.bytedeco.cuda.global.cudart.cuModuleGetFunction;
import static org.bytedeco.cuda.global.cudart.cuModuleLoadData;
import static org.bytedeco.cuda.global.cudart.cuModuleUnload;
import static org.bytedeco.cuda.global.cudart.cudaDevAttrComputeCapabilityMajor;
import static org.bytedeco.cuda.global.cudart.cudaDevAttrComputeCapabilityMinor;
import static org.bytedeco.cuda.global.cudart.cudaDeviceGetAttribute;
import static org.bytedeco.cuda.global.nvrtc.NVRTC_SUCCESS;
import static org.bytedeco.cuda.global.nvrtc.nvrtcCompileProgram;
import static org.bytedeco.cuda.global.nvrtc.nvrtcCreateProgram;
import static org.bytedeco.cuda.global.nvrtc.nvrtcDestroyProgram;
import static org.bytedeco.cuda.global.nvrtc.nvrtcGetCUBIN;
import static org.bytedeco.cuda.global.nvrtc.nvrtcGetCUBINSize;
import static org.bytedeco.cuda.global.nvrtc.nvrtcGetErrorString;
import static org.bytedeco.cuda.global.nvrtc.nvrtcGetProgramLog;
import static org.bytedeco.cuda.global.nvrtc.nvrtcGetProgramLogSize;

import dev.convoke.engine.EngineUnavailableException;
import dev.convoke.engine.Gpu;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.nvrtc._nvrtcProgram;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;

/** Our own kernels, compiled for a GPU: once for single values, once for as many as one access of 16 bytes holds. */
final class Kernels implements AutoCloseable {

    /** The files of the source, each of which builds on those before. */
    private static final List<String> FILES =
            List.of("common", "images", "elementwise", "sums", "norm", "pool", "norm_back", "loss", "update", "state");

    private static final String SOURCE = "kernels.cu";
    static final int ACCESS_BYTES = 16;

    private final Map<Integer, CUmod_st> modules = new HashMap<>();
    private final Map<String, CUfunc_st> functions = new HashMap<>();
    private final int valueBytes;

    /**
     * Compiles.
     *
     * @param valueBytes 2 for bfloat16 activations, 4 for float32
     */
    Kernels(Gpu gpu, int valueBytes) {
        this.valueBytes = valueBytes;
        String architecture = "sm_"
                + attribute(gpu, cudaDevAttrComputeCapabilityMajor)
                + attribute(gpu, cudaDevAttrComputeCapabilityMinor);
        try {
            for (int width : List.of(1, vector())) {
                modules.put(width, load(compile(source(), architecture, valueBytes, width)));
            }
        } catch (RuntimeException failed) {
            close();
            throw failed;
        }
    }

    /** Returns how many values one access of 16 bytes holds. */
    int vector() {
        return ACCESS_BYTES / valueBytes;
    }

    /** Returns a kernel by its name, in the form that works on so many values at a time. */
    CUfunc_st function(String name, int width) {
        return functions.computeIfAbsent(name + "/" + width, key -> {
            CUfunc_st function = new CUfunc_st();
            Checks.driver(cuModuleGetFunction(function, modules.get(width), name), "finding the kernel " + name);
            return function;
        });
    }

    @Override
    public void close() {
        modules.values().forEach(module -> cuModuleUnload(module));
        modules.clear();
    }

    private static int attribute(Gpu gpu, int which) {
        int[] value = new int[1];
        Checks.runtime(cudaDeviceGetAttribute(value, which, gpu.index()), "asking GPU " + gpu.index() + " what it is");
        return value[0];
    }

    static String source() {
        return FILES.stream()
                .map(file -> "#line 1 \"" + file + ".cu\"\n" + text("kernels/" + file + ".cu"))
                .collect(Collectors.joining());
    }

    private static String text(String file) {
        try (InputStream in = Kernels.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("The jar has no " + file + ": build it again");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file + " from the jar", e);
        }
    }

    /**
     * Compiles kernels to machine code; needs no GPU.
     *
     * @param architecture such as {@code sm_90}
     * @throws EngineUnavailableException if this version of NVRTC does not know the architecture
     */
    static byte[] compile(String source, String architecture, int valueBytes, int width) {
        _nvrtcProgram program = new _nvrtcProgram();
        List<BytePointer> options = new ArrayList<>(Stream.of(
                        "--gpu-architecture=" + architecture,
                        "--std=c++17",
                        "-DBF16=" + (valueBytes == 2 ? 1 : 0),
                        "-DWIDTH=" + width)
                .map(BytePointer::new)
                .toList());
        try (BytePointer text = new BytePointer(source);
                BytePointer name = new BytePointer(SOURCE);
                PointerPointer<BytePointer> given = new PointerPointer<>(options.toArray(BytePointer[]::new));
                SizeTPointer size = new SizeTPointer(1)) {
            require(
                    nvrtcCreateProgram(program, text, name, 0, (PointerPointer) null, (PointerPointer) null),
                    "reading the kernels");
            int status = nvrtcCompileProgram(program, options.size(), given);
            if (status != NVRTC_SUCCESS) {
                nvrtcGetProgramLogSize(program, size);
                byte[] log = new byte[(int) size.get()];
                nvrtcGetProgramLog(program, log);
                throw new EngineUnavailableException("NVRTC cannot compile our kernels for " + architecture + " ("
                        + nvrtcGetErrorString(status).getString()
                        + "): use a CUDA version that knows this GPU; its log: "
                        + new String(log, StandardCharsets.UTF_8).strip());
            }
            require(nvrtcGetCUBINSize(program, size), "measuring machine code");
            byte[] code = new byte[(int) size.get()];
            require(nvrtcGetCUBIN(program, code), "returning machine code");
            return code;
        } finally {
            options.forEach(BytePointer::close);
            nvrtcDestroyProgram(program);
        }
    }

    private static CUmod_st load(byte[] code) {
        CUmod_st module = new CUmod_st();
        try (BytePointer image = new BytePointer(code)) {
            Checks.driver(cuModuleLoadData(module, image), "loading our kernels");
        }
        return module;
    }

    private static void require(int status, String doing) {
        if (status != NVRTC_SUCCESS) {
            throw new EngineUnavailableException("NVRTC failed " + doing + ": "
                    + nvrtcGetErrorString(status).getString() + "; check the CUDA libraries of this node");
        }
    }
}
