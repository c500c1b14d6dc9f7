package dev.convoke.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_ABcd16a16b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;

import dev.convoke.engine.plan.Node;
import dev.convoke.engine.plan.Operation.Convolution;
import dev.convoke.engine.plan.Window;
import dev.convoke.models.ImageShape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Emits convolutions, and their gradients, that are computed by tiles. */
final class WinogradEmitter {

    /** Tiles that are transformed at a time: their arrays, and their points, fit the second-level cache. */
    private static final int TILES = 64;

    /** Tiles of a product over tiles, at the least: adding it to the sum costs as much as a few of them. */
    private static final int SUMMED_TILES = 224;

    private final Compilation compilation;
    private final ProgramBuilder builder;
    private final Team team;
    private final List<TileScratch> scratch;
    private final List<KernelScratch> kernelScratch;

    WinogradEmitter(Compilation compilation, Team team) {
        this.compilation = compilation;
        this.builder = compilation.builder();
        this.team = team;
        this.scratch = Stream.generate(TileScratch::new).limit(team.size()).toList();
        this.kernelScratch =
                Stream.generate(KernelScratch::new).limit(team.size()).toList();
    }

    /** Emits the forward pass. */
    void forward(Node node, Convolution convolution, Tensor source, @Nullable Tensor bias, Tensor result) {
        Tensor kernels = compilation.weights(node, compilation.weightArray(node).layout());
        BlockedImages results = new BlockedImages(result);
        TileGrid grid = TileGrid.of(results);
        TileReader reader = reader(node, convolution, source, grid);
        TileWriter writer = new TileWriter(results, grid, bias, convolution.relu());
        team.onOneThread(() -> emit(node, node.operation().title(), reader, writer, kernels));
    }

    /** Emits the data gradient: the convolution of the result's gradient with the kernels turned around. */
    void data(Node node, Convolution convolution, Tensor gradient, Tensor passed) {
        long[] dimensions = compilation.weightArray(node).layout().dimensions();
        Tensor kernels = compilation.weights(node, builder.natives().tagged(dnnl_ABcd16a16b, dnnl_f32, dimensions));
        BlockedImages results = new BlockedImages(passed);
        TileGrid grid = TileGrid.of(results);
        ImageShape input = compilation.input(node).shape();
        Window window = convolution.window();
        TileReader reader = TileReader.ofImages(
                new BlockedImages(gradient),
                grid,
                Winograd.KERNEL - 1 - window.rows().before(input.height()),
                Winograd.KERNEL - 1 - window.columns().before(input.width()));
        TileWriter writer = new TileWriter(results, grid, null, false);
        team.onOneThread(() -> emit(node, "data gradient", reader, writer, kernels));
    }

    private TileReader reader(Node node, Convolution convolution, Tensor source, TileGrid grid) {
        ImageShape input = compilation.input(node).shape();
        Window window = convolution.window();
        return TileReader.ofImages(
                new BlockedImages(source),
                grid,
                window.rows().before(input.height()),
                window.columns().before(input.width()));
    }

    private void emit(Node node, String operation, TileReader reader, TileWriter writer, Tensor kernels) {
        TileGrid grid = writer.grid();
        TileChunks chunks = TileChunks.of(grid, compilation.batch(), TILES, team.size());
        PointProducts products = new PointProducts(
                builder, reader.images().blocks(), writer.images().blocks(), chunks.tiles());
        Tensor points = builder.allocate(products.kernels());
        builder.add(new WinogradKernels(node.layer(), kernels, points, team, kernelScratch), List.of(kernels, points));
        Tensor written = writer.images().tensor();
        List<Tensor> used = new ArrayList<>(List.of(reader.images().tensor(), points, written));
        List<WinogradConvolution.Part> parts = new ArrayList<>();
        for (TileScratch own : scratch) {
            own.reserve(Math.max(reader.lineFloats(), writer.lineFloats()), reader.tileFloats(rows(grid)));
            Tensor from = allocate(products.source(), used);
            Tensor to = allocate(products.result(), used);
            Call call = products.multiply(from, points, to, used);
            parts.add(new WinogradConvolution.Part(call, from, to, own, new TileRows(grid.rows(), rows(grid))));
        }
        Step.Row row = row(node, operation, products, written.layout(), used);
        builder.add(new WinogradConvolution(row, reader, writer, chunks, team, parts), used);
    }

    /**
     * Emits the weight gradient.
     *
     * @param source the images as the forward pass read them
     * @param gradient of the result
     */
    void weights(Node node, Convolution convolution, Tensor source, Tensor gradient, WinogradGradient.Results results) {
        BlockedImages given = new BlockedImages(gradient);
        TileGrid grid = TileGrid.of(given);
        TileReader images = reader(node, convolution, source, grid);
        TileReader gradients = TileReader.ofGradients(given, grid);
        int tiles = Math.max(SUMMED_TILES, Math.max(images.images().blocks(), given.blocks()) * BlockedImages.LANES);
        TileChunks chunks = TileChunks.of(grid, compilation.batch(), tiles, team.size());
        team.onOneThread(() -> emit(node, images, gradients, chunks, results));
    }

    private void emit(
            Node node, TileReader images, TileReader gradients, TileChunks chunks, WinogradGradient.Results results) {
        BlockedImages given = gradients.images();
        TileGrid grid = gradients.grid();
        PointProducts products = new PointProducts(builder, images.images().blocks(), given.blocks(), chunks.tiles());
        Description overTiles = products.overTiles();
        List<Tensor> used = new ArrayList<>(List.of(images.images().tensor(), given.tensor(), results.weights()));
        if (results.bias() != null) {
            used.add(results.bias());
        }
        List<WinogradGradient.Part> parts = new ArrayList<>();
        for (int i = 0; i < team.size(); i++) {
            TileScratch own = scratch.get(i);
            own.reserve(Math.max(images.lineFloats(), gradients.lineFloats()), images.tileFloats(rows(grid)));
            Tensor from = allocate(products.source(), used);
            Tensor to = allocate(products.result(), used);
            Tensor sum = allocate(products.sums(overTiles), used);
            Tensor next = chunks.count() > team.size() ? allocate(sum.layout(), used) : sum;
            WinogradGradient.Products calls = new WinogradGradient.Products(
                    from,
                    to,
                    sum,
                    products.multiplyOverTiles(overTiles, from, to, sum, used),
                    products.multiplyOverTiles(overTiles, from, to, next, used),
                    products.add(sum, next, used));
            TileRows rows = new TileRows(grid.rows(), rows(grid));
            parts.add(new WinogradGradient.Part(
                    calls, own, kernelScratch.get(i), rows, given.blocks() * BlockedImages.LANES));
        }
        Step.Row row = row(node, "weight gradient", products, results.weights().layout(), used);
        WinogradGradient.Reading reading = new WinogradGradient.Reading(images, gradients, chunks);
        builder.add(new WinogradGradient(row, reading, results, parts, team), used);
    }

    private static int rows(TileGrid grid) {
        return Math.max(1, TILES / grid.columns());
    }

    private Tensor allocate(Layout layout, List<Tensor> used) {
        Tensor tensor = builder.allocate(layout);
        used.add(tensor);
        return tensor;
    }

    private Step.Row row(Node node, String operation, PointProducts products, Layout written, List<Tensor> used) {
        long bytes = used.stream().mapToLong(tensor -> tensor.layout().bytes()).sum();
        return new Step.Row(
                node.layer(), operation, products.implementation(), written, bytes, compilation.flops(node));
    }
}
