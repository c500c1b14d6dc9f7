package dev.convoke;

import java.io.IOException;

/** Signals to processes, for tests that stop, hold up and kill them. */
public final class Signals {

    private Signals() {}

    /**
     * Sends a signal and returns once it is sent.
     *
     * @param name such as {@code STOP}
     */
    public static void send(long pid, String name) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor();
        } catch (IOException e) {
            throw new IllegalStateException("Cannot send SIG" + name, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while SIG" + name + " was sent", e);
        }
    }
}
