package dev.convoke.training;

import dev.convoke.data.Example;
import dev.convoke.data.Keys;
import dev.convoke.shard.ExampleGroups;
import java.util.ArrayList;
import java.util.List;

/** Examples without pixels: the encoded bytes are the example's number. Notes which groups were read. */
public final class FakeExamples implements ExampleGroups {

    private final List<Integer> sizes;
    private final int classes;
    private final List<Integer> reads = new ArrayList<>();

    FakeExamples(List<Integer> sizes, int classes) {
        this.sizes = List.copyOf(sizes);
        this.classes = classes;
    }

    @Override
    public List<Integer> sizes() {
        return sizes;
    }

    @Override
    public List<Example> read(int group) {
        synchronized (reads) {
            reads.add(group);
        }
        int first = sizes.subList(0, group).stream().mapToInt(Integer::intValue).sum();
        List<Example> examples = new ArrayList<>();
        for (int i = first; i < first + sizes.get(group); i++) {
            examples.add(new Example("example-" + i, Keys.below(classes, Keys.mix(99, i)), new byte[] {
                (byte) (i >> 16), (byte) (i >> 8), (byte) i
            }));
        }
        return examples;
    }

    List<Integer> reads() {
        synchronized (reads) {
            return List.copyOf(reads);
        }
    }

    static int number(Example example) {
        byte[] bytes = example.encoded();
        return (bytes[0] & 0xFF) << 16 | (bytes[1] & 0xFF) << 8 | (bytes[2] & 0xFF);
    }
}
