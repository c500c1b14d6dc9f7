package dev.convoke.bench.seeing;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Asks a driver for its figures as often as the shipped Prometheus settings do. What the driver spends on an answer is
 * on no account of its own, so how long the answer takes counts in its place: more than it can have spent.
 */
final class Scraper implements AutoCloseable {

    private static final int PERIOD_SECONDS = 5;
    private static final int PATIENCE_MILLIS = 2_000;

    private final int port;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final ScheduledFuture<?> asking;
    private double millis;
    private int scrapes;
    private volatile String failed = "nothing was asked yet";

    /** Starts to ask. */
    Scraper() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        asking = thread.scheduleAtFixedRate(this::scrape, PERIOD_SECONDS, PERIOD_SECONDS, TimeUnit.SECONDS);
    }

    /** Returns the port where the driver has to listen. */
    int port() {
        return port;
    }

    /** Returns how long all answers took. */
    synchronized double millis() {
        return millis;
    }

    /** Returns how many answers came. */
    synchronized int scrapes() {
        return scrapes;
    }

    /** Returns what came instead of the last answer that did not: before and after a driver there is nobody. */
    String failure() {
        return failed;
    }

    private void scrape() {
        long started = System.nanoTime();
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) URI.create("http://127.0.0.1:" + port + "/metrics/prometheus/")
                            .toURL()
                            .openConnection();
            connection.setConnectTimeout(PATIENCE_MILLIS);
            connection.setReadTimeout(PATIENCE_MILLIS);
            connection.getInputStream().readAllBytes();
            answered((System.nanoTime() - started) / 1e6);
        } catch (IOException notYet) {
            failed = notYet.toString();
        }
    }

    private synchronized void answered(double took) {
        millis += took;
        scrapes++;
    }

    @Override
    public void close() {
        asking.cancel(true);
        thread.shutdownNow();
    }
}
