package dev.convoke.engine.cuda;

import dev.convoke.engine.cuda.Launch.Arguments;
import dev.convoke.engine.cuda.ProgramBuilder.Extent;
import dev.convoke.engine.cuda.Saved.Largest;
import dev.convoke.engine.plan.Axis;
import dev.convoke.engine.plan.Node;
import dev.convoke.engine.plan.Operation.BatchNorm;
import dev.convoke.engine.plan.Operation.GlobalPool;
import dev.convoke.engine.plan.Operation.Pool;
import dev.convoke.engine.plan.Window;
import dev.convoke.models.ImageShape;

/** Emits pools, forward and backward. */
final class PoolEmitter {

    private final Compilation compilation;
    private final ProgramBuilder builder;

    PoolEmitter(Compilation compilation) {
        this.compilation = compilation;
        this.builder = compilation.builder();
    }

    /** Returns a pool's numbers as the kernels' structure has them. */
    static int[] numbers(Compilation compilation, Node node) {
        ImageShape read = compilation.input(node, 0).shape();
        Window window = window(compilation, node);
        return new int[] {
            read.height(),
            read.width(),
            node.shape().height(),
            node.shape().width(),
            window.rows().kernel(),
            window.columns().kernel(),
            window.rows().stride(),
            window.columns().stride(),
            window.rows().before(read.height()),
            window.columns().before(read.width())
        };
    }

    /** Returns the window of a pool, of which a global one covers the whole image. */
    private static Window window(Compilation compilation, Node node) {
        return node.operation() instanceof Pool pool
                ? pool.window()
                : Window.covering(compilation.input(node, 0).shape());
    }

    private static boolean isOfLargest(Node node) {
        return node.operation() instanceof Pool pool ? pool.largest() : ((GlobalPool) node.operation()).largest();
    }

    /** Emits a pool of what stands there. */
    Saved forward(Node node, Tensor source, Tensor result) {
        Largest kept = compilation.training() && isOfLargest(node) ? new Largest(places(result), null) : null;
        Region places = kept == null ? null : kept.places();
        Arguments arguments = new Arguments()
                .tensor(source)
                .tensor(result)
                .maybeRegion(places)
                .structure(numbers(compilation, node))
                .ints(isOfLargest(node) ? 1 : 0);
        Region[] others = places == null ? new Region[0] : new Region[] {places};
        builder.rowwise(node.layer(), "pool", result, Extent.of(result, source, result), arguments, others);
        return new Saved(source, result, null, null, kept, -1);
    }

    /** Emits a pool of the largest that computes the normalisation before it on reading. */
    Saved forward(Node node, Tensor source, Tensor result, Node norm, Region statistics) {
        Tensor chosen = compilation.training() ? builder.images(compilation.batch(), node.shape()) : null;
        Largest kept = compilation.training() ? new Largest(places(result), chosen) : null;
        Region places = kept == null ? null : kept.places();
        boolean relu = norm.operation() instanceof BatchNorm own && own.relu();
        Arguments arguments = new Arguments()
                .tensor(source)
                .tensor(result)
                .maybeRegion(places)
                .at(() -> chosen == null ? 0 : chosen.address())
                .region(statistics)
                .structure(numbers(compilation, node))
                .ints(relu ? 1 : 0);
        Region[] others = places == null ? new Region[] {statistics} : new Region[] {statistics, places};
        Extent extent = Extent.of(result, source, result, chosen);
        builder.rowwise(node.layer(), "norm_pool", result, extent, arguments, others);
        return new Saved(source, result, null, null, kept, norm.id());
    }

    private Region places(Tensor result) {
        return builder.allocate((long) result.rows() * result.channels() * Short.BYTES);
    }

    /** Emits the gradient of what a pool read, and returns it. */
    Tensor backward(Node node, Saved left, Tensor gradient) {
        boolean mask = node.operation() instanceof Pool pool && pool.maskGradient();
        Tensor result = mask ? left.result() : null;
        Tensor passed = builder.images(compilation.batch(), left.source().shape());
        Region places = left.largest() == null ? null : left.largest().places();
        Arguments arguments = new Arguments()
                .tensor(gradient)
                .maybe(result)
                .maybeRegion(places)
                .tensor(passed)
                .structure(numbers(compilation, node));
        Extent extent = Extent.of(passed, gradient, result, passed);
        Region[] others = places == null ? new Region[0] : new Region[] {places};
        String title = node.layer() + " gradient";
        int stride = strideOfThree(node);
        if (stride == 0) {
            arguments.ints(isOfLargest(node) ? 1 : 0);
            builder.rowwise(title, "pool_back", passed, extent, arguments, others);
        } else {
            Tensor cells = cells(node, passed);
            arguments.ints(cells.shape().width());
            String kernel = stride == 2 ? "pool_back_cells" : "pool_back_dense";
            builder.rowwise(title, kernel, cells, extent, arguments, others);
        }
        return passed;
    }

    /** Returns the stride, 1 or 2, of a pool of the largest of 3 x 3 values, or 0 for any other. */
    private int strideOfThree(Node node) {
        Axis rows = window(compilation, node).rows();
        Axis columns = window(compilation, node).columns();
        boolean isSquare = rows.kernel() == 3 && columns.kernel() == 3 && rows.stride() == columns.stride();
        return isOfLargest(node) && isSquare && rows.stride() <= 2 ? rows.stride() : 0;
    }

    /** Returns the cells of 2 x 2 pixels of what a pool read; with stride 2 they begin in the padding. */
    private Tensor cells(Node node, Tensor read) {
        Window window = window(compilation, node);
        ImageShape pixels = read.shape();
        int top = window.rows().stride() == 2 ? window.rows().before(pixels.height()) : 0;
        int left = window.columns().stride() == 2 ? window.columns().before(pixels.width()) : 0;
        ImageShape cells =
                new ImageShape(read.channels(), (pixels.height() + top + 1) / 2, (pixels.width() + left + 1) / 2);
        return new Tensor(read.region(), read.offset(), read.batch(), cells, read.pitch());
    }
}
