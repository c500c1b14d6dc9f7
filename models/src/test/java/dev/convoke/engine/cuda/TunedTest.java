package dev.convoke.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TunedTest {

    private static final String CARD = "NVIDIA H100 80GB HBM3 91900 130200";

    @TempDir
    private Path folder;

    @Test
    void whatOneReplicaFoundTheNextOneKnows() throws IOException {
        Tuned first = Tuned.open(folder.resolve("new"), CARD);
        assertThat(first.known("a = 1: b")).isEmpty();
        first.remember("a = 1: b", 5);
        first.remember("impossible", Tuned.NONE);
        first.save();

        Tuned next = Tuned.open(folder.resolve("new"), CARD);

        assertThat(next.known("a = 1: b")).hasValue(5);
        assertThat(next.known("impossible")).hasValue(Tuned.NONE);
        assertThat(Tuned.open(folder.resolve("new"), "another card").known("a = 1: b"))
                .isEmpty();
        assertThat(files(folder.resolve("new"))).hasSize(1).allMatch(name -> name.endsWith(".properties"));
    }

    @Test
    void twoThatTuneAtOnceKeepWhatBothFound() {
        Tuned one = Tuned.open(folder, CARD);
        Tuned other = Tuned.open(folder, CARD);
        one.remember("a", 1);
        other.remember("b", 2);
        one.save();
        other.save();

        Tuned next = Tuned.open(folder, CARD);

        assertThat(List.of(next.known("a"), next.known("b"))).containsExactly(OptionalInt.of(1), OptionalInt.of(2));
    }

    @Test
    void aFileThatCannotBeUsedCostsNothingButTime() throws IOException {
        Tuned writer = Tuned.open(folder, CARD);
        writer.remember("a", 1);
        writer.save();
        Path file = folder.resolve(files(folder).get(0));
        Files.writeString(file, "a=one\nb=\\uZZZZ");

        assertThat(Tuned.open(folder, CARD).known("a")).isEmpty();

        Files.writeString(file, "a=one\nc=3");
        assertThat(Tuned.open(folder, CARD).known("a")).isEmpty();
        assertThat(Tuned.open(folder, CARD).known("c")).hasValue(3);
    }

    @Test
    void whereNothingCanBeWrittenNothingIsKeptAndNobodyFails() throws IOException {
        Path notAFolder = Files.writeString(folder.resolve("file"), "");
        Tuned tuned = Tuned.open(notAFolder, CARD);
        tuned.remember("a", 1);

        tuned.save();

        assertThat(tuned.known("a")).hasValue(1);
        assertThat(notAFolder).isEmptyFile();
    }

    @Test
    void aUserWithoutAHomeHasAFolderAmongTemporaryFiles() {
        assertThat(Tuned.folder("/cache", "/home/me")).isEqualTo(Path.of("/cache/convoke"));
        assertThat(Tuned.folder("", "/home/me")).isEqualTo(Path.of("/home/me/.cache/convoke"));
        assertThat(Tuned.folder("relative", "?"))
                .isAbsolute()
                .startsWithRaw(Path.of(System.getProperty("java.io.tmpdir")));
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
