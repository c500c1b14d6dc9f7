package dev.convoke.bench.gpu;

import dev.convoke.engine.plan.Graph;
import dev.convoke.engine.plan.Plan;
import dev.convoke.models.ImageShape;

/**
 * A network whose speed is measured.
 *
 * @param name from the catalog
 * @param image the shape of one image
 * @param graph its operations
 */
record MeasuredNetwork(String name, ImageShape image, Graph graph) {

    /** Returns the operations a training step does for one image: two a multiply-add, forward and both gradients. */
    double trainingFlops() {
        Plan plan = graph.plan(image);
        return plan.nodes().stream()
                .mapToDouble(node -> 2.0 * plan.multiplyAdds(node) * (plan.gradientPasses(node) + 1))
                .sum();
    }
}
