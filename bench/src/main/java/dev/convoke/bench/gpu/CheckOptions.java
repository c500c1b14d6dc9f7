package dev.convoke.bench.gpu;

import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Gpu;
import dev.convoke.engine.cuda.CudaEngine.Choice;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What computes the cases.
 *
 * @param engine {@code cuda}, or {@code onednn} where all of the class path is there
 * @param gpu the number of the GPU
 * @param folder with the cases
 */
record CheckOptions(String engine, int gpu, Path folder) {

    /** Checks one case in this process. */
    CheckResult check(String name, Precision precision) {
        try {
            CheckCase expected = GraphFile.read(GpuFiles.cases(folder).resolve(name + ".json"), CheckCase.class);
            return CaseChecker.check(expected, precision, opener());
        } catch (RuntimeException e) {
            return CheckResult.failed(name, precision, e);
        }
    }

    /** Returns the arguments that tell a process of its own the same. */
    List<String> arguments() {
        return List.of(engine, "" + gpu, folder.toString());
    }

    static CheckOptions parse(String[] arguments) {
        return new CheckOptions(arguments[0], Integer.parseInt(arguments[1]), Path.of(arguments[2]));
    }

    /** Returns the precision of a name. */
    static Precision precision(String name) {
        Map<String, Precision> names = Map.of("float32", Precision.FLOAT32, "bfloat16", Precision.BFLOAT16);
        Precision precision = names.get(name.toLowerCase(Locale.ROOT));
        if (precision == null) {
            throw new IllegalArgumentException("No precision '" + name + "': choose float32 or bfloat16");
        }
        return precision;
    }

    /** Returns which of the libraries' ways the engine takes. */
    Choice choice() {
        return engine.equals("cuda-fast") ? Choice.FASTEST : Choice.SAME_BITS;
    }

    private ReplicaOpener opener() {
        return switch (engine) {
            case "cuda", "cuda-fast" -> new CudaOpener(new Gpu(gpu), choice());
            case "onednn" -> References::onCpu;
            default -> throw new IllegalArgumentException("No engine '" + engine + "' to check: choose cuda or onednn");
        };
    }
}
