package dev.convoke.engine.onednn;

import dev.convoke.engine.plan.ArenaPlan.Placement;
import java.nio.FloatBuffer;
import java.util.List;

/** Steps in order, over one block of memory. */
final class Program {

    private final List<Step> steps;
    private final List<Region> regions;
    private final Placement placement;
    private final Tensor output;

    Program(List<Step> steps, List<Region> regions, Placement placement, Tensor output) {
        this.output = output;
        this.steps = List.copyOf(steps);
        this.regions = List.copyOf(regions);
        this.placement = placement;
    }

    /** Returns how much memory it needs beside the parameters. */
    long arenaBytes() {
        return placement.bytes();
    }

    List<Step> steps() {
        return steps;
    }

    /** Takes a block to compute in; nothing in it outlives a run. */
    void bind(NativeBlock arena) {
        for (int i = 0; i < regions.size(); i++) {
            regions.get(i).placeAt(arena.at(placement.offsets().get(i)));
        }
        steps.forEach(Step::bind);
    }

    /** Returns the plain float32 values of the classifier's output, valid until another program runs. */
    FloatBuffer output() {
        return NativeBlock.floats(output.region().address(), output.layout().count());
    }

    void run() {
        for (Step step : steps) {
            step.run();
        }
    }

    /** Runs and adds what each step took to its place, in nanoseconds. */
    void run(long[] nanoseconds) {
        long before = System.nanoTime();
        for (int i = 0; i < steps.size(); i++) {
            steps.get(i).run();
            long after = System.nanoTime();
            nanoseconds[i] += after - before;
            before = after;
        }
    }
}
