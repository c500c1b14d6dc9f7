package dev.convoke.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.storage.MemoryFileStore.Fault;
import java.security.PrivilegedExceptionAction;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.security.UserGroupInformation;
import org.junit.jupiter.api.Test;

class WriteProbeTest {

    @Test
    void aFolderThatCanBeUsedIsLeftAsItWas() {
        MemoryFileStore store = new MemoryFileStore();
        Location folder = MemoryFileStore.root().child("run");

        WriteProbe.check(store, folder);

        assertThat(store.list(folder)).isEmpty();
    }

    @Test
    void whateverCannotBeDoneThereIsToldAndNothingIsLeft() {
        MemoryFileStore counted = new MemoryFileStore();
        counted.faultAt(-1, Fault.FAIL);
        WriteProbe.check(counted, MemoryFileStore.root().child("run"));
        int operations = counted.journal().size();
        assertThat(operations).isGreaterThan(3);
        for (int k = 0; k < operations; k++) {
            MemoryFileStore store = new MemoryFileStore();
            store.faultAt(k, Fault.FAIL);

            assertThatThrownBy(
                            () -> WriteProbe.check(store, MemoryFileStore.root().child("run")))
                    .as("operation %s fails", k)
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("planned failure");
        }
    }

    @Test
    void aFolderOfSomebodyElseIsRefusedOnHdfs() throws Exception {
        DistributedFileSystem files = MiniHdfs.cluster().getFileSystem();
        files.mkdirs(new Path("/theirs"));
        files.setPermission(new Path("/theirs"), new FsPermission((short) 0755));
        UserGroupInformation guest = UserGroupInformation.createUserForTesting("guest", new String[] {"guests"});

        guest.doAs((PrivilegedExceptionAction<Void>) () -> {
            try (HadoopFileStore store = new HadoopFileStore(MiniHdfs.configuration())) {
                assertThatThrownBy(() -> WriteProbe.check(store, MiniHdfs.root().child("theirs")))
                        .isInstanceOf(StorageException.class)
                        .hasMessageContaining("permission denied")
                        .hasMessageContaining("user=guest");
            }
            return null;
        });
    }
}
