package dev.convoke.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

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

    @Test
    void foldersMadeAlongWithAFileAreTheUsersOwnAsTheUmaskSays() throws Exception {
        Configuration configuration = MiniHdfs.configuration();
        configuration.set("fs.permissions.umask-mode", "077");
        Location folder = MiniHdfs.root().child("umask-" + UUID.randomUUID());
        try (HadoopFileStore store = new HadoopFileStore(configuration)) {
            store.replace(folder.child("replaced/one/file"), new byte[1]);
            try (DurableOutput output = store.create(folder.child("created/two/file"))) {
                output.write(new byte[1]);
            }
        }

        FileSystem files = MiniHdfs.cluster().getFileSystem();
        for (String name : List.of("", "/replaced", "/replaced/one", "/created", "/created/two")) {
            assertThat(files.getFileStatus(new Path(folder.uri() + name)).getPermission())
                    .as(name)
                    .hasToString("rwx------");
        }
        for (String name : List.of("/replaced/one/file", "/created/two/file")) {
            assertThat(files.getFileStatus(new Path(folder.uri() + name)).getPermission())
                    .as(name)
                    .hasToString("rw-------");
        }
    }

    @AfterAll
    static void disconnect() {
        STORE.close();
    }
}
