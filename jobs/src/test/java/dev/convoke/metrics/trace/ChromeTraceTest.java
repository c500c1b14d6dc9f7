package dev.convoke.metrics.trace;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChromeTraceTest {

    @Test
    void spansBecomeCompleteEventsInNamedProcessesAndLanes() throws IOException {
        MemoryFileStore store = new MemoryFileStore();
        ChromeTrace trace = new ChromeTrace();
        trace.add("driver", List.of(new Span("round 3", "rounds", 1_000, 500)));
        trace.add("executor 1", List.of(new Span("compute", "worker 0", 1_100, 300)));
        trace.add("executor 1", List.of(new Span("decode", "worker 0, examples", 1_050, 40)));

        Location file = trace.write(store, MemoryFileStore.root().child("run"));

        JsonNode events = new ObjectMapper().readTree(store.read(file, 1 << 20)).get("traceEvents");
        List<String> lines = new ArrayList<>();
        events.forEach(event -> lines.add(event.get("ph").asText() + " " + event.get("pid") + "/" + event.get("tid")
                + " " + event.get("name").asText() + " "
                + event.path("args").path("name").asText() + event.path("ts").asText()));
        assertThat(lines)
                .containsExactly(
                        "M 1/0 process_name driver",
                        "M 1/1 thread_name rounds",
                        "X 1/1 round 3 1000",
                        "M 2/0 process_name executor 1",
                        "M 2/1 thread_name worker 0",
                        "X 2/1 compute 1100",
                        "M 2/2 thread_name worker 0, examples",
                        "X 2/2 decode 1050");
    }

    @Test
    void onlyTheRoundsAskedForAreWanted() {
        ChromeTrace trace = new ChromeTrace();
        assertThat(trace.wants(0)).isFalse();

        trace.want(5, 2);

        assertThat(trace.wants(4)).isFalse();
        assertThat(trace.wants(5)).isTrue();
        assertThat(trace.endsWith(6)).isTrue();
        assertThat(trace.wants(7)).isFalse();
    }

    @Test
    void aRecorderRemembersOnlyWhileItIsOn() {
        SpanRecorder recorder = new SpanRecorder();
        recorder.record("before", "lane", System.nanoTime());
        recorder.switchOn();
        recorder.record("while", "lane", System.nanoTime() - 2_000_000);

        List<Span> spans = recorder.take();
        recorder.record("left behind", "lane", System.nanoTime());
        recorder.switchOff();
        recorder.record("after", "lane", System.nanoTime());

        assertThat(spans).singleElement().satisfies(span -> {
            assertThat(span.name()).isEqualTo("while");
            assertThat(span.micros()).isGreaterThanOrEqualTo(2_000);
            assertThat(span.startMicros() / 1_000_000)
                    .isBetween(System.currentTimeMillis() / 1000 - 60, System.currentTimeMillis() / 1000 + 1);
        });
        assertThat(recorder.take()).isEmpty();
    }
}
