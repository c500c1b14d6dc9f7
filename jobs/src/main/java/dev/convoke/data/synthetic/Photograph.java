package dev.convoke.data.synthetic;

/**
 * One generated photograph.
 *
 * @param kind what it shows: one of {@link PhotographGenerator#kinds()}
 * @param name a file name unique within its kind, such as {@code boat-0012.jpg}
 * @param encoded the JPEG file
 */
@SuppressWarnings("ArrayRecordComponent") // a file on its way to disk, compared by nobody
public record Photograph(String kind, String name, byte[] encoded) {}
