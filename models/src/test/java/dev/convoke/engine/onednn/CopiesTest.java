package dev.convoke.engine.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;

import dev.convoke.engine.onednn.Explanation.Row;
import dev.convoke.engine.plan.GraphReader;
import dev.convoke.engine.plan.Node;
import dev.convoke.engine.plan.Operation;
import dev.convoke.engine.plan.Operation.Concatenation;
import dev.convoke.engine.plan.Operation.Convolution;
import dev.convoke.engine.plan.Operation.Dropout;
import dev.convoke.engine.plan.Operation.Input;
import dev.convoke.engine.plan.Plan;
import dev.convoke.models.ImageShape;
import dev.convoke.models.ModelCatalog;
import dev.convoke.models.NetworkSpec;
import dev.convoke.models.OptimizerSpec;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the plans of the networks copy an array from one layout to another, in float32. */
class CopiesTest {

    private static final ImageShape IMAGE = ImageShape.rgb(67);

    /** Fewer than any layer has channels, so that the first dimension tells activations from weights. */
    private static final int BATCH = 2;

    /** The smallest vector: fewer channels do not fill a block of any CPU. */
    private static final int VECTOR = 8;

    @ParameterizedTest
    @ValueSource(strings = {"alexnet", "vgg16", "inception-v1", "inception-v1-notebook", "resnet", "resnet34"})
    void everyOperationReadsWhatTheOneBeforeWroteButForTheEdges(String architecture) {
        Plan plan = plan(architecture);
        List<Row> training = rows(plan, true);
        int loss = training.stream().map(Row::operation).toList().indexOf("cross-entropy");

        // Images come row by row, and so do dropout's masks, for they are DL4J's.
        assertCopied(training.subList(0, loss), Stream.of(Input.class, Dropout.class), plan);
        assertCopied(rows(plan, false), Stream.of(Input.class), plan);
        List<Row> copies = copies(training.subList(loss, training.size()));
        List<Row> activations = copies.stream()
                .filter(row -> row.shape().startsWith(BATCH + "x"))
                .toList();
        assertThat(activations).hasSizeLessThanOrEqualTo(backwardEdges(plan));
        assertThat(copies.size() - activations.size()).as("copies of weights").isLessThanOrEqualTo(weightEdges(plan));
    }

    /** Requires that nothing is copied but what layers of some kinds read, or those that read the input, and once. */
    private static void assertCopied(List<Row> rows, Stream<Class<? extends Operation>> edges, Plan plan) {
        List<Class<? extends Operation>> kinds = edges.toList();
        List<String> layers = plan.nodes().stream()
                .filter(node -> kinds.contains(node.operation().getClass())
                        || node.inputs().stream()
                                .anyMatch(id -> plan.nodes().get(id).operation() instanceof Input))
                .map(Node::layer)
                .toList();
        assertThat(rows).isNotEmpty();
        assertThat(copies(rows).stream().map(Row::layer)).isSubsetOf(layers).doesNotHaveDuplicates();
    }

    /**
     * Counts the activations that may be copied on the way back: each part of a concatenation's gradient, because
     * weight gradients have no fast code for part of an array; dropout's; what goes in and out of the gradient of few
     * channels; and both that the weight gradient reads of an image smaller than its window, which has fast code only
     * row by row.
     */
    private static int backwardEdges(Plan plan) {
        int edges = 0;
        for (Node node : plan.nodes()) {
            if (node.operation() instanceof Concatenation) {
                edges += node.inputs().size();
            } else if (node.operation() instanceof Dropout) {
                edges++;
            } else if (node.operation() instanceof Convolution convolution) {
                Node read = plan.nodes().get(node.inputs().get(0));
                edges += read.shape().channels() < VECTOR && plan.learns(read) ? 2 : 0;
                edges += isLargerThanItsImage(convolution, read) ? 2 : 0;
            }
        }
        return edges;
    }

    /**
     * Counts the weights that may be: for each data gradient, which wants another blocking than the forward pass, and
     * from row by row.
     */
    private static int weightEdges(Plan plan) {
        int edges = 0;
        for (Node node : plan.nodes()) {
            if (node.operation() instanceof Convolution convolution) {
                Node read = plan.nodes().get(node.inputs().get(0));
                edges += plan.learns(read) ? 1 : 0;
                edges += isLargerThanItsImage(convolution, read) ? 1 : 0;
            }
        }
        return edges;
    }

    private static boolean isLargerThanItsImage(Convolution convolution, Node read) {
        return convolution.window().rows().kernel() > read.shape().height();
    }

    private static List<Row> copies(List<Row> rows) {
        return rows.stream().filter(row -> row.operation().equals("reorder")).toList();
    }

    private static Plan plan(String architecture) {
        NetworkSpec network = new NetworkSpec(architecture, IMAGE, 10, null);
        return GraphReader.read(ModelCatalog.configure(network, new OptimizerSpec(0.9, 1e-4, 0), 1))
                .plan(IMAGE);
    }

    private static List<Row> rows(Plan plan, boolean isTraining) {
        try (Natives natives = new Natives();
                WeightStore store = WeightStore.withoutMemory(plan, natives);
                Team team = new Team(1)) {
            Compilation compilation = new Compilation(
                    plan, BATCH, isTraining, store, new ReplicaContext(natives, dnnl_f32, new StepSettings(), team));
            Program program = compilation.builder().build(compilation.emit());
            return program.steps().stream().map(step -> step.row().explained(0)).toList();
        }
    }
}
