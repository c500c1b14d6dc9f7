package dev.convoke.engine.onednn;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The weight gradient of a convolution by tiles: images and gradients to points, a matrix product over the tiles for
 * each point, points to kernels. Each thread sums its own chunks; the sums are added in the threads' order.
 */
final class WinogradGradient implements Step {

    private static final int LANES = BlockedImages.LANES;
    private static final int BLOCK = LANES * LANES;
    private static final int TAPS = Winograd.KERNEL * Winograd.KERNEL;

    private final Row row;
    private final TileReader images;
    private final TileReader gradients;
    private final TileChunks chunks;
    private final Team team;
    private final List<Part> parts;
    private final Tensor weights;
    private final @Nullable Tensor bias;
    private final Team.Job summing = this::sum;
    private final Team.Job finishing = this::finish;
    private FloatBuffer weightGradient = FloatBuffer.allocate(0);
    private FloatBuffer biasGradient = FloatBuffer.allocate(0);

    /**
     * Creates the step.
     *
     * @param parts what each thread works with
     */
    WinogradGradient(Row row, Reading reading, Results results, List<Part> parts, Team team) {
        this.row = row;
        this.images = reading.images();
        this.gradients = reading.gradients();
        this.chunks = reading.chunks();
        this.weights = results.weights();
        this.bias = results.bias();
        this.parts = parts;
        this.team = team;
    }

    /** What is read, and how much of it at a time. */
    record Reading(TileReader images, TileReader gradients, TileChunks chunks) {}

    /** What is written: the gradients of weights in blocks, and of the bias, if there is one. */
    record Results(Tensor weights, @Nullable Tensor bias) {}

    /**
     * What a thread multiplies.
     *
     * @param images points of images
     * @param gradients points of gradients
     * @param sum of products
     * @param first makes the sum of the first chunk
     * @param next makes products of another
     * @param add adds them to the sum
     */
    record Products(Tensor images, Tensor gradients, Tensor sum, Call first, Call next, Call add) {}

    /** What one thread works with. */
    static final class Part {
        private final Products products;
        private final TileScratch scratch;
        private final KernelScratch kernels;
        private final float[] other = new float[KernelScratch.BLOCKS * BLOCK];
        private final TileRows rows;
        private final float[] biases;
        private FloatBuffer imagePoints = FloatBuffer.allocate(0);
        private FloatBuffer gradientPoints = FloatBuffer.allocate(0);
        private FloatBuffer sum = FloatBuffer.allocate(0);

        Part(Products products, TileScratch scratch, KernelScratch kernels, TileRows rows, int channels) {
            this.products = products;
            this.scratch = scratch;
            this.kernels = kernels;
            this.rows = rows;
            this.biases = new float[channels];
        }

        void bind() {
            products.first().bind();
            products.next().bind();
            products.add().bind();
            imagePoints = products.images().floats();
            gradientPoints = products.gradients().floats();
            sum = products.sum().floats();
        }
    }

    @Override
    public Row row() {
        return row;
    }

    @Override
    public void bind() {
        images.images().bind();
        gradients.images().bind();
        parts.forEach(Part::bind);
        weightGradient = weights.floats();
        if (bias != null) {
            biasGradient = bias.floats();
        }
    }

    @Override
    public void run() {
        team.runOnOneThreadEach(summing);
        team.run(finishing);
        if (bias != null) {
            for (int c = 0; c < biasGradient.capacity(); c++) {
                float all = 0;
                for (int i = 0; i < parts.size(); i++) {
                    all += parts.get(i).biases[c];
                }
                biasGradient.put(c, all);
            }
        }
    }

    private void sum(int number) {
        Part part = parts.get(number);
        Arrays.fill(part.biases, 0);
        for (int chunk = number; chunk < chunks.count(); chunk += parts.size()) {
            read(images, part, chunk, part.imagePoints, false);
            read(gradients, part, chunk, part.gradientPoints, true);
            if (chunk == number) {
                part.products.first().run();
            } else {
                part.products.next().run();
                part.products.add().run();
            }
        }
    }

    private void read(TileReader reader, Part part, int chunk, FloatBuffer points, boolean isGradient) {
        TileRows rows = part.rows;
        for (int block = 0; block < reader.images().blocks(); block++) {
            int done = 0;
            for (boolean more = chunks.start(rows, chunk); more; more = rows.next()) {
                reader.read(rows, block, part.scratch);
                reader.store(rows, block, part.scratch, chunks.tiles(), points);
                done += rows.count();
                if (isGradient && bias != null) {
                    addBiases(part, block, rows.count() * chunks.columns() * LANES);
                }
            }
            if (done < chunks.rowsOfChunk()) {
                reader.clear(done, block, chunks.tiles(), points);
            }
        }
    }

    private static void addBiases(Part part, int block, int count) {
        float[] all = part.scratch.points()[0];
        Arrays.fill(all, 0, count, 0);
        for (int r = 0; r < Winograd.TILE; r++) {
            for (int c = 0; c < Winograd.TILE; c++) {
                Winograd.add(part.scratch.values(r)[c], all, count);
            }
        }
        for (int i = 0; i < count; i++) {
            part.biases[block * LANES + i % LANES] += all[i];
        }
    }

    private void finish(int number) {
        Part own = parts.get(number);
        int pairs = weightGradient.capacity() / (BLOCK * TAPS);
        int end = pairs * (number + 1) / parts.size();
        for (int start = pairs * number / parts.size(); start < end; start += KernelScratch.BLOCKS) {
            int blocks = Math.min(KernelScratch.BLOCKS, end - start);
            addSums(own, pairs, start, blocks * BLOCK);
            own.kernels.toTaps(blocks * BLOCK);
            for (int i = 0; i < blocks; i++) {
                for (int tap = 0; tap < TAPS; tap++) {
                    weightGradient.put(((start + i) * TAPS + tap) * BLOCK, own.kernels.tap(tap), i * BLOCK, BLOCK);
                }
            }
        }
    }

    private void addSums(Part own, int pairs, int start, int count) {
        float[][] points = own.kernels.points();
        for (int p = 0; p < points.length; p++) {
            int at = (p * pairs + start) * BLOCK;
            parts.get(0).sum.get(at, points[p], 0, count);
            for (int other = 1; other < Math.min(parts.size(), chunks.count()); other++) {
                parts.get(other).sum.get(at, own.other, 0, count);
                Winograd.add(own.other, points[p], count);
            }
        }
    }
}
