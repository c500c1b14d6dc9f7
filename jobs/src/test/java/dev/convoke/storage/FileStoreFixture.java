package dev.convoke.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;

/** A store under test and a folder of its own in it. */
abstract class FileStoreFixture {

    final Location folder = root().child("contract-" + UUID.randomUUID());

    abstract FileStore store();

    abstract Location root();

    /** Names that must survive; HDFS allows no colon. */
    List<String> oddNames() {
        return List.of(
                "a b", "100%", "%20", "a#b?c", "ä-日本-😀", "[x]{y}*", "a\\b", "+&=;,'\"", ".hidden", "n".repeat(200));
    }

    Location folder() {
        return folder;
    }

    @AfterEach
    void deleteFolder() {
        store().delete(folder);
    }

    /** Lets threads start together; returns how many found the name free. */
    static int race(int threads, Consumer<Integer> runner) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        CountDownLatch start = new CountDownLatch(1);
        List<Future<Boolean>> results = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            int number = i;
            results.add(executor.submit(() -> {
                start.await();
                try {
                    runner.accept(number);
                    return true;
                } catch (AlreadyExistsException e) {
                    return false;
                }
            }));
        }
        start.countDown();
        int winners = 0;
        for (Future<Boolean> result : results) {
            winners += result.get() ? 1 : 0;
        }
        executor.shutdown();
        return winners;
    }

    void write(String name, String content) {
        write(name, content.getBytes(UTF_8));
    }

    void write(String name, byte[] content) {
        try (DurableOutput output = store().create(folder.child(name))) {
            output.write(content);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    String read(String name) {
        return new String(store().read(folder.child(name), 1 << 20), UTF_8);
    }

    List<String> names() {
        return store().list(folder).stream()
                .map(entry -> entry.location().name())
                .toList();
    }
}
