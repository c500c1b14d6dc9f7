package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.data.TestImages;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardOutputTest {

    @TempDir
    private Path folder;

    @Test
    void aThousandToOneIsSaidWithWhatARecipeCanDoAboutIt() throws IOException {
        for (int i = 0; i < 1000; i++) {
            write("cat/" + i + ".jpg", TestImages.jpeg(8, 8, i));
        }
        write("dog/1.jpg", TestImages.jpeg(9, 8, 1));

        assertThat(sharded())
                .contains("train: the largest class has 1,000 times as many examples as the smallest; feed.sampling:"
                        + " balanced or feed.class_weights: balanced in a recipe evens that out");
    }

    @Test
    void evenClassesAreNoMatter() throws IOException {
        for (int i = 0; i < 4; i++) {
            write((i % 2 == 0 ? "cat/" : "dog/") + i + ".jpg", TestImages.jpeg(8, 8, i));
        }

        assertThat(sharded()).doesNotContain("the largest class");
    }

    private String sharded() {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            String out = folder.resolve("dataset").toString();
            assertThat(Main.run("shard", "--source", folder.resolve("images").toString(), "--out", out))
                    .isZero();
        } finally {
            System.setOut(before);
        }
        return said.toString(StandardCharsets.UTF_8);
    }

    private void write(String name, byte[] bytes) throws IOException {
        Path file = folder.resolve("images").resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
    }
}
