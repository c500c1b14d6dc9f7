package dev.convoke.bench;

import dev.convoke.data.Example;
import dev.convoke.shard.ExampleGroups;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Examples without images, all in one group, for loaders that do not look at them.
 *
 * @param count how many
 * @param classes whose labels they bear in turn
 */
public record MadeUpExamples(int count, int classes) implements ExampleGroups {

    @Override
    public List<Integer> sizes() {
        return List.of(count);
    }

    @Override
    public List<Example> read(int group) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Example("example-" + i, i % classes, new byte[0]))
                .toList();
    }
}
