package dev.convoke.storage;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;

/** Tries out at the start what a run will need hours later: to write, read back, rename and delete in a folder. */
public final class WriteProbe {

    private WriteProbe() {}

    /**
     * Does nothing if the folder can be used; leaves nothing in it.
     *
     * @param folder created if it is missing
     * @throws StorageException naming what cannot be done there
     */
    public static void check(FileStore store, Location folder) {
        byte[] content = "convoke writes, reads, renames and deletes this".getBytes(StandardCharsets.UTF_8);
        String name = ".tmp-0-probe-" + UUID.randomUUID();
        Location first = folder.child(name);
        Location second = folder.child(name + "-renamed");
        store.makeFolder(folder);
        try {
            store.replace(first, content);
            store.rename(first, second);
            if (!Arrays.equals(store.read(second, 1024), content)) {
                throw new StorageException(
                        "Cannot use " + folder + ": a small file reads back differently; the storage damages files, "
                                + "check it",
                        null);
            }
        } finally {
            store.delete(first);
            store.delete(second);
        }
    }
}
