package dev.convoke.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What every file store promises; each backend's test runs all of it. */
abstract class FileStoreContract extends FileStoreFixture {

    @Test
    void whatWasWrittenIsReadBack() throws IOException {
        byte[] content = new byte[300_000];
        new Random(1).nextBytes(content);
        Location file = folder.child("deep/down/file");

        try (DurableOutput output = store().create(file)) {
            output.write(content[0]);
            output.write(content, 1, 70_000);
            output.flush();
            output.write(content, 70_001, content.length - 70_001);
            assertThat(output.position()).isEqualTo(content.length);
        }

        assertThat(store().read(file, content.length)).isEqualTo(content);
        FileStore.FileEntry entry = store().find(file).orElseThrow();
        assertThat(entry.bytes()).isEqualTo(content.length);
        assertThat(entry.folder()).isFalse();
        assertThat(entry.location()).isEqualTo(file);
    }

    @Test
    void anEmptyFileIsAFile() throws IOException {
        store().create(folder.child("empty")).close();

        assertThat(store().read(folder.child("empty"), 0)).isEmpty();
    }

    @Test
    void readingStartsAnywhere() throws IOException {
        byte[] content = new byte[200_000];
        new Random(2).nextBytes(content);
        write("file", content);

        try (SeekableInput input = store().open(folder.child("file"))) {
            assertThat(input.length()).isEqualTo(content.length);
            for (int position : new int[] {199_999, 0, 65_536, 65_535, 131_071, 7}) {
                input.seek(position);
                assertThat(input.position()).isEqualTo(position);
                assertThat(input.read()).isEqualTo(content[position] & 0xff);
                assertThat(input.position()).isEqualTo(position + 1);
            }
            input.seek(content.length);
            assertThat(input.read()).isEqualTo(-1);
            assertThat(input.read(new byte[10], 0, 10)).isEqualTo(-1);
            assertThatThrownBy(() -> input.seek(content.length + 1))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("200000 bytes");
        }
    }

    @Test
    void creatingRefusesWhatIsThere() {
        write("file", "first");
        store().makeFolder(folder.child("sub"));

        for (String name : List.of("file", "sub")) {
            assertThatThrownBy(() -> store().create(folder.child(name)))
                    .isInstanceOf(AlreadyExistsException.class)
                    .hasMessageContaining(folder.child(name).uri());
        }

        assertThat(read("file")).isEqualTo("first");
    }

    @Test
    void aFileIsNoFolder() {
        write("file", "first");

        assertThatThrownBy(() -> store().create(folder.child("file/below")))
                .isExactlyInstanceOf(StorageException.class)
                .hasMessageContaining("Cannot create");
        assertThatThrownBy(() -> store().makeFolder(folder.child("file")))
                .isInstanceOf(AlreadyExistsException.class)
                .hasMessageContaining(folder.child("file").uri());
        assertThatThrownBy(() -> store().list(folder.child("file")))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("it is a file");
        assertThat(store().exists(folder.child("file/below"))).isFalse();
    }

    @Test
    void aFolderIsNoFile() {
        store().makeFolder(folder.child("sub"));

        assertThatThrownBy(() -> store().open(folder.child("sub")))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining(folder.child("sub").uri());
        assertThatThrownBy(() -> store().replace(folder.child("sub"), new byte[1]))
                .isInstanceOf(AlreadyExistsException.class)
                .hasMessageContaining(folder.child("sub").uri());
        assertThat(names()).containsExactly("sub");
    }

    @Test
    void whatIsMissingIsNamed() {
        Location missing = folder.child("missing");

        assertThatThrownBy(() -> store().open(missing))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining(missing.uri());
        assertThatThrownBy(() -> store().rename(missing, folder.child("other")))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining(missing.uri());
        assertThat(store().find(missing)).isEmpty();
        assertThat(store().list(missing)).isEmpty();
        store().delete(missing);
        assertThat(store().exists(folder.child("other"))).isFalse();
    }

    @Test
    void replacingLeavesOneFileWithTheNewContent() {
        store().replace(folder.child("below/file"), "first".getBytes(UTF_8));
        store().replace(folder.child("below/file"), "second, and longer".getBytes(UTF_8));

        assertThat(read("below/file")).isEqualTo("second, and longer");
        assertThat(store().list(folder.child("below"))).hasSize(1);
    }

    @Test
    void renamingMovesAFile() {
        write("from", "content");

        store().rename(folder.child("from"), folder.child("new/to"));

        assertThat(read("new/to")).isEqualTo("content");
        assertThat(names()).containsExactly("new");
    }

    @Test
    void renamingMovesAFolderWithEverythingInIt() {
        write("from/a", "one");
        write("from/b/c", "two");

        store().rename(folder.child("from"), folder.child("to"));

        assertThat(read("to/a")).isEqualTo("one");
        assertThat(read("to/b/c")).isEqualTo("two");
        assertThat(names()).containsExactly("to");
    }

    @Test
    void renamingNeverReplacesNorNests() {
        write("file", "file");
        write("full/inside", "full");
        store().makeFolder(folder.child("empty"));
        write("other", "other");
        write("source/inside", "source");
        store().makeFolder(folder.child("bare"));

        for (String from : List.of("other", "source", "bare")) {
            for (String to : List.of("file", "full", "empty", from)) {
                assertThatThrownBy(() -> store().rename(folder.child(from), folder.child(to)))
                        .as("%s to %s", from, to)
                        .isInstanceOf(AlreadyExistsException.class)
                        .hasMessageContaining(folder.child(from).uri())
                        .hasMessageContaining(folder.child(to).uri());
            }
        }

        assertThat(names()).containsExactly("bare", "empty", "file", "full", "other", "source");
        assertThat(store().list(folder.child("empty"))).isEmpty();
        assertThat(store().list(folder.child("full"))).hasSize(1);
        assertThat(read("file")).isEqualTo("file");
        assertThat(read("source/inside")).isEqualTo("source");
    }

    @Test
    void renamingOverAFileReplacesItAndOverAFolderIsRefused() {
        write("work/new", "new");
        write("work/first", "first");
        write("there", "old");
        store().makeFolder(folder.child("sub"));

        store().renameOver(folder.child("work/new"), folder.child("there"));
        store().renameOver(folder.child("work/first"), folder.child("free"));

        assertThat(read("there")).isEqualTo("new");
        assertThat(read("free")).isEqualTo("first");
        assertThat(store().list(folder.child("work"))).isEmpty();
        assertThatThrownBy(() -> store().renameOver(folder.child("there"), folder.child("sub")))
                .isInstanceOf(AlreadyExistsException.class)
                .hasMessageContaining(folder.child("sub").uri());
        assertThatThrownBy(() -> store().renameOver(folder.child("missing"), folder.child("there")))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining(folder.child("missing").uri());
        assertThat(read("there")).isEqualTo("new");
    }

    @Test
    void renamingMovesAnEmptyFolder() {
        store().makeFolder(folder.child("from"));

        store().rename(folder.child("from"), folder.child("to"));

        assertThat(names()).containsExactly("to");
    }

    @Test
    void aFolderIsNotRenamedIntoItself() {
        write("from/a", "one");

        assertThatThrownBy(() -> store().rename(folder.child("from"), folder.child("from/below")))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("Cannot rename");

        assertThat(read("from/a")).isEqualTo("one");
    }

    @Test
    void deletingTakesEverythingBelow() {
        write("sub/a", "one");
        write("sub/b/c", "two");
        write("subway", "stays");

        store().delete(folder.child("sub"));

        assertThat(names()).containsExactly("subway");
    }

    @Test
    void listingIsSortedAndNotDeep() {
        write("b", "22");
        write("a/x", "1");
        write("B", "");

        List<FileStore.FileEntry> entries = store().list(folder);

        assertThat(entries).extracting(entry -> entry.location().name()).containsExactly("B", "a", "b");
        assertThat(entries).extracting(FileStore.FileEntry::folder).containsExactly(false, true, false);
        assertThat(entries).extracting(FileStore.FileEntry::bytes).containsExactly(0L, 0L, 2L);
    }

    @Test
    void makingAFolderTwiceIsFine() {
        store().makeFolder(folder.child("x/y"));
        store().makeFolder(folder.child("x/y"));

        assertThat(store().find(folder.child("x/y")).orElseThrow().folder()).isTrue();
    }

    @Test
    void aLongFileIsNotReadWhole() {
        write("file", "eleven byte");

        assertThatThrownBy(() -> store().read(folder.child("file"), 10))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("11 bytes")
                .hasMessageContaining(folder.child("file").uri());
    }

    @Test
    void oddNamesStayAsTheyAre() {
        for (String name : oddNames()) {
            write(name, name);
        }

        assertThat(names())
                .containsExactlyElementsOf(oddNames().stream().sorted().toList());
        for (String name : oddNames()) {
            assertThat(read(name)).isEqualTo(name);
        }
        for (FileStore.FileEntry entry : store().list(folder)) {
            store().rename(
                            entry.location(),
                            folder.child("sub").child(entry.location().name()));
        }
        assertThat(store().list(folder.child("sub"))).hasSize(oddNames().size());
    }

    @Test
    void ofManyCreatorsExactlyOneSucceeds() throws Exception {
        assertThat(race(8, number -> {
                    try (DurableOutput output = store().create(folder.child("owner"))) {
                        output.write(number);
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                }))
                .isEqualTo(1);
    }

    @Test
    void ofManyRenamesToOneNameExactlyOneSucceeds() throws Exception {
        for (int i = 0; i < 8; i++) {
            write("file" + i, "content");
            write("folder" + i + "/inside", "content");
            store().makeFolder(folder.child("bare" + i));
        }

        for (String kind : List.of("file", "folder", "bare")) {
            int winners = race(8, number -> store().rename(folder.child(kind + number), folder.child(kind)));

            assertThat(winners).as(kind).isEqualTo(1);
        }
        assertThat(names()).hasSize(3 * 7 + 3);
    }

    @Test
    void readersOfAReplacedFileSeeOldOrNewWhole() throws Exception {
        byte[] old = new byte[20_000];
        byte[] young = new byte[30_000];
        java.util.Arrays.fill(young, (byte) 1);
        store().replace(folder.child("file"), old);

        int winners = race(4, number -> {
            for (int i = 0; i < 10; i++) {
                if (number == 0) {
                    store().replace(folder.child("file"), i % 2 == 0 ? young : old);
                } else {
                    assertThat(store().read(folder.child("file"), 30_000)).isIn(old, young);
                }
            }
        });

        assertThat(winners).isEqualTo(4);
    }
}
