package dev.convoke.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Identity hashes order Parquet's sets; HotSpot can be told to make them in ways that give every order. */
class EveryJvmTest {

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 3, 5})
    void everyJvmWritesTheSameBytes(int identityHashes) throws IOException, InterruptedException {
        String here = digest();

        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UnlockExperimentalVMOptions",
                        "-XX:hashCode=" + identityHashes,
                        "-cp",
                        System.getProperty("java.class.path"),
                        EveryJvmTest.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String there = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();

        assertThat(other.waitFor()).isZero();
        assertThat(there).isEqualTo(here);
    }

    /** Prints the digest of the test dataset as this JVM writes it. */
    public static void main(String[] arguments) {
        System.out.println(digest());
    }

    private static String digest() {
        return TestDataset.write(new MemoryFileStore(), new Location("memory:/data/pets"))
                .digest();
    }
}
