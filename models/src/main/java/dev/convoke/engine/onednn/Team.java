package dev.convoke.engine.onednn;

import dev.convoke.engine.dl4j.NativeRuntime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A fixed number of threads, the caller among them, that do the parts of one job together. Allocates nothing per job.
 */
final class Team implements AutoCloseable {

    private final List<Thread> helpers = new ArrayList<>();
    private final AtomicInteger working = new AtomicInteger();
    private final AtomicInteger round = new AtomicInteger();
    private volatile Job job = part -> {};
    private volatile @Nullable Thread caller;
    private volatile @Nullable Throwable failure;
    private volatile boolean isClosed;

    /** One part of a job, told by its number. */
    @FunctionalInterface
    interface Job {
        void run(int part);
    }

    Team(int size) {
        for (int part = 1; part < size; part++) {
            int own = part;
            Thread thread = new Thread(() -> serve(own), "onednn-team-" + own);
            thread.setDaemon(true);
            helpers.add(thread);
            thread.start();
        }
    }

    int size() {
        return helpers.size() + 1;
    }

    /** Runs the job once for each part, 0 to {@code size - 1}, and returns when all are done. */
    void run(Job parts) {
        if (!helpers.isEmpty()) {
            job = parts;
            caller = Thread.currentThread();
            working.set(helpers.size());
            round.incrementAndGet();
            for (int i = 0; i < helpers.size(); i++) {
                LockSupport.unpark(helpers.get(i));
            }
        }
        parts.run(0);
        while (working.get() > 0) {
            LockSupport.park(this);
        }
        Throwable failed = failure;
        if (failed != null) {
            throw new IllegalStateException("Part of a job failed on another thread", failed);
        }
    }

    /** Does something with the caller's native code on one thread. */
    void onOneThread(Runnable work) {
        NativeRuntime.useOpenMpThreads(1);
        try {
            work.run();
        } finally {
            NativeRuntime.useOpenMpThreads(size());
        }
    }

    /** Runs the job as {@link #run} does, with native code on one thread in each part. */
    void runOnOneThreadEach(Job parts) {
        NativeRuntime.useOpenMpThreads(1);
        try {
            run(parts);
        } finally {
            NativeRuntime.useOpenMpThreads(size());
        }
    }

    private void serve(int part) {
        NativeRuntime.useOpenMpThreads(1);
        int done = 0;
        while (!isClosed) {
            if (round.get() == done) {
                LockSupport.park(this);
                continue;
            }
            done = round.get();
            try {
                job.run(part);
            } catch (RuntimeException | Error e) {
                failure = e;
            } finally {
                working.decrementAndGet();
                LockSupport.unpark(caller);
            }
        }
    }

    @Override
    public void close() {
        isClosed = true;
        helpers.forEach(LockSupport::unpark);
    }
}
