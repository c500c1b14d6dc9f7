package dev.convoke.engine.cuda;

import dev.convoke.engine.cuda.Launch.Arguments;
import dev.convoke.engine.cuda.Launch.Grid;
import dev.convoke.models.ImageShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Collects the steps of a program and notes which step uses which memory. */
final class ProgramBuilder {

    private static final int BLOCK = 256;
    private static final int WARP = 32;
    private static final int ROWS_A_THREAD = 4;
    private static final int BLOCKS_A_MULTIPROCESSOR = 4;
    private static final int FINISH_ROWS = 32;
    private static final int ACCESS_BYTES = 16;

    private final Device device;
    private final Kernels kernels;
    private final int valueBytes;
    private final List<Step> steps = new ArrayList<>();
    private final Set<Region> regions = new LinkedHashSet<>();

    ProgramBuilder(Device device, Kernels kernels, int valueBytes) {
        this.device = device;
        this.kernels = kernels;
        this.valueBytes = valueBytes;
    }

    int valueBytes() {
        return valueBytes;
    }

    /** Returns new memory in the arena. */
    Region allocate(long bytes) {
        Region region = new Region(bytes);
        regions.add(region);
        return region;
    }

    /** Returns new images in the arena. */
    Tensor images(int batch, ImageShape shape) {
        return images(batch, shape, shape.channels());
    }

    /** Returns new images in the arena, with room for more channels than they have. */
    Tensor images(int batch, ImageShape shape, int pitch) {
        long bytes = (long) batch * shape.height() * shape.width() * pitch * valueBytes;
        return new Tensor(allocate(bytes), 0, batch, shape, pitch);
    }

    /** Adds a step that uses memory of the arena. */
    void add(Step step, Region... used) {
        for (Region region : used) {
            region.usedBy(steps.size());
        }
        steps.add(step);
    }

    /**
     * What a kernel works on.
     *
     * @param rows of pixels
     * @param channels of each
     * @param tensors that it reads and writes; none may be null but where the kernel allows it
     */
    record Extent(int rows, int channels, List<Tensor> tensors) {

        static Extent of(Tensor shape, @Nullable Tensor... tensors) {
            return new Extent(
                    shape.rows(),
                    shape.channels(),
                    Arrays.stream(tensors).flatMap(Stream::ofNullable).toList());
        }
    }

    /** Adds a kernel with a thread for each few channels of each row; rows and channels are its last arguments. */
    void elementwise(String title, String kernel, Extent extent, Arguments arguments, Region... others) {
        int width = width(extent);
        long threads = (long) extent.rows() * (extent.channels() / width);
        Arguments all = arguments.ints(extent.rows(), extent.channels());
        add(launch(title, kernel, width, Grid.of(threads), all), used(extent, others));
    }

    /**
     * Adds a kernel with a row of blocks for each row of pixels of each image; the channels are its last argument.
     *
     * @param shape the images that there is a thread for each few channels of
     */
    void rowwise(String title, String kernel, Tensor shape, Extent extent, Arguments arguments, Region... others) {
        int width = width(extent);
        long threads = (long) shape.shape().width() * (shape.channels() / width);
        Grid line = Grid.of(threads);
        Grid grid = new Grid(line.x(), shape.shape().height(), shape.batch(), line.threadsX(), 1);
        add(launch(title, kernel, width, grid, arguments.ints(shape.channels())), used(extent, others));
    }

    /**
     * Adds a kernel that adds up rows in parts, and returns the number of parts; the kernel's last arguments are the
     * partial sums, rows and channels.
     *
     * @param sums for each channel
     */
    Parts columns(String title, String kernel, Extent extent, int sums, Arguments arguments, Region... others) {
        Grid grid = columnGrid(extent);
        Region partial = allocate((long) grid.y() * sums * extent.channels() * Float.BYTES);
        Arguments all = arguments.region(partial).ints(extent.rows(), extent.channels());
        Region[] used = Arrays.copyOf(others, others.length + 1);
        used[others.length] = partial;
        add(launch(title, kernel, width(extent), grid, all), used(extent, used));
        return new Parts(partial, grid.y());
    }

    /** Adds a kernel that could add up rows, and does not. */
    void rowsOnly(String title, String kernel, Extent extent, Arguments arguments, Region... others) {
        Arguments all = arguments.none().ints(extent.rows(), extent.channels());
        add(launch(title, kernel, width(extent), columnGrid(extent), all), used(extent, others));
    }

    private Grid columnGrid(Extent extent) {
        int groups = extent.channels() / width(extent);
        int wide = Math.min(WARP, Integer.highestOneBit(Math.max(1, 2 * groups - 1)));
        int high = BLOCK / wide;
        int tiles = (groups + wide - 1) / wide;
        int wanted = Math.max(1, BLOCKS_A_MULTIPROCESSOR * device.multiprocessors() / tiles);
        int most = Math.max(1, extent.rows() / (high * ROWS_A_THREAD));
        return new Grid(tiles, Math.min(wanted, most), 1, wide, high);
    }

    /** Adds up the parts of each channel's sum. */
    Region totals(String title, Parts parts, int channels) {
        Region sum = allocate((long) channels * Float.BYTES);
        finishColumns(
                title,
                "column_finish",
                channels,
                new Arguments().region(parts.sums()).region(sum).ints(parts.count(), channels),
                parts.sums(),
                sum);
        return sum;
    }

    /** Partial sums of columns. */
    record Parts(Region sums, int count) {}

    /** Adds a kernel with 32 columns and 32 threads above each other in a block. */
    void finishColumns(String title, String kernel, int channels, Arguments arguments, Region... used) {
        add(launch(title, kernel, 1, new Grid((channels + WARP - 1) / WARP, 1, 1, WARP, FINISH_ROWS), arguments), used);
    }

    /** Adds a kernel on single values. */
    void single(String title, String kernel, Grid grid, Arguments arguments, Region... used) {
        add(launch(title, kernel, 1, grid, arguments), used);
    }

    private Launch launch(String title, String kernel, int width, Grid grid, Arguments arguments) {
        return new Launch(title, kernels.function(kernel, width), device.stream(), grid, arguments);
    }

    private int width(Extent extent) {
        int vector = kernels.vector();
        boolean fits = extent.channels() % vector == 0
                && extent.tensors().stream()
                        .allMatch(tensor -> tensor.pitch() % vector == 0 && tensor.offset() % ACCESS_BYTES == 0);
        return fits ? vector : 1;
    }

    private static Region[] used(Extent extent, Region... others) {
        List<Region> all = new ArrayList<>(Arrays.asList(others));
        extent.tensors().forEach(tensor -> all.add(tensor.region()));
        return all.toArray(Region[]::new);
    }

    /** Returns the finished program. */
    Program build() {
        return new Program(
                device, steps, regions.stream().filter(Region::isUsed).toList());
    }
}
