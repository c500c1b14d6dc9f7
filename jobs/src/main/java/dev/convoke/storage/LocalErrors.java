package dev.convoke.storage;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Objects;

/** Says what a local file system's error means and what to do about it. */
final class LocalErrors {

    private LocalErrors() {}

    static StorageException explain(String doing, IOException cause) {
        String start = "Cannot " + doing + ": ";
        if (cause instanceof NoSuchFileException) {
            return new NotFoundException(start + "nothing is there; check the path", cause);
        }
        if (cause instanceof FileAlreadyExistsException) {
            return new AlreadyExistsException(
                    start + "something is already there; choose another name or look whose it is", cause);
        }
        if (cause instanceof AccessDeniedException) {
            return new StorageException(
                    start + "permission denied for user " + System.getProperty("user.name")
                            + "; change its owner or mode, or run as another user",
                    cause);
        }
        if (cause instanceof ClosedByInterruptException) {
            return new StorageException(start + "the thread was interrupted; run the same command again", cause);
        }
        return new StorageException(start + remedy(reason(cause)), cause);
    }

    static boolean isNotAFolder(FileSystemException e) {
        return e instanceof NotDirectoryException || reason(e).contains("Not a directory");
    }

    private static String reason(IOException cause) {
        if (cause instanceof NotDirectoryException) {
            return "Not a directory";
        }
        if (cause instanceof FileSystemException fileSystem && fileSystem.getReason() != null) {
            return Objects.requireNonNull(fileSystem.getReason());
        }
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }

    private static String remedy(String reason) {
        if (reason.contains("No space left on device")) {
            return "the disk is full; free space (df -h shows how much) and run the same command again";
        }
        if (reason.contains("quota exceeded")) {
            return "the disk quota is used up; free space or ask for more, then run the same command again";
        }
        if (reason.contains("Read-only file system")) {
            return "the file system is mounted read-only; choose another folder or mount it for writing";
        }
        if (reason.contains("Too many open files")) {
            return "too many open files; raise the limit (ulimit -n) and run the same command again";
        }
        if (reason.contains("File name too long")) {
            return "the name is too long for this file system; choose a shorter one";
        }
        if (reason.contains("Not a directory")) {
            return "a file stands where a folder is needed; check the path";
        }
        return reason + "; check the disk (dmesg, mount) and the path";
    }
}
