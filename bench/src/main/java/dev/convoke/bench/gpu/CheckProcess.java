package dev.convoke.bench.gpu;

import dev.convoke.engine.Engine.Precision;
import java.io.IOException;
import java.util.Locale;

/**
 * Checks cases outside this process, so that a crash of a native library ends one case and not the check. After any
 * failure the next case gets a new process: an error of a GPU stays with the process that made it. Starting one takes
 * seconds on a machine with GPUs, so cases that are fine share one.
 */
final class CheckProcess implements AutoCloseable {

    private final JsonPeer worker;
    private final int seconds;

    /**
     * Prepares; the first case starts the process.
     *
     * @param seconds after which a case counts as hanging
     */
    CheckProcess(CheckOptions options, int seconds) throws IOException {
        this.worker = new JsonPeer("the process that checks", GpuWorker.command(options));
        this.seconds = seconds;
    }

    /** Checks one case; whatever becomes of the process is in the result. */
    CheckResult check(String name, Precision precision) throws InterruptedException {
        CheckResult result;
        try {
            result = GraphFile.parse(
                    worker.ask(
                                    JsonPeer.request("check")
                                            .put("case", name)
                                            .put("precision", precision.name().toLowerCase(Locale.ROOT)),
                                    seconds)
                            .toString(),
                    CheckResult.class);
        } catch (IOException e) {
            result = CheckResult.failed(name, precision, String.valueOf(e.getMessage()));
        }
        if (!result.ok()) {
            worker.close();
        }
        return result;
    }

    @Override
    public void close() {
        worker.close();
    }
}
