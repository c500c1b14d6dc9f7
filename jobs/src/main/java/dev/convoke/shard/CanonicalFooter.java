package dev.convoke.shard;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Comparator;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.KeyValue;
import org.apache.parquet.format.PageEncodingStats;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.Util;

/**
 * Puts the lists in a Parquet footer in one order. Parquet keeps a column's encodings in a hash set of enum constants,
 * whose order follows their identity hashes and so differs from one JVM to the next; equal input would give unequal
 * shards.
 */
final class CanonicalFooter {

    /** After the footer: its length in 4 bytes, little-endian, and the 4 bytes {@code PAR1}. */
    private static final int TRAILER = 8;

    private CanonicalFooter() {}

    /** Returns the end of a Parquet file, from anywhere before its footer on, with the footer in order. */
    static byte[] of(byte[] end) throws IOException {
        int footerBytes = ByteBuffer.wrap(end).order(ByteOrder.LITTLE_ENDIAN).getInt(end.length - TRAILER);
        int start = end.length - TRAILER - footerBytes;
        FileMetaData footer = Util.readFileMetaData(new ByteArrayInputStream(end, start, footerBytes));
        order(footer);
        ByteArrayOutputStream ordered = new ByteArrayOutputStream(end.length);
        ordered.write(end, 0, start);
        Util.writeFileMetaData(footer, ordered);
        int length = ordered.size() - start;
        ordered.write(ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(length)
                .array());
        ordered.write(end, end.length - Integer.BYTES, Integer.BYTES);
        return ordered.toByteArray();
    }

    private static void order(FileMetaData footer) {
        footer.getKey_value_metadata().sort(Comparator.comparing(KeyValue::getKey));
        for (RowGroup group : footer.getRow_groups()) {
            for (ColumnChunk column : group.getColumns()) {
                ColumnMetaData description = column.getMeta_data();
                description.getEncodings().sort(Comparator.naturalOrder());
                if (description.isSetEncoding_stats()) {
                    description
                            .getEncoding_stats()
                            .sort(Comparator.comparing(PageEncodingStats::getPage_type)
                                    .thenComparing(PageEncodingStats::getEncoding));
                }
            }
        }
    }
}
