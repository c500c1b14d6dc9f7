package dev.convoke.storage;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.ParentNotDirectoryException;
import org.apache.hadoop.hdfs.protocol.AlreadyBeingCreatedException;
import org.apache.hadoop.hdfs.protocol.QuotaExceededException;
import org.apache.hadoop.hdfs.server.namenode.SafeModeException;
import org.apache.hadoop.ipc.RemoteException;
import org.apache.hadoop.ipc.RetriableException;
import org.apache.hadoop.ipc.StandbyException;
import org.apache.hadoop.net.ConnectTimeoutException;
import org.apache.hadoop.security.AccessControlException;
import org.jspecify.annotations.Nullable;

/** Says what an error of a Hadoop file system means: whether to try again, and what a person can do about it. */
final class HadoopErrors {

    private HadoopErrors() {}

    /** Whether the file system certainly did nothing and may do it later: a restart, a failover, safe mode. */
    static boolean refusedForNow(Throwable error) {
        return find(error, ConnectException.class) != null
                || find(error, NoRouteToHostException.class) != null
                || find(error, ConnectTimeoutException.class) != null
                || find(error, SafeModeException.class) != null
                || find(error, StandbyException.class) != null
                || find(error, RetriableException.class) != null
                || noDataNode(unwrap(error))
                || (error.getCause() != null && noDataNode(unwrap(error.getCause())));
    }

    /** Whether the answer was lost on the way: the file system may or may not have done it. */
    static boolean inDoubt(Throwable error) {
        return !refusedForNow(error)
                && (find(error, SocketTimeoutException.class) != null
                        || find(error, SocketException.class) != null
                        || find(error, EOFException.class) != null);
    }

    static RuntimeException explain(String doing, Location location, Exception cause) {
        if (cause instanceof StorageException already) {
            return already;
        }
        Throwable error = unwrap(cause);
        String start = "Cannot " + doing + ": ";
        if (find(error, FileAlreadyExistsException.class) != null
                || find(error, AlreadyBeingCreatedException.class) != null) {
            return new AlreadyExistsException(
                    start + "something is already there; choose another name or look whose it is", cause);
        }
        if (find(error, ParentNotDirectoryException.class) != null) {
            return new StorageException(start + "a file stands where a folder is needed; check the path", cause);
        }
        if (find(error, FileNotFoundException.class) != null) {
            return new NotFoundException(start + "nothing is there; check the path", cause);
        }
        return new StorageException(start + meaning(error, location), cause);
    }

    private static String meaning(Throwable error, Location location) {
        if (find(error, AccessControlException.class) != null) {
            return "permission denied (" + firstLine(error) + "); change the owner or mode (hdfs dfs -chown, -chmod), "
                    + "or run as another user";
        }
        if (find(error, SafeModeException.class) != null) {
            return "the NameNode is in safe mode and accepts no changes; wait until it has left it "
                    + "(hdfs dfsadmin -safemode get) and run the same command again";
        }
        if (find(error, StandbyException.class) != null) {
            return "the NameNode is on standby; name the active one or the name service, then run the command again";
        }
        if (find(error, QuotaExceededException.class) != null) {
            return "a quota is used up (" + firstLine(error) + "); delete what is no longer needed or raise it "
                    + "(hdfs dfsadmin -setQuota, -setSpaceQuota)";
        }
        if (find(error, UnknownHostException.class) != null) {
            return "its host is unknown here; check the address for a typing error, and the name service of this "
                    + "machine";
        }
        if (find(error, ChecksumException.class) != null) {
            return "the stored bytes are damaged (" + firstLine(error) + "); restore the file (hdfs fsck shows more)";
        }
        String network = networkMeaningOrNull(error);
        if (network != null) {
            return network;
        }
        String text = firstLine(error);
        if (noDataNode(error)) {
            return "no DataNode took the block: all are full, dead or excluded; see hdfs dfsadmin -report, then run the "
                    + "same command again";
        }
        if (text.contains("Incomplete HDFS URI")) {
            return "the address names no host and fs.defaultFS is not HDFS; write hdfs://host:port"
                    + location.uri().substring(location.uri().indexOf(':') + 1) + " or set fs.defaultFS";
        }
        if (text.contains("is not a valid DFS filename") || text.contains("Invalid path name")) {
            return "HDFS does not allow this name (no ':', no '//', no '..'); choose another one";
        }
        return text + "; check the file system and the path";
    }

    private static @Nullable String networkMeaningOrNull(Throwable error) {
        if (find(error, ConnectTimeoutException.class) != null || find(error, NoRouteToHostException.class) != null) {
            return "its host did not answer; check the network, and that the address is right";
        }
        if (find(error, ConnectException.class) != null) {
            return "connection refused; check that the NameNode is running, and the address and port "
                    + "(fs.defaultFS when none is written)";
        }
        if (find(error, SocketTimeoutException.class) != null) {
            return "no answer in time; check the load and the health of the NameNode and DataNodes";
        }
        if (find(error, SocketException.class) != null || find(error, EOFException.class) != null) {
            return "the connection broke (" + firstLine(error) + "); check that nothing is restarting, and that this "
                    + "is the RPC port, then run the same command again";
        }
        return null;
    }

    /** Returns the error the server meant, where it is known here. */
    static Throwable unwrap(Throwable error) {
        return error instanceof RemoteException remote ? remote.unwrapRemoteException() : error;
    }

    private static <T extends Throwable> @Nullable T find(Throwable error, Class<T> type) {
        Throwable current = error;
        // A chain of causes may be a ring.
        for (int depth = 0; current != null && depth < 20; depth++) {
            Throwable unwrapped = unwrap(current);
            if (type.isInstance(unwrapped)) {
                return type.cast(unwrapped);
            }
            current = current.getCause();
        }
        return null;
    }

    private static boolean noDataNode(Throwable error) {
        String message = error.getMessage();
        return error instanceof IOException && message != null && message.contains("could only be written to 0 of the");
    }

    private static String firstLine(Throwable error) {
        String message = error.getMessage();
        if (message == null) {
            return error.getClass().getSimpleName();
        }
        // Hadoop adds the same link to a page on every network error.
        String line = message.lines().findFirst().orElse("").replaceFirst(";? *For more details see:.*", "");
        return line.length() <= 300 ? line : line.substring(0, 300) + "...";
    }

    /** Something a Hadoop file system does. */
    interface Call<T> {
        /** Does it; {@code attempt} counts from 1. */
        T run(int attempt) throws IOException;
    }
}
