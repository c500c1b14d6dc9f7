package dev.convoke.engine.onednn;

import dev.convoke.engine.plan.Node;
import dev.convoke.engine.plan.Operation.Concatenation;
import dev.convoke.engine.plan.Operation.Convolution;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The concatenations whose inputs are written in their places, so that nothing is copied: those of convolutions with a
 * ReLU that nothing else reads. The gradient is masked once for all of them.
 *
 * <p>In float32 only: oneDNN's fast code for channels last does not write part of a pixel.
 */
final class Joins {

    private final Compilation compilation;
    private final Map<Node, Tensor> places = new HashMap<>();
    private final Map<Node, Tensor> wholes = new HashMap<>();

    Joins(Compilation compilation) {
        this.compilation = compilation;
        compilation.plan().nodes().stream()
                .filter(node -> node.operation() instanceof Concatenation)
                .forEach(this::join);
    }

    /** Returns where a node's output belongs, if it is part of a concatenation written in place. */
    @Nullable
    Tensor placeOf(Node node) {
        return places.get(node);
    }

    /** Returns the output of a concatenation that is written in place, else null. */
    @Nullable
    Tensor whole(Node concatenation) {
        return wholes.get(concatenation);
    }

    /**
     * Returns the parts of a concatenation's gradient in its inputs' order: in place if its layout can be cut there.
     */
    List<Tensor> parts(Node concatenation, Tensor gradient) {
        ProgramBuilder builder = compilation.builder();
        List<Layout> parts = cut(concatenation, gradient.layout());
        Tensor cuttable = gradient;
        if (parts.isEmpty()) {
            Layout plain = builder.natives()
                    .plain(builder.dataType(), gradient.layout().dimensions());
            cuttable = builder.as(concatenation.layer(), gradient, plain);
            parts = cut(concatenation, plain);
        }
        Region region = cuttable.region();
        return parts.stream().map(part -> new Tensor(part, region)).toList();
    }

    private void join(Node concatenation) {
        List<Node> inputs = inputs(concatenation);
        if (!compilation.isFloat32() || !inputs.stream().allMatch(this::isJoinable)) {
            return;
        }
        Layout layout = compilation.images(compilation.dimensions(concatenation));
        List<Layout> parts = cut(concatenation, layout);
        if (parts.isEmpty()) {
            return;
        }
        Tensor whole = compilation.builder().allocate(layout);
        wholes.put(concatenation, whole);
        for (int i = 0; i < inputs.size(); i++) {
            places.put(inputs.get(i), new Tensor(parts.get(i), whole.region()));
        }
    }

    private List<Node> inputs(Node concatenation) {
        return concatenation.inputs().stream()
                .map(id -> compilation.plan().nodes().get(id))
                .toList();
    }

    /** Returns the layouts of a concatenation's inputs within it, or none if it cannot be cut between them. */
    private List<Layout> cut(Node concatenation, Layout whole) {
        List<Layout> parts = new ArrayList<>();
        long start = 0;
        for (Node input : inputs(concatenation)) {
            long[] dimensions = compilation.dimensions(input);
            Optional<Layout> part =
                    compilation.builder().natives().part(whole, dimensions, new long[] {0, start, 0, 0});
            if (part.isEmpty()) {
                return List.of();
            }
            parts.add(part.get());
            start += dimensions[1];
        }
        return parts;
    }

    private boolean isJoinable(Node input) {
        return input.operation() instanceof Convolution convolution
                && convolution.relu()
                && !convolution.residual()
                && compilation.plan().readers(input) == 1;
    }
}
