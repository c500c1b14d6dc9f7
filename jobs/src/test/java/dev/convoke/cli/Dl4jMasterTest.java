package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.data.synthetic.PhotographFolder;
import dev.convoke.metrics.MetricLog;
import dev.convoke.metrics.RoundMetrics;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A recipe with DL4J's own master, as a user runs it. */
class Dl4jMasterTest {

    @TempDir
    private Path folder;

    @Test
    void aRecipeTrainsWithDl4jsMasterToAModelAndARoundByRoundRecord() throws IOException {
        PhotographFolder.write(folder.resolve("images"), 3, 40);
        ShardedPhotographs.make(folder);

        int code = Main.run(
                "train",
                "../conf/recipes/quickstart.yaml",
                "--data",
                path("dataset"),
                "--out",
                path("run"),
                "--set",
                "averaging.master=dl4j",
                "--set",
                "engine=dl4j",
                "--set",
                "architecture=inception-v1",
                "--set",
                "input=32",
                "--set",
                "epochs=1",
                "--set",
                "batch=4");

        assertThat(code).isZero();
        assertThat(folder.resolve("run/model/model.zip")).exists();
        assertThat(Files.readString(folder.resolve("run/run.json"))).contains("succeeded");
        List<RoundMetrics> rounds = new MetricLog(new LocalFileStore(), Location.parse(path("run"))).readAll();
        assertThat(rounds).isNotEmpty().allMatch(round -> Double.isFinite(round.loss()));
        // What only that master leaves unknown.
        assertThat(rounds).allMatch(round -> Double.isNaN(round.divergence()));
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }
}
