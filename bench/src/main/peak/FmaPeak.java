import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Measures how many float32 operations a second the CPU's fused multiply-add units do at best: independent chains in
 * registers, no memory. Run as a source file, because the compiler's warning about the incubating module cannot be
 * silenced in a build: {@code java --add-modules jdk.incubator.vector FmaPeak.java THREADS}.
 */
public final class FmaPeak {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int CHAINS = 10;
    private static final int STEPS = 10_000_000;

    private static volatile float kept;

    private FmaPeak() {}

    /** Prints the best of some measurements, in GFLOP/s over all threads. */
    public static void main(String[] arguments) throws InterruptedException {
        int threads = Integer.parseInt(arguments[0]);
        double best = 0;
        for (int run = 0; run < 12; run++) {
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
        System.out.println(best);
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
