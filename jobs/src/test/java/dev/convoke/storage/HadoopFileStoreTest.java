package dev.convoke.storage;

import org.junit.jupiter.api.AfterAll;

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

    @AfterAll
    static void disconnect() {
        STORE.close();
    }
}
