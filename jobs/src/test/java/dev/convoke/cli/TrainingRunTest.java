package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.storage.Location;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TrainingRunTest {

    @Test
    void anotherOwnerAnotherTryAndAnotherRunFindNothingOfEachOtherOnTheExecutors() {
        Location run = Location.parse("file:///runs/one");

        Stream<String> keys = Stream.of(
                TrainingRun.residentKey(run, 1, 0),
                TrainingRun.residentKey(run, 2, 0),
                TrainingRun.residentKey(run, 1, 20),
                TrainingRun.residentKey(run, 12, 0),
                TrainingRun.residentKey(Location.parse("file:///runs/other"), 1, 0));

        assertThat(keys).doesNotHaveDuplicates();
        assertThat(TrainingRun.residentKey(run, 1, 0)).isEqualTo(TrainingRun.residentKey(run, 1, 0));
    }
}
