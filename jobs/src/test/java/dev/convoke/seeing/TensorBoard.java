package dev.convoke.seeing;

import com.fasterxml.jackson.databind.JsonNode;
import dev.convoke.seeing.Chromium.Seen;
import dev.convoke.seeing.Chromium.View;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A real TensorBoard that has read a folder of events. */
final class TensorBoard implements AutoCloseable {

    /** Resolves once curves and pictures of examples are drawn; nothing if there are none in half a minute. */
    private static final String DRAWN = "new Promise(done => { let tries = 0; const look = () => {"
            + " const curves = document.querySelectorAll('scalar-card canvas, scalar-card svg').length;"
            + " const images = document.querySelectorAll('image-card img').length;"
            + " if ((curves > 3 && images > 0) || ++tries > 120) { setTimeout(() => done({ curves, images }), 1500); }"
            + " else { setTimeout(look, 200); } }; look(); })";

    private final Process server;
    private final String page;

    private TensorBoard(Process server, String page) {
        this.server = server;
        this.page = page;
    }

    /** Starts one and waits until it has found the runs: it answers before it has read the files. */
    static TensorBoard over(Path events, Path folder) throws Exception {
        int port = Processes.freePort();
        Process server = Processes.server(
                folder,
                "tensorboard",
                "--logdir",
                events.toString(),
                "--host",
                "127.0.0.1",
                "--port",
                String.valueOf(port));
        TensorBoard board = new TensorBoard(server, "http://127.0.0.1:" + port + "/");
        try {
            board.awaitRuns();
        } catch (Exception failure) {
            board.close();
            throw failure;
        }
        return board;
    }

    /** Returns its address, with a slash at the end. */
    String page() {
        return page;
    }

    private void awaitRuns() throws Exception {
        Processes.awaitAnswer(server, page + "data/runs");
        for (int i = 0; i < 300; i++) {
            JsonNode tags = Processes.json(page + "data/plugin/scalars/tags");
            boolean whole = tags.path("train").has("loss")
                    && tags.path("validation").has("top-1")
                    && Processes.json(page + "data/plugin/histograms/tags").has("state");
            if (whole) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(200);
        }
        throw new IllegalStateException("TensorBoard has not found the runs");
    }

    /** Opens its page in Chromium; returns how many {@code curves} and {@code images} are drawn, and a picture. */
    Seen photograph(Path profile) throws Exception {
        try (Chromium chromium = new Chromium(profile)) {
            return chromium.open(URI.create(page), new View(1280, "light", 0.6), DRAWN);
        }
    }

    @Override
    public void close() {
        Processes.stop(server);
    }
}
