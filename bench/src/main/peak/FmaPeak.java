import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Measures how many float32 operations a second the CPU's fused multiply-add units do at best: independent chains in
 * registers, no memory. Run as a source file, because the compiler's warning about the incubating module cannot be
 * silenced in a build: {@code java --add-modules jdk.incubator.vector FmaPeak.java THREADS}.
 *
 * <p>A peer like the others: it answers each line on its standard input with the nanoseconds that a billion operations
 * took over all threads, and 0 for its memory.
 */
public final class FmaPeak {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int CHAINS = 10;
    private static final int STEPS = 10_000_000;
    private static final int RUNS = 4;

    private static volatile float kept;

    private FmaPeak() {}

    /** Serves measurements with the given number of threads. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        int threads = Integer.parseInt(arguments[0]);
        System.out.println("ready");
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        while (requests.readLine() != null) {
            System.out.println(Math.round(1e9 / best(threads)) + " 0");
        }
    }

    /** Returns the best of some measurements, in GFLOP/s. */
    private static double best(int threads) throws InterruptedException {
        double best = 0;
        for (int run = 0; run < RUNS; run++) {
            Thread[] team = new Thread[threads];
            long before = System.nanoTime();
            for (int i = 0; i < threads; i++) {
                team[i] = new Thread(() -> kept = chains(STEPS));
                team[i].start();
            }
            for (Thread thread : team) {
                thread.join();
            }
            double seconds = (System.nanoTime() - before) / 1e9;
            best = Math.max(best, 2.0 * threads * STEPS * CHAINS * SPECIES.length() / seconds / 1e9);
        }
        return best;
    }

    private static float chains(int steps) {
        FloatVector m = FloatVector.broadcast(SPECIES, 0.5f);
        FloatVector a = FloatVector.broadcast(SPECIES, 1f);
        FloatVector v0 = a, v1 = a, v2 = a, v3 = a, v4 = a, v5 = a, v6 = a, v7 = a, v8 = a, v9 = a;
        for (int i = 0; i < steps; i++) {
            v0 = v0.fma(m, a);
            v1 = v1.fma(m, a);
            v2 = v2.fma(m, a);
            v3 = v3.fma(m, a);
            v4 = v4.fma(m, a);
            v5 = v5.fma(m, a);
            v6 = v6.fma(m, a);
            v7 = v7.fma(m, a);
            v8 = v8.fma(m, a);
            v9 = v9.fma(m, a);
        }
        FloatVector sum = v0.add(v1).add(v2).add(v3).add(v4).add(v5).add(v6).add(v7).add(v8).add(v9);
        return sum.lane(0);
    }
}
