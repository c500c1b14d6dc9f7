package dev.convoke.shard.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MatFileTest {

    private static final List<Map<String, String>> SYNSETS = List.of(
            Map.of("ILSVRC2012_ID", "1", "WNID", "n02119789", "words", "kit fox, Vulpes macrotis"),
            Map.of("ILSVRC2012_ID", "300", "WNID", "n02100735", "words", "English setter"));

    @Test
    void structuresAreReadCompressedOrNot() throws IOException {
        assertThat(MatFile.structures(TestMatFile.of(SYNSETS, true))).isEqualTo(SYNSETS);
        assertThat(MatFile.structures(TestMatFile.of(SYNSETS, false))).isEqualTo(SYNSETS);
    }

    @Test
    void whatIsDamagedIsRefusedOrReadAndNothingElseHappens() {
        byte[] file = TestMatFile.of(SYNSETS, false);
        Random random = new Random(5);
        for (int i = 0; i < 2000; i++) {
            byte[] broken = i % 2 == 0 ? Arrays.copyOf(file, random.nextInt(file.length)) : file.clone();
            if (i % 2 == 1) {
                broken[random.nextInt(broken.length)] = (byte) random.nextInt();
            }
            try {
                MatFile.structures(broken);
            } catch (IOException refused) {
                assertThat(refused).hasMessageContaining("it ");
            }
        }
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> MatFile.structures(new byte[500]))
                .withMessageContaining("level 5");
    }
}
