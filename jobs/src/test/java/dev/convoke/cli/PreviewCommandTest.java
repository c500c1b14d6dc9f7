package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.data.synthetic.PhotographFolder;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the network sees, drawn. */
class PreviewCommandTest {

    private static final List<String> EVERYTHING = List.of(
            "augmentation.rotation=10",
            "augmentation.brightness=0.4",
            "augmentation.hue=0.1",
            "augmentation.lighting=0.1",
            "augmentation.erasing=0.5",
            "augmentation.mixup=0.4");

    @TempDir
    private static Path folder;

    @BeforeAll
    static void shard() {
        Path images = folder.resolve("images");
        PhotographFolder.write(images, 3, 12);
        int sharded = Main.run(
                "shard",
                "--source",
                images.toString(),
                "--out",
                folder.resolve("dataset").toString(),
                "--max-quarantine-rate",
                "0.5");
        assertThat(sharded).isZero();
    }

    @Test
    void anEpochLooksTheSameTwiceAndAnotherLooksOtherwise() throws IOException {
        byte[] first = preview("a.png", List.of());

        assertThat(preview("b.png", List.of())).isEqualTo(first);
        assertThat(preview("c.png", List.of(), "--epoch", "1")).isNotEqualTo(first);
    }

    @Test
    void aGpuIsShownTheSamePixels() throws IOException {
        List<String> onGpu = new ArrayList<>(EVERYTHING);
        onGpu.add("engine=cuda");

        assertThat(preview("gpu.png", onGpu)).isEqualTo(preview("cpu.png", EVERYTHING));
    }

    @Test
    void asManyImagesAreDrawnAsFillWholeMinibatches() throws IOException {
        preview("four.png", List.of(), "--images", "3");
        preview("eight.png", List.of(), "--images", "5");

        BufferedImage four = ImageIO.read(folder.resolve("four.png").toFile());
        BufferedImage eight = ImageIO.read(folder.resolve("eight.png").toFile());
        assertThat(eight.getHeight()).isEqualTo(four.getHeight());
        assertThat(coloured(eight)).isGreaterThan(coloured(four));
    }

    @Test
    void anEpochThatTheRecipeHasNotIsAUsageError() {
        assertThat(Main.run(arguments("none.png", List.of(), "--epoch", "2"))).isEqualTo(ExitCode.USAGE.number());
        assertThat(Main.run(arguments("none.png", List.of(), "--images", "0"))).isEqualTo(ExitCode.USAGE.number());
        assertThat(folder.resolve("none.png")).doesNotExist();
    }

    private static byte[] preview(String file, List<String> settings, String... more) throws IOException {
        assertThat(Main.run(arguments(file, settings, more))).isZero();
        return Files.readAllBytes(folder.resolve(file));
    }

    private static String[] arguments(String file, List<String> settings, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "preview",
                "../conf/recipes/quickstart.yaml",
                "--data",
                folder.resolve("dataset").toString(),
                "--out",
                folder.resolve(file).toString()));
        List<String> all = new ArrayList<>(List.of("input=67", "epochs=2", "batch=4"));
        all.addAll(settings);
        all.forEach(setting -> arguments.addAll(List.of("--set", setting)));
        arguments.addAll(Arrays.asList(more));
        return arguments.toArray(String[]::new);
    }

    /** Returns how many columns of the picture have more than one colour. */
    private static long coloured(BufferedImage picture) {
        long columns = 0;
        for (int x = 0; x < picture.getWidth(); x++) {
            int first = picture.getRGB(x, 0);
            for (int y = 0; y < picture.getHeight(); y++) {
                if (picture.getRGB(x, y) != first) {
                    columns++;
                    break;
                }
            }
        }
        return columns;
    }
}
