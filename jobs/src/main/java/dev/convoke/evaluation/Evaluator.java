package dev.convoke.evaluation;

import dev.convoke.data.Example;
import dev.convoke.data.ImageLoader;
import dev.convoke.engine.Minibatch;
import dev.convoke.engine.Replica;
import dev.convoke.shard.ExampleGroups;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * Evaluates one replica on groups of a split. A minibatch never crosses a group, so what a group counts depends on the
 * replica and the group alone, not on who evaluates which other groups. Not thread-safe; owns nothing it is given.
 */
public final class Evaluator {

    private final Replica replica;
    private final ExampleGroups groups;
    private final ImageLoader loader;
    private final Minibatch minibatch;
    private final FloatBuffer probabilities;

    /**
     * Prepares to evaluate.
     *
     * @param replica holds the state to evaluate
     * @param minibatch filled and emptied as needed; its shape and classes are the network's
     */
    public Evaluator(Replica replica, ExampleGroups groups, ImageLoader loader, Minibatch minibatch) {
        this.replica = replica;
        this.groups = groups;
        this.loader = loader;
        this.minibatch = minibatch;
        int values = Math.multiplyExact(minibatch.capacity(), minibatch.classes());
        this.probabilities = ByteBuffer.allocateDirect(Math.multiplyExact(values, Float.BYTES))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    /**
     * Evaluates some of the split's groups.
     *
     * @param chosen indices of groups, each once
     * @throws EvaluationFailedException if a group holds another number of examples than the manifest promises, or the
     *     network's answer is not a number
     */
    public EvaluationTally evaluate(Iterable<Integer> chosen) {
        EvaluationTally tally = new EvaluationTally(minibatch.classes());
        List<Integer> sizes = groups.sizes();
        for (int group : chosen) {
            List<Example> examples = groups.read(group);
            if (examples.size() != sizes.get(group)) {
                throw new EvaluationFailedException("Group " + group + " of the split holds " + examples.size()
                        + " examples, its manifest says " + sizes.get(group) + ": shard the data again");
            }
            evaluate(group, examples, tally);
        }
        return tally;
    }

    private void evaluate(int group, List<Example> examples, EvaluationTally tally) {
        int values = loader.valueCount();
        for (int first = 0; first < examples.size(); first += minibatch.capacity()) {
            int size = Math.min(minibatch.capacity(), examples.size() - first);
            minibatch.resize(size);
            for (int row = 0; row < size; row++) {
                loader.load(examples.get(first + row), 0, minibatch.images(), row * values);
            }
            probabilities.clear();
            replica.predict(minibatch, probabilities);
            for (int row = 0; row < size; row++) {
                tally.add(examples.get(first + row), group, first + row, probabilities, row * minibatch.classes());
            }
        }
    }
}
