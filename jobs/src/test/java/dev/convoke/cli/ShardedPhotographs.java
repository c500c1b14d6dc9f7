package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;

/** The dataset that tests of what comes after sharding begin with. */
final class ShardedPhotographs {

    private ShardedPhotographs() {}

    /** Shards the photographs in {@code images} of a folder to {@code dataset} beside them, broken ones left out. */
    static void make(Path folder) {
        assertThat(Main.run(
                        "shard",
                        "--source",
                        folder.resolve("images").toString(),
                        "--out",
                        folder.resolve("dataset").toString(),
                        "--validation-fraction",
                        "0.3",
                        "--max-quarantine-rate",
                        "0.5"))
                .isZero();
    }
}
