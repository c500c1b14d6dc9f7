package dev.convoke.storage;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;

/** The contract on a real HDFS. */
class HadoopFileStoreTest extends FileStoreContract {

    private static final HadoopFileStore STORE = new HadoopFileStore(MiniHdfs.configuration());

    @Override
    FileStore store() {
        return STORE;
    }

    @Override
    Location root() {
        return MiniHdfs.root();
    }

    /** The same for addresses that leave the host to the site's configuration, as {@code hdfs:///data} does. */
    @Nested
    class WithoutAHost extends FileStoreContract {

        @Override
        FileStore store() {
            return STORE;
        }

        @Override
        Location root() {
            return new Location("hdfs:///");
        }
    }

    @AfterAll
    static void disconnect() {
        STORE.close();
    }
}
