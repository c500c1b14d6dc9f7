package dev.convoke.engine;

import java.io.Serializable;

/**
 * One GPU of this machine.
 *
 * @param index the number its driver gives it
 */
public record Gpu(int index) implements Serializable {

    /** Refuses a negative number. */
    public Gpu {
        if (index < 0) {
            throw new IllegalArgumentException("A GPU's number is at least 0, not " + index);
        }
    }

    /**
     * Returns the GPU that a cluster manager calls by this address.
     *
     * @throws EngineUnavailableException if the address is no number
     */
    public static Gpu of(String address) {
        try {
            return new Gpu(Integer.parseInt(address.strip()));
        } catch (IllegalArgumentException notANumber) {
            throw new EngineUnavailableException("The GPU '" + address + "' was granted, and its address is no number:"
                    + " the discovery script must print the numbers that nvidia-smi shows; see conf/discover-gpus.sh");
        }
    }
}
