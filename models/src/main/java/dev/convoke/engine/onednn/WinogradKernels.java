package dev.convoke.engine.onednn;

import java.nio.FloatBuffer;
import java.util.List;

/**
 * Transforms the weights of a convolution, blocks of 16 by 16 channels of 3x3, to points, {@code [points, blocks, 16,
 * 16]}.
 */
final class WinogradKernels implements Step, Team.Job {

    private static final int BLOCK = BlockedImages.LANES * BlockedImages.LANES;
    private static final int TAPS = Winograd.KERNEL * Winograd.KERNEL;

    /** How a convolution's weights stand where their rows are the channels it reads. */
    static final String READ = "ABcd16b16a";

    /** How they stand where their rows are the channels it writes, which its data gradient reads. */
    private static final String TURNED = "ABcd16a16b";

    private final Row row;
    private final Tensor weights;
    private final Tensor points;
    private final boolean turned;
    private final Team team;
    private final int outer;
    private final int inner;
    private final List<KernelScratch> scratch;
    private FloatBuffer from = FloatBuffer.allocate(0);
    private FloatBuffer to = FloatBuffer.allocate(0);

    /**
     * Creates the step.
     *
     * @param weights in blocks whose rows are the channels that are read: a convolution's, or, as a data gradient needs
     *     them, from their other side and turned by half a circle
     * @param scratch what each thread works with
     */
    WinogradKernels(String layer, Tensor weights, Tensor points, Team team, List<KernelScratch> scratch) {
        long bytes = weights.layout().bytes() + points.layout().bytes();
        this.row = new Row(layer, "kernels to points", "java", points.layout(), bytes, 0);
        this.weights = weights;
        this.points = points;
        this.turned = weights.layout().tag().equals(TURNED);
        this.team = team;
        long[] dimensions = weights.layout().dimensions();
        this.outer = (int) dimensions[0] / BlockedImages.LANES;
        this.inner = (int) dimensions[1] / BlockedImages.LANES;
        this.scratch = scratch;
    }

    @Override
    public Row row() {
        return row;
    }

    @Override
    public void bind() {
        from = weights.floats();
        to = points.floats();
    }

    @Override
    public void run() {
        team.run(this);
    }

    @Override
    public void run(int part) {
        KernelScratch own = scratch.get(part);
        int pairs = outer * inner;
        int end = pairs * (part + 1) / team.size();
        for (int start = pairs * part / team.size(); start < end; start += KernelScratch.BLOCKS) {
            int blocks = Math.min(KernelScratch.BLOCKS, end - start);
            for (int i = 0; i < blocks; i++) {
                load(own, start + i, i * BLOCK);
            }
            own.toPoints(blocks * BLOCK);
            for (int p = 0; p < own.points().length; p++) {
                to.put((p * pairs + start) * BLOCK, own.points()[p], 0, blocks * BLOCK);
            }
        }
    }

    private void load(KernelScratch own, int place, int at) {
        int pair = turned ? place % outer * inner + place / outer : place;
        for (int tap = 0; tap < TAPS; tap++) {
            int kept = turned ? TAPS - 1 - tap : tap;
            from.get((pair * TAPS + kept) * BLOCK, own.tap(tap), at, BLOCK);
        }
    }
}
