package dev.convoke.bench.seeing;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Asks a driver for its figures as often as the shipped Prometheus settings do. What the driver spends on an answer is
 * on no account of its own; Linux knows the processor time of the threads that serve Spark's page.
 */
final class Scraper implements AutoCloseable {

    private static final int PERIOD_SECONDS = 15;
    private static final int PATIENCE_MILLIS = 2_000;

    private final int port;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final ScheduledFuture<?> asking;
    private long processorMillis;
    private int scrapes;
    private volatile long driver;
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

    /** Tells the process that is asked. */
    void driver(long pid) {
        driver = pid;
    }

    /** Returns the processor time that the driver's page had taken when it last answered, in steps of 10 ms. */
    synchronized long processorMillis() {
        return processorMillis;
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
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) URI.create("http://127.0.0.1:" + port + "/metrics/prometheus/")
                            .toURL()
                            .openConnection();
            connection.setConnectTimeout(PATIENCE_MILLIS);
            connection.setReadTimeout(PATIENCE_MILLIS);
            connection.getInputStream().readAllBytes();
            answered(ofPage(driver));
        } catch (IOException notYet) {
            failed = notYet.toString();
        }
    }

    private synchronized void answered(long millis) {
        processorMillis = millis;
        scrapes++;
    }

    /** Reads what proc(5) says in {@code /proc/PID/task/TID/stat}: user and system time in ticks of 10 ms. */
    private static long ofPage(long pid) throws IOException {
        long ticks = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/" + pid + "/task"))) {
            for (Path thread : threads) {
                String stat = Files.readString(thread.resolve("stat"));
                int named = stat.lastIndexOf(')');
                if (stat.substring(0, named).contains("(SparkUI")) {
                    String[] fields = stat.substring(named + 2).split(" ", -1);
                    ticks += Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
                }
            }
        }
        return ticks * 10;
    }

    @Override
    public void close() {
        asking.cancel(true);
        thread.shutdownNow();
    }
}
