package dev.convoke.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalFileStoreTest extends FileStoreContract {

    @TempDir
    static Path temporary;

    private final LocalFileStore store = new LocalFileStore();

    @Override
    FileStore store() {
        return store;
    }

    @Override
    Location root() {
        return new Location("file:" + temporary);
    }

    @Override
    List<String> oddNames() {
        List<String> names = new ArrayList<>(super.oddNames());
        names.add("a:b");
        names.add("line\nbreak");
        return names;
    }

    @Test
    void allSpellingsOfALocalAddressAreOnePlace() {
        write("file", "content");

        String path = temporary + "/" + folder().name() + "/file";
        for (String spelling : List.of("file:" + path, "file://" + path, path)) {
            assertThat(store.exists(Location.parse(spelling))).as(spelling).isTrue();
        }
    }

    @Test
    void aFileIsRenamedExclusivelyWithoutHardLinksToo() {
        LocalFileStore withoutLinks = new LocalFileStore((target, source) -> {
            throw new FileSystemException(target.toString(), source.toString(), "Operation not permitted");
        });
        write("from", "content");
        write("taken", "other");

        assertThatThrownBy(() -> withoutLinks.rename(folder().child("from"), folder().child("taken")))
                .isInstanceOf(AlreadyExistsException.class)
                .hasMessageContaining("the target is taken");
        withoutLinks.rename(folder().child("from"), folder().child("to"));

        assertThat(read("to")).isEqualTo("content");
        assertThat(read("taken")).isEqualTo("other");
        assertThat(names()).containsExactly("taken", "to");
    }

    @Test
    void aDanglingLinkOccupiesItsName() throws Exception {
        write("other", "content");
        Files.createSymbolicLink(LocalFileStore.localPath(folder().child("link")), Path.of("/nowhere/at/all"));

        assertThat(store.exists(folder().child("link"))).isTrue();
        assertThatThrownBy(() -> store.create(folder().child("link")))
                .isInstanceOf(AlreadyExistsException.class)
                .hasMessageContaining("link");
        store.delete(folder().child("link"));
        assertThat(names()).containsExactly("other");
    }

    @Test
    void deletingALinkLeavesWhatItPointsAt() throws Exception {
        write("kept/file", "content");
        Files.createSymbolicLink(
                LocalFileStore.localPath(folder().child("link")), LocalFileStore.localPath(folder().child("kept")));

        store.delete(folder().child("link"));

        assertThat(read("kept/file")).isEqualTo("content");
    }

    @Test
    void aFullDiskIsNamed() throws Exception {
        Location full = new Location("file:/dev/full");

        assertThatThrownBy(() -> {
                    try (LocalOutput output = new LocalOutput(
                            full,
                            java.nio.channels.FileChannel.open(
                                    Path.of("/dev/full"), java.nio.file.StandardOpenOption.WRITE),
                            () -> {})) {
                        output.write(1);
                    }
                })
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("file:/dev/full")
                .hasMessageContaining("the disk is full");
    }

    @Test
    void aPipeIsNotWaitedFor() throws Exception {
        store.makeFolder(folder());
        Path pipe = LocalFileStore.localPath(folder().child("pipe"));
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();

        assertThatThrownBy(() -> store.open(folder().child("pipe")))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("not a regular file");
    }

    @Test
    void errorsSayWhatToDo() {
        Location place = new Location("file:/data/x");

        assertThat(LocalErrors.explain("create " + place, new java.nio.file.AccessDeniedException("/data/x")))
                .hasMessageContaining("permission denied for user")
                .hasMessageContaining("file:/data/x");
        assertThat(LocalErrors.explain("write " + place, new FileSystemException("/x", null, "Read-only file system")))
                .hasMessageContaining("mounted read-only");
        assertThat(LocalErrors.explain("write " + place, new java.io.IOException("Disk quota exceeded")))
                .hasMessageContaining("quota is used up");
        assertThat(LocalErrors.explain("open " + place, new FileSystemException("/x", null, "Too many open files")))
                .hasMessageContaining("ulimit -n");
        assertThat(LocalErrors.explain("read " + place, new java.io.IOException("Input/output error")))
                .hasMessageContaining("Input/output error; check the disk");
    }
}
