package dev.convoke.metrics.trace;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.JsonFields;
import dev.convoke.storage.Location;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A trace of a few rounds in Chrome's trace event format: {@code <run>/profile/trace.json}, drawn by
 * {@code chrome://tracing} and by Perfetto. One process for the driver and one for each executor, in it one line for
 * each lane. Safe for use by many threads.
 */
public final class ChromeTrace {

    /** Its name in the run directory. */
    public static final String FILE = "profile/trace.json";

    private final Map<String, List<Span>> byProcess = new LinkedHashMap<>();
    private int first;
    private int end;
    private boolean begun;

    /**
     * Says which rounds are wanted.
     *
     * @param from number of the first, counted from 0
     * @param count how many
     */
    public synchronized void want(int from, int count) {
        first = from;
        end = from + count;
    }

    /** Returns whether a round is to be traced. */
    public synchronized boolean wants(int round) {
        return round >= first && round < end;
    }

    /** Returns whether a round is the last that is traced. */
    public synchronized boolean endsWith(int round) {
        return round + 1 == end;
    }

    /** Says that rounds are being traced: what is committed now belongs to the trace. */
    public synchronized void begin() {
        begun = true;
    }

    /** Says that nothing more belongs to the trace. */
    public synchronized void finish() {
        begun = false;
    }

    /** Returns whether what is committed now belongs to the trace. */
    public synchronized boolean isAtWork() {
        return begun;
    }

    /** Adds what a process did. */
    public synchronized void add(String process, List<Span> spans) {
        byProcess.computeIfAbsent(process, name -> new ArrayList<>()).addAll(spans);
    }

    /** Writes the trace into a run, in place of an older one; returns where it is. */
    public synchronized Location write(FileStore store, Location run) {
        Location file = run.child(FILE);
        store.replace(file, (JsonFields.line(json()) + "\n").getBytes(StandardCharsets.UTF_8));
        return file;
    }

    private ObjectNode json() {
        ObjectNode root = JsonFields.object().put("displayTimeUnit", "ms");
        ArrayNode events = root.putArray("traceEvents");
        int process = 0;
        for (Map.Entry<String, List<Span>> entry : byProcess.entrySet()) {
            process++;
            name(events, "process_name", process, 0, entry.getKey());
            Map<String, Integer> lanes = new LinkedHashMap<>();
            for (Span span : entry.getValue()) {
                if (!lanes.containsKey(span.lane())) {
                    lanes.put(span.lane(), lanes.size() + 1);
                    name(events, "thread_name", process, lanes.size(), span.lane());
                }
                events.addObject()
                        .put("name", span.name())
                        .put("cat", "convoke")
                        .put("ph", "X")
                        .put("ts", span.startMicros())
                        .put("dur", span.micros())
                        .put("pid", process)
                        .put("tid", lanes.get(span.lane()));
            }
        }
        return root;
    }

    private static void name(ArrayNode events, String kind, int process, int lane, String name) {
        events.addObject()
                .put("name", kind)
                .put("ph", "M")
                .put("pid", process)
                .put("tid", lane)
                .putObject("args")
                .put("name", name);
    }
}
