package dev.convoke.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Files of this machine, for {@code file:} locations. Whatever returns has been forced to disk, names included. Why not
 * Hadoop's local file system: docs/decisions/0002-local-files-by-nio.md.
 */
public final class LocalFileStore implements FileStore {

    private final Linker linker;

    /** Serves every local file system. */
    public LocalFileStore() {
        this((target, source) -> Files.createLink(target, source));
    }

    /** For tests of file systems without hard links. */
    LocalFileStore(Linker linker) {
        this.linker = linker;
    }

    @Override
    public SeekableInput open(Location file) {
        return attempt("open " + file, file, path -> {
            if (!Files.readAttributes(path, BasicFileAttributes.class).isRegularFile()) {
                // A folder cannot be read, and opening a pipe would wait for ever.
                throw new NotFoundException(
                        "Cannot open " + file + ": it is not a regular file; name a file, not a folder", null);
            }
            return new LocalInput(file, FileChannel.open(path, StandardOpenOption.READ));
        });
    }

    @Override
    public DurableOutput create(Location file) {
        return attempt("create " + file, file, path -> {
            makeFolders(parentOf(path));
            FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            return new LocalOutput(file, channel, () -> sync(parentOf(path)));
        });
    }

    @Override
    public void replace(Location file, byte[] content) {
        Location temporary = file.parent().child("." + UUID.randomUUID() + ".tmp");
        try {
            try (DurableOutput output = create(temporary)) {
                output.write(content);
            }
            attempt("replace " + file, file, path -> {
                if (Files.isDirectory(path)) {
                    throw new FileAlreadyExistsException(path.toString());
                }
                Files.move(localPath(temporary), path, StandardCopyOption.ATOMIC_MOVE);
                sync(parentOf(path));
                return path;
            });
        } catch (IOException e) {
            throw LocalErrors.explain("replace " + file, e);
        } finally {
            delete(temporary);
        }
    }

    @Override
    public void rename(Location from, Location to) {
        attempt("rename " + from + " to " + to, from, source -> {
            Path target = localPath(to);
            boolean folder = Files.readAttributes(source, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .isDirectory();
            makeFolders(parentOf(target));
            try {
                if (folder) {
                    renameFolder(source, target);
                } else {
                    renameFile(source, target);
                }
            } catch (FileSystemException e) {
                if (Files.exists(target, LinkOption.NOFOLLOW_LINKS) && Files.exists(source)) {
                    throw new AlreadyExistsException(
                            "Cannot rename " + from + " to " + to + ": the target is taken; "
                                    + "look whose it is, or choose another name",
                            e);
                }
                throw e;
            }
            sync(parentOf(target));
            sync(parentOf(source));
            return target;
        });
    }

    @Override
    public void renameOver(Location from, Location to) {
        attempt("rename " + from + " over " + to, from, source -> {
            Path target = localPath(to);
            if (Files.isDirectory(target)) {
                throw new FileAlreadyExistsException(target.toString());
            }
            makeFolders(parentOf(target));
            Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
            sync(parentOf(target));
            sync(parentOf(source));
            return target;
        });
    }

    @Override
    public void delete(Location location) {
        attempt("delete " + location, location, path -> {
            Path folder = parentOf(path);
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                Files.walkFileTree(path, new Deleting());
                sync(folder);
            }
            return folder;
        });
    }

    @Override
    public void makeFolder(Location folder) {
        attempt("make folder " + folder, folder, path -> {
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(path)) {
                throw new FileAlreadyExistsException(path.toString());
            }
            makeFolders(path);
            return path;
        });
    }

    @Override
    public List<FileEntry> list(Location folder) {
        return attempt("list " + folder, folder, path -> {
            List<FileEntry> entries = new ArrayList<>();
            try (DirectoryStream<Path> children = Files.newDirectoryStream(path)) {
                for (Path child : children) {
                    String name = String.valueOf(child.getFileName());
                    entryAt(child, folder.child(name)).ifPresent(entries::add);
                }
            } catch (NoSuchFileException e) {
                return List.of();
            } catch (NotDirectoryException e) {
                throw new StorageException("Cannot list " + folder + ": it is a file; name the folder it stands in", e);
            }
            entries.sort(Comparator.comparing(entry -> entry.location().name()));
            return List.copyOf(entries);
        });
    }

    @Override
    public Optional<FileEntry> find(Location location) {
        return attempt("look at " + location, location, path -> entryAt(path, location));
    }

    @Override
    public byte[] read(Location file, int largestBytes) {
        return WholeFile.read(this, file, largestBytes);
    }

    /** Returns the path of a {@code file:} location, for programs that need one. */
    public static Path localPath(Location location) {
        if (!location.scheme().equals("file")) {
            throw new UnknownSchemeException(
                    "Not a local file: " + location + "; write file:/path, or a plain path on the command line");
        }
        String path = location.uri().substring("file:".length());
        if (path.startsWith("//")) {
            // file://host/path: a host makes no sense for local files; an empty one is the usual file:///path.
            path = path.startsWith("///") ? path.substring(2) : path;
        }
        try {
            return Path.of(path).normalize();
        } catch (InvalidPathException e) {
            throw new StorageException(
                    "Cannot use the name " + location + " here: " + e.getReason()
                            + "; run under a UTF-8 locale (LC_ALL=C.UTF-8), or rename the file",
                    e);
        }
    }

    private static Optional<FileEntry> entryAt(Path path, Location location) throws IOException {
        BasicFileAttributes attributes = attributesOrNull(path);
        if (attributes == null) {
            return Optional.empty();
        }
        return Optional.of(new FileEntry(
                location,
                attributes.isDirectory(),
                attributes.isDirectory() ? 0 : attributes.size(),
                attributes.lastModifiedTime().toMillis()));
    }

    private static @Nullable BasicFileAttributes attributesOrNull(Path path) throws IOException {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class);
        } catch (NoSuchFileException e) {
            try {
                // A dangling link occupies its name.
                return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            } catch (NoSuchFileException gone) {
                return null;
            }
        } catch (FileSystemException e) {
            if (LocalErrors.isNotAFolder(e)) {
                return null;
            }
            throw e;
        }
    }

    private void renameFile(Path source, Path target) throws IOException {
        try {
            // rename(2) would replace the target; link(2) refuses when it is there.
            linker.link(target, source);
            Files.delete(source);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (UnsupportedOperationException | FileSystemException e) {
            if (!Files.exists(source) || Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
                throw e;
            }
            // No hard links here: reserve the name, then replace our own empty file.
            Files.createFile(target);
            Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private static void renameFolder(Path source, Path target) throws IOException {
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            throw new FileAlreadyExistsException(target.toString());
        }
        try (DirectoryStream<Path> children = Files.newDirectoryStream(source)) {
            if (!children.iterator().hasNext()) {
                // rename(2) would replace another empty folder; mkdir(2) refuses.
                Files.createDirectory(target);
                Files.delete(source);
                return;
            }
        }
        // Refused by rename(2) itself if a file or a folder with content has appeared at the target.
        Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void makeFolders(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        Path parent = parentOf(folder);
        makeFolders(parent);
        try {
            Files.createDirectory(folder);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder)) {
                throw new NotDirectoryException(folder.toString());
            }
        }
        sync(parent);
    }

    private static Path parentOf(Path path) throws IOException {
        Path parent = path.getParent();
        if (parent == null) {
            throw new FileSystemException(path.toString(), null, "the root folder cannot be changed");
        }
        return parent;
    }

    private static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static <T> T attempt(String doing, Location location, Operation<T> body) {
        Path path = localPath(location);
        try {
            return body.run(path);
        } catch (IOException e) {
            throw LocalErrors.explain(doing, e);
        }
    }

    /** Makes a second name for a file. */
    interface Linker {
        void link(Path target, Path source) throws IOException;
    }

    private interface Operation<T> {
        T run(Path path) throws IOException;
    }

    /** Deletes what others may be deleting at the same time. */
    private static final class Deleting extends SimpleFileVisitor<Path> {

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
            if (failure instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
            }
            throw failure;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure) throws IOException {
            if (failure != null) {
                throw failure;
            }
            Files.deleteIfExists(folder);
            return FileVisitResult.CONTINUE;
        }
    }
}
