package dev.convoke.engine.cuda;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One convolution of a program. */
final class ConvolutionStep implements Step {

    private final String title;
    private final Device device;
    private final ConvolutionPlan plan;
    private final Map<Long, LongSupplier> arrays;
    private final Region workspace;
    private @Nullable Descriptor places;

    /**
     * Creates the step.
     *
     * @param arrays addresses by the numbers of {@link ConvolutionGraph}
     * @param workspace scratch memory
     */
    ConvolutionStep(
            String title, Device device, ConvolutionPlan plan, Map<Long, LongSupplier> arrays, Region workspace) {
        this.title = title;
        this.device = device;
        this.plan = plan;
        this.arrays = new LinkedHashMap<>(arrays);
        this.workspace = workspace;
    }

    @Override
    public String title() {
        return title;
    }

    @Override
    public void bind() {
        close();
        Map<Long, Long> addresses = new LinkedHashMap<>();
        arrays.forEach((number, address) -> addresses.put(number, address.getAsLong()));
        places = ConvolutionPlan.places(addresses, workspace.address());
    }

    @Override
    public void run() {
        if (places == null) {
            throw new IllegalStateException(title + " has no memory yet: bind it before it runs");
        }
        Checks.dnn(plan.run(device, places), title);
    }

    @Override
    public void close() {
        if (places != null) {
            places.close();
            places = null;
        }
    }
}
