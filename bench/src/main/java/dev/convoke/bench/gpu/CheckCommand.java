package dev.convoke.bench.gpu;

import dev.convoke.engine.Engine.Precision;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code check}: every case on the GPU, beside what the CPU made of it. */
@Command(
        name = "check",
        description = "Trains small cases on the GPU and compares them with what the CPU made of them.",
        mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call()
    private CommandSpec spec;

    @Option(names = "--cases", paramLabel = "REGEX", description = "Only cases whose whole name matches.")
    private String cases = ".*";

    @Option(names = "--precisions", split = ",", description = "Default: ${DEFAULT-VALUE}.")
    private List<String> precisions = List.of("float32", "bfloat16");

    @Option(
            names = "--isolate",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "Check in another process, and start a new one after each failure (default: yes).")
    private boolean isolate;

    @Option(names = "--case-seconds", description = "After so long a case counts as hanging: ${DEFAULT-VALUE}.")
    private int caseSeconds = 60;

    @Option(names = "--gpu", description = "The GPU's number (default: ${DEFAULT-VALUE}).")
    private int gpu;

    @Option(names = "--engine", description = "cuda, or onednn to try the check itself (default: ${DEFAULT-VALUE}).")
    private String engine = "cuda";

    @Option(names = "--folder", description = "Where the cases are (default: the bundle's, the checkout's).")
    private Path folder = GpuFiles.folder();

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        GpuFiles.require(folder);
        List<Precision> wanted =
                precisions.stream().map(CheckOptions::precision).toList();
        Pattern pattern = Pattern.compile(cases);
        CheckOptions options = new CheckOptions(engine, gpu, folder);
        List<CheckResult> results = new ArrayList<>();
        long start = System.nanoTime();
        try (CheckProcess process = new CheckProcess(options, caseSeconds)) {
            for (Precision precision : wanted) {
                for (String name : GpuFiles.names(GpuFiles.cases(folder))) {
                    if (pattern.matcher(name).matches()) {
                        CheckResult result = isolate ? process.check(name, precision) : options.check(name, precision);
                        results.add(result);
                        out.println(result.line());
                        out.flush();
                    }
                }
            }
        }
        out.println(GraphFile.text(summary(results, (System.nanoTime() - start) / 1e9)));
        out.flush();
        return !results.isEmpty() && results.stream().allMatch(CheckResult::ok) ? 0 : 1;
    }

    private Map<String, Object> summary(List<CheckResult> results, double seconds) {
        Map<String, Object> summary = new LinkedHashMap<>();
        summary.put("check", engine);
        summary.put("cases", results.size());
        summary.put("ok", results.stream().filter(CheckResult::ok).count());
        summary.put(
                "failed",
                results.stream()
                        .filter(result -> !result.ok())
                        .map(result -> result.name() + " " + result.precision())
                        .toList());
        summary.put("seconds", Math.round(seconds));
        return summary;
    }
}
