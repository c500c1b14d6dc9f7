package dev.convoke.engine.cuda;

import static org.bytedeco.cuda.global.cudart.cuLaunchKernel;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.jspecify.annotations.Nullable;

/** One launch of one of our kernels. */
final class Launch implements Step {

    private static final int THREADS = 256;

    private final String title;
    private final CUfunc_st function;
    private final CUstream_st stream;
    private final Grid grid;
    private final List<Pointer> values;
    private final List<LongSupplier> addresses;
    private final PointerPointer<Pointer> parameters;

    Launch(String title, CUfunc_st function, CUstream_st stream, Grid grid, Arguments arguments) {
        this.title = title;
        this.function = function;
        this.stream = stream;
        this.grid = grid;
        this.values = arguments.values;
        this.addresses = arguments.addresses;
        this.parameters = new PointerPointer<>(values.toArray(Pointer[]::new));
    }

    /**
     * How many blocks of how many threads.
     *
     * @param x blocks side by side
     * @param y blocks above each other
     * @param z blocks behind each other
     * @param threadsX threads of a block side by side
     * @param threadsY threads of a block above each other
     */
    record Grid(int x, int y, int z, int threadsX, int threadsY) {

        /** Returns one thread for each of so many things. */
        static Grid of(long count) {
            return new Grid(Math.toIntExact(Math.max(1, (count + THREADS - 1) / THREADS)), 1, 1, THREADS, 1);
        }
    }

    /** The arguments of a kernel, in their order. */
    static final class Arguments {

        private final List<Pointer> values = new ArrayList<>();
        private final List<LongSupplier> addresses = new ArrayList<>();

        /** An address that is known when the program has its memory. */
        Arguments at(LongSupplier address) {
            addresses.add(address);
            values.add(new LongPointer(1));
            return this;
        }

        Arguments none() {
            return at(() -> 0);
        }

        /** An array in the format of activations, with its pitch. */
        Arguments tensor(Tensor tensor) {
            return at(tensor::address).ints(tensor.pitch());
        }

        /** An array, or none. */
        Arguments maybe(@Nullable Tensor tensor) {
            return tensor == null ? none().ints(0) : tensor(tensor);
        }

        /** Memory of any kind, or none. */
        Arguments maybeRegion(@Nullable Region region) {
            return region == null ? none() : region(region);
        }

        /** Memory of any kind. */
        Arguments region(Region region) {
            return at(region::address);
        }

        Arguments ints(int... numbers) {
            for (int number : numbers) {
                addresses.add(() -> -1);
                values.add(new IntPointer(new int[] {number}));
            }
            return this;
        }

        Arguments floats(double number) {
            addresses.add(() -> -1);
            values.add(new FloatPointer(new float[] {(float) number}));
            return this;
        }

        /** A structure of integers, passed by value. */
        Arguments structure(int... numbers) {
            addresses.add(() -> -1);
            values.add(new IntPointer(numbers));
            return this;
        }
    }

    @Override
    public String title() {
        return title;
    }

    @Override
    public void bind() {
        for (int i = 0; i < values.size(); i++) {
            if (values.get(i) instanceof LongPointer address) {
                address.put(addresses.get(i).getAsLong());
            }
        }
    }

    @Override
    public void run() {
        Checks.driver(
                cuLaunchKernel(
                        function,
                        grid.x(),
                        grid.y(),
                        grid.z(),
                        grid.threadsX(),
                        grid.threadsY(),
                        1,
                        0,
                        stream,
                        parameters,
                        (PointerPointer<Pointer>) null),
                title);
    }

    @Override
    public void close() {
        parameters.close();
        values.forEach(Pointer::close);
    }
}
