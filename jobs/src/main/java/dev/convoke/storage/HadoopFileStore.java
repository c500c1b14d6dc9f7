package dev.convoke.storage;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.ParentNotDirectoryException;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.hdfs.client.HdfsDataInputStream;
import org.apache.hadoop.ipc.RetriableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files of every file system the Hadoop client knows, first of all HDFS. What is promised for HDFS holds for others as
 * far as they allow: object stores have no atomic rename.
 *
 * <p>While a file system restarts, fails over or is in safe mode, operations are tried again for a limited time
 * ({@code convoke.storage.patience}, 30s), and nothing waits longer than 60 s for a NameNode unless the site's
 * configuration says so.
 */
public final class HadoopFileStore implements FileStore, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(HadoopFileStore.class);
    private static final int BUFFER = 1 << 16;

    private final Configuration configuration;
    private final Patience patience;
    private final Map<URI, HadoopConnection> connections = new ConcurrentHashMap<>();

    /** Connects on first use. The configuration is copied. */
    public HadoopFileStore(Configuration configuration) {
        this.configuration = HadoopLimits.bounded(configuration);
        this.patience = new Patience(HadoopLimits.patience(configuration));
    }

    @Override
    public SeekableInput open(Location file) {
        return patience.repeatable("open " + file, file, attempt -> {
            FileSystem files = connect(file).files();
            FSDataInputStream stream;
            try {
                stream = files.open(path(file), BUFFER);
            } catch (FileNotFoundException e) {
                if (find(file).isPresent()) {
                    throw new NotFoundException(
                            "Cannot open " + file + ": it is not a regular file; name a file, not a folder", e);
                }
                throw e;
            }
            // The length of what was opened: by now the name may belong to a newer file.
            long length = stream instanceof HdfsDataInputStream hdfs
                    ? hdfs.getVisibleLength()
                    : files.getFileStatus(path(file)).getLen();
            return new HadoopInput(file, stream, length);
        });
    }

    @Override
    public DurableOutput create(Location file) {
        return patience.once("create " + file, file, attempt -> {
            FileSystem files = connect(file).files();
            try {
                return createNow(files, file);
            } catch (IOException e) {
                if (HadoopErrors.inDoubt(e) && !files.exists(path(file))) {
                    // The answer was lost, but nothing was created: often just a connection from before a restart.
                    RetriableException again = new RetriableException(e.getMessage());
                    again.initCause(e);
                    throw again;
                }
                throw e;
            }
        });
    }

    @Override
    public void replace(Location file, byte[] content) {
        patience.repeatable("replace " + file, file, attempt -> {
            HadoopConnection connection = connect(file);
            Location temporary = file.parent().child("." + UUID.randomUUID() + ".tmp");
            boolean renamed = false;
            try {
                try (DurableOutput output = createNow(connection.files(), temporary)) {
                    output.write(content);
                }
                connection.renameOver(path(temporary), path(file));
                renamed = true;
                return file;
            } catch (IOException e) {
                if (HadoopErrors.inDoubt(e) || !connection.files().exists(path(file))) {
                    throw e;
                }
                throw connection.files().getFileStatus(path(file)).isDirectory()
                        ? new FileAlreadyExistsException(file + " is a folder")
                        : e;
            } finally {
                if (!renamed) {
                    deleteQuietly(connection.files(), temporary);
                }
            }
        });
    }

    @Override
    public void rename(Location from, Location to) {
        patience.repeatable("rename " + from + " to " + to, from, attempt -> {
            HadoopConnection connection = connect(from);
            Path source = path(from);
            Path target = path(to);
            try {
                makeFolders(connection.files(), path(to.parent()));
                connection.renameToFree(source, target);
            } catch (IOException e) {
                if (connection.renamedBefore(attempt, e, source, target)) {
                    return to;
                }
                // HDFS has several words for it: a file and a folder of one name do not even "exist" for each other.
                if (!HadoopErrors.refusedForNow(e)
                        && !HadoopErrors.inDoubt(e)
                        && connection.files().exists(source)
                        && connection.files().exists(target)) {
                    throw new AlreadyExistsException(
                            "Cannot rename " + from + " to " + to + ": the target is taken; "
                                    + "look whose it is, or choose another name",
                            e);
                }
                throw e;
            }
            return to;
        });
    }

    @Override
    public void renameOver(Location from, Location to) {
        patience.repeatable("rename " + from + " over " + to, from, attempt -> {
            HadoopConnection connection = connect(from);
            FileSystem files = connection.files();
            try {
                connection.renameOver(path(from), path(to));
            } catch (IOException e) {
                if (connection.renamedBefore(attempt, e, path(from), path(to))) {
                    return to;
                }
                if (!HadoopErrors.refusedForNow(e)
                        && !HadoopErrors.inDoubt(e)
                        && files.exists(path(from))
                        && files.exists(path(to))
                        && files.getFileStatus(path(to)).isDirectory()) {
                    throw new AlreadyExistsException(
                            "Cannot rename " + from + " over " + to + ": it is a folder; choose another name", e);
                }
                throw e;
            }
            return to;
        });
    }

    @Override
    public void delete(Location location) {
        patience.repeatable("delete " + location, location, attempt -> {
            FileSystem files = connect(location).files();
            Path path = path(location);
            if (!files.delete(path, true) && files.exists(path)) {
                throw new IOException("the file system refused to delete it and gave no reason");
            }
            return location;
        });
    }

    @Override
    public void makeFolder(Location folder) {
        patience.repeatable("make folder " + folder, folder, attempt -> {
            makeFolders(connect(folder).files(), path(folder));
            return folder;
        });
    }

    @Override
    public List<FileEntry> list(Location folder) {
        return patience.repeatable("list " + folder, folder, attempt -> {
            FileSystem files = connect(folder).files();
            Path path = path(folder);
            FileStatus[] statuses;
            try {
                statuses = files.listStatus(path);
            } catch (FileNotFoundException e) {
                return List.of();
            }
            List<FileEntry> entries = new ArrayList<>(statuses.length);
            for (FileStatus status : statuses) {
                if (status.isFile() && status.getPath().equals(files.makeQualified(path))) {
                    throw new StorageException(
                            "Cannot list " + folder + ": it is a file; name the folder it stands in", null);
                }
                entries.add(entry(folder.child(status.getPath().getName()), status));
            }
            entries.sort(Comparator.comparing(entry -> entry.location().name()));
            return List.copyOf(entries);
        });
    }

    @Override
    public Optional<FileEntry> find(Location location) {
        return patience.repeatable("look at " + location, location, attempt -> {
            try {
                return Optional.of(entry(location, connect(location).files().getFileStatus(path(location))));
            } catch (FileNotFoundException | ParentNotDirectoryException e) {
                return Optional.empty();
            }
        });
    }

    @Override
    public byte[] read(Location file, int largestBytes) {
        return WholeFile.read(this, file, largestBytes);
    }

    /** Ends all connections; files still open are lost. */
    @Override
    public void close() {
        connections.forEach((uri, connection) -> {
            try {
                connection.close();
            } catch (IOException e) {
                throw HadoopErrors.explain("disconnect from " + uri, new Location(uri.toString()), e);
            }
        });
        connections.clear();
    }

    private HadoopConnection connect(Location location) throws IOException {
        URI uri = path(location).toUri();
        URI authority =
                URI.create(uri.getScheme() + "://" + (uri.getAuthority() == null ? "/" : uri.getAuthority() + "/"));
        HadoopConnection known = connections.get(authority);
        if (known != null) {
            return known;
        }
        synchronized (connections) {
            known = connections.get(authority);
            if (known == null) {
                known = HadoopConnection.open(uri, configuration);
                connections.put(authority, known);
            }
            return known;
        }
    }

    private static Path path(Location location) {
        return new Path(location.uri());
    }

    private static FileEntry entry(Location location, FileStatus status) {
        return new FileEntry(
                location,
                status.isDirectory(),
                status.isDirectory() ? 0 : status.getLen(),
                status.getModificationTime());
    }

    private static void makeFolders(FileSystem files, Path folder) throws IOException {
        if (!files.mkdirs(folder)) {
            throw new IOException("the file system refused to make the folder " + folder + " and gave no reason");
        }
    }

    /** A NameNode gives folders that it makes along with a file the rights of their parent, whatever the umask says. */
    private DurableOutput createNow(FileSystem files, Location file) throws IOException {
        try {
            return createInFolder(files, file);
        } catch (FileNotFoundException e) {
            makeFolders(files, path(file.parent()));
            return createInFolder(files, file);
        }
    }

    private DurableOutput createInFolder(FileSystem files, Location file) throws IOException {
        Path path = path(file);
        // SYNC_BLOCK: every block is forced to disk as it is finished, not the last one alone.
        FSDataOutputStream output = files.createNonRecursive(
                path,
                FsPermission.getFileDefault().applyUMask(FsPermission.getUMask(configuration)),
                EnumSet.of(CreateFlag.CREATE, CreateFlag.SYNC_BLOCK),
                BUFFER,
                files.getDefaultReplication(path),
                files.getDefaultBlockSize(path),
                null);
        return new HadoopOutput(file, output);
    }

    /** The failure that brought us here is the one to report; an unused temporary file harms nobody. */
    private static void deleteQuietly(FileSystem files, Location temporary) {
        try {
            files.delete(path(temporary), false);
        } catch (IOException e) {
            LOG.warn("Left {} behind: {}", temporary, e.getMessage());
        }
    }
}
