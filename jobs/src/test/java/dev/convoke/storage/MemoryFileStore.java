package dev.convoke.storage;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A strict file store in memory, for {@code memory:} locations. It counts every operation that changes something and
 * can fail or die at any one of them. What is not closed is torn by a crash; deleting a folder is many operations, as
 * it is on a disk.
 */
public final class MemoryFileStore implements FileStore {

    /** What happens at the chosen operation. */
    public enum Fault {
        /** The process dies before the operation does anything. */
        CRASH_BEFORE,
        /** The process dies in the middle: half of what is being written is there. Otherwise as before. */
        CRASH_DURING,
        /** The process dies when the operation is done but before it has returned. */
        CRASH_AFTER,
        /** The operation fails once and does nothing; the process lives on. */
        FAIL,
        /** The operation and all that follow fail; the process lives on. */
        FAIL_FROM_THEN_ON
    }

    /** The process died. An error, so that nothing handles it by mistake; nothing works until {@link #restart}. */
    public static final class Crash extends Error {
        Crash(String message) {
            super(message);
        }
    }

    private final NavigableMap<String, Node> nodes = new TreeMap<>();
    private final FaultPlan faults = new FaultPlan();
    private final AtomicLong bytesRead = new AtomicLong();

    /** Returns the folder everything stands in; it exists. */
    public static Location root() {
        return new Location("memory:/");
    }

    /** Chooses what happens at which changing operation, counted from 0 from now on; -1 for none. */
    public void faultAt(int operation, Fault chosen) {
        faults.faultAt(operation, chosen);
    }

    /** Lets something else happen just before a changing operation, as if this process had been paused there. */
    public void pauseAt(int operation, Runnable other) {
        faults.pauseAt(operation, other);
    }

    /** Starts the process again after a crash: what was written is there, no fault is chosen. */
    public void restart() {
        faults.restart();
    }

    /** Returns the changing operations since the fault was chosen, in order. */
    public List<String> journal() {
        return faults.journal();
    }

    /** Returns how many bytes were read from files so far. */
    public long bytesRead() {
        return bytesRead.get();
    }

    /** Returns a copy of every file by its address. */
    public synchronized Map<String, byte[]> files() {
        Map<String, byte[]> files = new TreeMap<>();
        nodes.forEach((name, node) -> {
            if (node.content != null) {
                files.put(name, node.content.clone());
            }
        });
        return files;
    }

    /** Returns an independent copy without faults. */
    public synchronized MemoryFileStore copy() {
        MemoryFileStore copy = new MemoryFileStore();
        nodes.forEach(
                (name, node) -> copy.nodes.put(name, new Node(node.content == null ? null : node.content.clone())));
        return copy;
    }

    /** Changes a file's bytes behind everybody's back, as a failing disk does. */
    public synchronized void damage(Location file, byte[] content) {
        fileOrThrow("damage", file);
        nodes.put(key(file), new Node(content.clone()));
    }

    @Override
    public synchronized SeekableInput open(Location file) {
        checkAlive();
        return new MemoryInput(fileOrThrow("open", file), bytesRead::addAndGet);
    }

    @Override
    public DurableOutput create(Location file) {
        before("create " + file);
        synchronized (this) {
            if (taken(file)) {
                throw new AlreadyExistsException("Cannot create " + file + ": something is already there", null);
            }
            makeFolders(file.parent());
            Node node = new Node(new byte[0]);
            nodes.put(key(file), node);
            after();
            return new Output(file, node);
        }
    }

    @Override
    public void replace(Location file, byte[] content) {
        before("replace " + file);
        synchronized (this) {
            if (folder(file)) {
                throw new AlreadyExistsException("Cannot replace " + file + ": it is a folder", null);
            }
            makeFolders(file.parent());
            nodes.put(key(file), new Node(content.clone()));
            after();
        }
    }

    @Override
    public void rename(Location from, Location to) {
        before("rename " + from + " to " + to);
        synchronized (this) {
            if (!taken(from)) {
                throw new NotFoundException("Cannot rename " + from + ": nothing is there", null);
            }
            if (taken(to)) {
                throw new AlreadyExistsException("Cannot rename " + from + " to " + to + ": the target is taken", null);
            }
            if (key(to).startsWith(key(from) + "/")) {
                throw new StorageException("Cannot rename " + from + " into itself", null);
            }
            makeFolders(to.parent());
            for (String name : List.copyOf(nodes.keySet())) {
                if (name.equals(key(from)) || name.startsWith(key(from) + "/")) {
                    nodes.put(key(to) + name.substring(key(from).length()), nodes.get(name));
                    nodes.remove(name);
                }
            }
            after();
        }
    }

    @Override
    public void renameOver(Location from, Location to) {
        before("rename " + from + " over " + to);
        synchronized (this) {
            fileOrThrow("rename", from);
            if (folder(to)) {
                throw new AlreadyExistsException("Cannot rename " + from + " over " + to + ": it is a folder", null);
            }
            makeFolders(to.parent());
            nodes.put(key(to), nodes.get(key(from)));
            nodes.remove(key(from));
            after();
        }
    }

    @Override
    public void delete(Location location) {
        List<String> names;
        synchronized (this) {
            checkAlive();
            names = new ArrayList<>(nodes.descendingKeySet());
        }
        for (String name : names) {
            if (name.equals(key(location)) || name.startsWith(key(location) + "/")) {
                before("delete " + name);
                synchronized (this) {
                    nodes.remove(name);
                    after();
                }
            }
        }
    }

    @Override
    public void makeFolder(Location folder) {
        before("make folder " + folder);
        synchronized (this) {
            if (taken(folder) && !folder(folder)) {
                throw new AlreadyExistsException("Cannot make folder " + folder + ": a file is there", null);
            }
            makeFolders(folder);
            after();
        }
    }

    @Override
    public synchronized List<FileEntry> list(Location folder) {
        checkAlive();
        if (taken(folder) && !folder(folder)) {
            throw new StorageException("Cannot list " + folder + ": it is a file", null);
        }
        String prefix = key(folder).equals("memory:") ? "memory:/" : key(folder) + "/";
        List<FileEntry> entries = new ArrayList<>();
        nodes.forEach((name, node) -> {
            if (name.startsWith(prefix) && name.indexOf('/', prefix.length()) < 0) {
                find(new Location(name)).ifPresent(entries::add);
            }
        });
        entries.sort(java.util.Comparator.comparing(entry -> entry.location().name()));
        return List.copyOf(entries);
    }

    @Override
    public synchronized Optional<FileEntry> find(Location location) {
        checkAlive();
        if (!taken(location)) {
            return Optional.empty();
        }
        Node node = nodes.get(key(location));
        byte[] content = node == null ? null : node.content;
        return Optional.of(new FileEntry(location, content == null, content == null ? 0 : content.length, 0));
    }

    @Override
    public byte[] read(Location file, int largestBytes) {
        return WholeFile.read(this, file, largestBytes);
    }

    private void before(String operation) {
        faults.before(operation);
    }

    private void after() {
        faults.after();
    }

    private void checkAlive() {
        faults.checkAlive();
    }

    private void makeFolders(Location folder) {
        if (key(folder).equals("memory:")) {
            return;
        }
        makeFolders(folder.parent());
        if (taken(folder) && !folder(folder)) {
            throw new StorageException("Cannot create anything below " + folder + ": it is a file", null);
        }
        nodes.putIfAbsent(key(folder), new Node(null));
    }

    private boolean taken(Location location) {
        return key(location).equals("memory:") || nodes.containsKey(key(location));
    }

    private boolean folder(Location location) {
        Node node = nodes.get(key(location));
        return node == null ? taken(location) : node.content == null;
    }

    private byte[] fileOrThrow(String operation, Location file) {
        Node node = nodes.get(key(file));
        if (node == null || node.content == null) {
            throw new NotFoundException("Cannot " + operation + " " + file + ": no file is there", null);
        }
        return node.content;
    }

    private static String key(Location location) {
        if (!location.scheme().equals("memory")) {
            throw new UnknownSchemeException("Not in memory: " + location);
        }
        String uri = location.uri();
        return uri.endsWith("/") ? uri.substring(0, uri.length() - 1) : uri;
    }

    private final class Output extends DurableOutput {

        private final Location file;
        private final Node node;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private boolean open = true;

        Output(Location file, Node node) {
            this.file = file;
            this.node = node;
        }

        @Override
        public long position() {
            return bytes.size();
        }

        @Override
        public void write(int value) {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] source, int offset, int count) {
            before("write " + file);
            synchronized (MemoryFileStore.this) {
                bytes.write(source, offset, count);
                after();
            }
        }

        @Override
        public void close() {
            byte[] whole = bytes.toByteArray();
            synchronized (MemoryFileStore.this) {
                if (!open || faults.crashed()) {
                    return;
                }
                open = false;
                // Until close is done, a crash leaves any part of the file.
                node.content = Arrays.copyOf(whole, whole.length / 2);
            }
            before("close " + file);
            synchronized (MemoryFileStore.this) {
                node.content = whole;
                after();
            }
        }
    }

    /** A file keeps its identity under another name, as on every real file system. */
    private static final class Node {

        private byte @Nullable [] content;

        Node(byte @Nullable [] content) {
            this.content = content;
        }
    }
}
