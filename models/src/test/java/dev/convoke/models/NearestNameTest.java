package dev.convoke.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestNameTest {

    @Test
    void everyOneLetterTypoFindsItsName() {
        List<String> names = List.of("epochs", "workers", "optimizer.momentum", "averaging.frequency");
        for (String name : names) {
            for (int i = 0; i < name.length(); i++) {
                String dropped = name.substring(0, i) + name.substring(i + 1);
                String replaced = name.substring(0, i) + 'q' + name.substring(i + 1);
                String doubled = name.substring(0, i) + name.charAt(i) + name.substring(i);

                assertThat(NearestName.of(dropped, names)).as(dropped).isEqualTo(name);
                assertThat(NearestName.of(replaced, names)).as(replaced).isEqualTo(name);
                assertThat(NearestName.of(doubled, names)).as(doubled).isEqualTo(name);
            }
        }
    }

    @Test
    void swappedNeighboursCountAsOneChange() {
        assertThat(NearestName.distance("momentum", "mometnum")).isEqualTo(1);
        assertThat(NearestName.distance("", "abc")).isEqualTo(3);
        assertThat(NearestName.distance("kitten", "sitting")).isEqualTo(3);
    }

    @Test
    void withNothingKnownTheWrittenNameIsReturned() {
        assertThat(NearestName.of("batch", List.of())).isEqualTo("batch");
    }
}
