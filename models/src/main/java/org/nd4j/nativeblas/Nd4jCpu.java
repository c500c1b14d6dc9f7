package org.nd4j.nativeblas;

/**
 * Lets DL4J find out that its native library has oneDNN. DL4J 1.0.0-M2.1 asks a class of this name by reflection, which
 * has since moved elsewhere; not finding it, it computes every convolution without oneDNN, at a third of the speed.
 */
public final class Nd4jCpu {

    private Nd4jCpu() {}

    /** What DL4J asks: whether the native library computes with oneDNN. */
    public static final class Environment {

        private static final Environment INSTANCE = new Environment();

        private Environment() {}

        /** Returns the one instance; DL4J calls this by name. */
        public static Environment getInstance() {
            return INSTANCE;
        }

        /** Returns what the loaded native library says of itself; DL4J calls this by name. */
        public boolean isUseMKLDNN() {
            return org.nd4j.linalg.cpu.nativecpu.bindings.Nd4jCpu.Environment.getInstance()
                    .isUseONEDNN();
        }
    }
}
