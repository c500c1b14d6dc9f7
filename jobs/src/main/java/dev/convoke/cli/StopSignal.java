package dev.convoke.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns SIGTERM into a request that is seen at the end of a round or a step. Without this, the JVM's shutdown would
 * stop Spark under the work's feet. Later signals change nothing. Work that takes too long is given up, and a process
 * that does not end even then is ended: schedulers kill after 30 seconds.
 */
final class StopSignal implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(StopSignal.class);

    private static final long AGAIN_SECONDS = 1;

    private final AtomicBoolean requested = new AtomicBoolean();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(runnable -> {
        Thread thread = new Thread(runnable, "stop-limit");
        thread.setDaemon(true);
        return thread;
    });
    private final Limit round;
    private final Limit process;
    private Runnable unlisten = () -> {};

    /**
     * What happens some time after the request.
     *
     * @param seconds after the request
     * @param action what is done then
     */
    record Limit(long seconds, Runnable action) {}

    /**
     * Prepares to be asked.
     *
     * @param round gives up what is being done; done again each second, as the next job may have begun meanwhile
     * @param process ends the process by force
     */
    StopSignal(Limit round, Limit process) {
        this.round = round;
        this.process = process;
    }

    /** Starts to listen to SIGTERM. The JDK's signal class has no public name, so it is called by reflection. */
    StopSignal listen() {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            InvocationHandler onSignal = (proxy, method, arguments) -> {
                if (method.getName().equals("handle")) {
                    request();
                }
                return null;
            };
            Object proxy = Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, onSignal);
            Object term = signal.getConstructor(String.class).newInstance("TERM");
            Method handle = signal.getMethod("handle", signal, handler);
            Object before = handle.invoke(null, term, proxy);
            unlisten = () -> giveBack(handle, term, before);
        } catch (ReflectiveOperationException unavailable) {
            LOG.warn(
                    "SIGTERM cannot be caught on this JVM: it will end the run at once, and resuming redoes a round",
                    unavailable);
        }
        return this;
    }

    /** A process that does nothing any more ends at a signal, as any other. */
    private static void giveBack(Method handle, Object signal, Object handler) {
        try {
            handle.invoke(null, signal, handler);
        } catch (ReflectiveOperationException unavailable) {
            LOG.warn("SIGTERM stays caught: this process may have to be killed", unavailable);
        }
    }

    /** Asks for a stop after the round or the step. */
    void request() {
        if (requested.compareAndSet(false, true)) {
            LOG.info("Asked to stop: finishing the round or the step, then saving");
            try {
                Future<?> first =
                        timer.scheduleWithFixedDelay(round.action, round.seconds, AGAIN_SECONDS, TimeUnit.SECONDS);
                Future<?> second = timer.schedule(process.action, process.seconds, TimeUnit.SECONDS);
                LOG.debug("Limits are set: {} {}", first, second);
            } catch (RejectedExecutionException alreadyEnding) {
                LOG.debug("Asked to stop while ending anyway", alreadyEnding);
            }
        }
    }

    /** Returns whether somebody asked. */
    boolean isRequested() {
        return requested.get();
    }

    @Override
    public void close() {
        unlisten.run();
        timer.shutdownNow();
    }
}
