package dev.convoke.checkpoint;

import dev.convoke.Signals;
import dev.convoke.checkpoint.RunOwnership.Takeover;
import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.StorageException;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A process that does nothing but save checkpoints, to be killed. It says {@code recovered N} once and {@code committed
 * N} after each commit; it ends with exit code 6 when the run is not or no longer its own, 1 on anything wrong.
 */
final class SavingProcess {

    private static final int VALUES = 40_000;

    private SavingProcess() {}

    /** Takes the run directory and from whom: {@code anyone} or {@code the dead}; runs until killed. */
    public static void main(String[] arguments) {
        try {
            save(new Location(arguments[0]), Takeover.asked(arguments[1].equals("anyone")));
        } catch (RunOwnedException e) {
            say("refused: " + e.getMessage());
            System.exit(6);
        } catch (Throwable e) {
            e.printStackTrace();
            System.exit(1);
        }
    }

    private static void save(Location run, Takeover takeover) {
        LocalFileStore store = new LocalFileStore();
        RunOwnership ownership = RunOwnership.acquire(store, run, takeover);
        BackgroundDeletion deletion = new BackgroundDeletion(store);
        CheckpointStore checkpoints = new CheckpointStore(store, run, ownership, Retention.DEFAULT, deletion::delete);
        Recovery recovery = checkpoints.recover();
        if (recovery.everythingIsLost()) {
            throw new IllegalStateException(recovery.reasons());
        }
        int round = recovery.newest()
                .map(checkpoint -> checkedRound(store, checkpoint))
                .orElse(0);
        say("recovered " + round);
        for (round++; ; round++) {
            Location temporary = checkpoints.begin(round);
            try {
                checkpoints.commit(temporary, CheckpointFixture.header(round), write(store, temporary, state(round)));
            } catch (StorageException | DamagedCheckpointException e) {
                checkpoints.abandon(temporary);
                throw e;
            }
            say("committed " + round);
        }
    }

    private static List<SliceEntry> write(LocalFileStore store, Location folder, float[] state) {
        List<SliceEntry> slices = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            slices.add(SliceFiles.write(
                    store, folder, i, i * VALUES / 2, FloatBuffer.wrap(state, i * VALUES / 2, VALUES / 2)));
        }
        return slices;
    }

    /** Returns the round of a checkpoint whose every value is as it should be. */
    static int checkedRound(LocalFileStore store, Checkpoint checkpoint) {
        int round = checkpoint.header().roundsDone();
        if (!Arrays.equals(CheckpointFixture.read(store, checkpoint), state(round))) {
            throw new IllegalStateException(checkpoint.folder() + " holds another state than that of round " + round);
        }
        return round;
    }

    private static float[] state(int round) {
        Random random = new Random(round);
        float[] state = new float[VALUES];
        for (int i = 0; i < VALUES; i++) {
            state[i] = random.nextFloat();
        }
        return state;
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    /** Such a process, as its parent sees it. */
    static final class Child {

        private final Process process;
        private final BufferedReader output;
        private int recovered = -1;
        private int committed = -1;
        private String lastLine = "";

        Child(Location run, Takeover takeover) throws IOException {
            process = new ProcessBuilder(
                            System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                            "-Xmx128m",
                            "-XX:+UseSerialGC",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            SavingProcess.class.getName(),
                            run.uri(),
                            takeover == Takeover.FROM_ANYONE ? "anyone" : "the dead")
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        }

        /** Returns the next line, or null when the process has ended. */
        @org.jspecify.annotations.Nullable
        String nextLine() throws IOException {
            String line = output.readLine();
            if (line != null) {
                lastLine = line;
                if (line.startsWith("recovered ")) {
                    recovered = Integer.parseInt(line.substring("recovered ".length()));
                } else if (line.startsWith("committed ")) {
                    committed = Integer.parseInt(line.substring("committed ".length()));
                }
            }
            return line;
        }

        /** Waits until it has said where it starts and that it has committed so many more rounds. */
        void awaitCommits(int rounds) throws IOException {
            while (recovered < 0 || (rounds > 0 && committed < recovered + rounds)) {
                if (nextLine() == null) {
                    throw new IllegalStateException("It has ended, having said '" + lastLine + "'");
                }
            }
        }

        void signal(String signal) {
            Signals.send(process.pid(), signal);
        }

        /** Reads what it still says and returns its exit code. */
        int awaitEnd() throws IOException, InterruptedException {
            while (nextLine() != null) {
                // The fields keep what matters.
                Thread.onSpinWait();
            }
            return process.waitFor();
        }

        int recovered() {
            return recovered;
        }

        /** Returns the last round it said it had committed, or recovered. */
        int acknowledged() {
            return Math.max(committed, recovered);
        }

        String lastLine() {
            return lastLine;
        }
    }
}
