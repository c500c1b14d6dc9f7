package dev.convoke.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCRATCHPAD;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_scratchpad_md;

import dev.convoke.engine.plan.ArenaPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Collects the steps of a program and notes which step uses which memory. */
final class ProgramBuilder {

    private final Natives natives;
    private final Descriptions descriptions;
    private final int dataType;
    private final List<Step> steps = new ArrayList<>();
    private final Set<Region> temporary = new LinkedHashSet<>();

    ProgramBuilder(Natives natives, int dataType) {
        this.natives = natives;
        this.descriptions = new Descriptions(natives);
        this.dataType = dataType;
    }

    Natives natives() {
        return natives;
    }

    Descriptions descriptions() {
        return descriptions;
    }

    /** Returns oneDNN's number for the format of activations. */
    int dataType() {
        return dataType;
    }

    /** Returns a new array in the arena. */
    Tensor allocate(Layout layout) {
        Region region = new Region(layout.bytes());
        temporary.add(region);
        return new Tensor(layout, region);
    }

    /** Adds a primitive. Its scratch memory is added to the arguments. */
    void call(String layer, String operation, long flops, Description description, Call.Argument... arguments) {
        List<Call.Argument> all = withScratch(description, arguments);
        long bytes = all.stream().mapToLong(a -> a.tensor().layout().bytes()).sum();
        Layout written = arguments[arguments.length - 1].tensor().layout();
        Step.Row row = new Step.Row(layer, operation, description.implementation(), written, bytes, flops);
        add(
                new Call(natives, row, description, all),
                all.stream().map(Call.Argument::tensor).toList());
    }

    /** Returns a primitive's arguments and, behind them, new memory for its scratch, if it needs any. */
    List<Call.Argument> withScratch(Description description, Call.Argument... arguments) {
        List<Call.Argument> all = new ArrayList<>(Arrays.asList(arguments));
        Layout scratch = description.layout(dnnl_query_scratchpad_md);
        if (scratch.bytes() > 0) {
            all.add(new Call.Argument(DNNL_ARG_SCRATCHPAD, allocate(scratch)));
        }
        return all;
    }

    /** Adds a step of our own. */
    void add(Step step, List<Tensor> used) {
        for (Tensor tensor : used) {
            tensor.region().usedBy(steps.size());
        }
        steps.add(step);
    }

    /** Returns the array in the wanted layout: itself, or a copy. */
    Tensor as(String layer, Tensor tensor, Layout wanted) {
        if (tensor.layout().sameAs(wanted)) {
            return tensor;
        }
        Tensor copy = allocate(wanted);
        copy(layer, tensor, copy);
        return copy;
    }

    /** Adds a copy from one array to another of the same dimensions. */
    void copy(String layer, Tensor from, Tensor to) {
        call(
                layer,
                "reorder",
                0,
                descriptions.reorder(from.layout(), to.layout()),
                new Call.Argument(DNNL_ARG_FROM, from),
                new Call.Argument(DNNL_ARG_TO, to));
    }

    /** Places the temporary memory and returns the finished program with its output. */
    Program build(Tensor output) {
        List<Region> regions =
                temporary.stream().filter(region -> region.last() >= 0).toList();
        ArenaPlan.Placement placement = ArenaPlan.place(regions.stream()
                .map(region -> new ArenaPlan.Buffer(region.bytes(), region.first(), region.last()))
                .toList());
        return new Program(steps, regions, placement, output);
    }
}
