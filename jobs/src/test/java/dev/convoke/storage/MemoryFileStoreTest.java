package dev.convoke.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MemoryFileStoreTest extends FileStoreContract {

    private final MemoryFileStore store = new MemoryFileStore();

    @Override
    FileStore store() {
        return store;
    }

    @Override
    Location root() {
        return MemoryFileStore.root();
    }

    @Test
    void aCrashTearsWhatIsNotClosed() {
        store.faultAt(2, MemoryFileStore.Fault.CRASH_BEFORE);

        assertThatThrownBy(() -> write("file", "12345678"))
                .isInstanceOf(MemoryFileStore.Crash.class)
                .hasMessageContaining("close");

        assertThatThrownBy(() -> store.exists(folder()))
                .isInstanceOf(MemoryFileStore.Crash.class)
                .hasMessageContaining("dead");
        store.restart();
        assertThat(read("file")).isEqualTo("1234");
    }

    @Test
    void aCrashAfterAnOperationLeavesItDone() {
        write("file", "content");
        store.faultAt(0, MemoryFileStore.Fault.CRASH_AFTER);

        assertThatThrownBy(() -> store.rename(folder().child("file"), folder().child("to")))
                .isInstanceOf(MemoryFileStore.Crash.class)
                .hasMessageContaining("rename");

        store.restart();
        assertThat(read("to")).isEqualTo("content");
    }
}
