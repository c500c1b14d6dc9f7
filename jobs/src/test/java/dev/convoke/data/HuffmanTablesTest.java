package dev.convoke.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;

class HuffmanTablesTest {

    private final HuffmanTables tables = new HuffmanTables();

    /** A table as a file holds it: two code words of two bits. */
    private static byte[] table(int first, int second) {
        byte[] bytes = new byte[18];
        bytes[1] = 2;
        bytes[16] = (byte) first;
        bytes[17] = (byte) second;
        return bytes;
    }

    private HuffmanTable read(byte[] bytes) {
        return tables.of(bytes, 0, bytes.length);
    }

    @Test
    void filesWithTheSameTableShareIt() {
        byte[] further = new byte[40];
        System.arraycopy(table(3, 4), 0, further, 7, 18);

        HuffmanTable first = read(table(3, 4));

        assertThat(tables.of(further, 7, 30)).isSameAs(first);
    }

    @Test
    void eachTableSaysItsOwnWordsHoweverManyThereAre() {
        for (int i = 0; i < 1000; i++) {
            HuffmanTable table = read(table(i & 0xFF, i >> 8));

            assertThat(table.shortWord(0b00_00000000, 10)).isEqualTo(2 << 8 | (i & 0xFF));
            assertThat(table.shortWord(0b01_00000000, 10)).isEqualTo(2 << 8 | i >> 8);
        }
    }

    @Test
    void whatItKeepsDoesNotChangeWithTheFile() {
        byte[] file = table(3, 4);
        HuffmanTable first = read(file);

        file[16] = 9;

        assertThat(read(table(3, 4))).isSameAs(first);
        assertThat(read(file)).isNotSameAs(first);
    }

    @Test
    void aTableThatRunsOverItsSegmentIsRefused() {
        assertThatExceptionOfType(UndecodableImageException.class)
                .isThrownBy(() -> tables.of(table(3, 4), 0, 17))
                .withMessageContaining("2 code words that does not fit");
    }
}
