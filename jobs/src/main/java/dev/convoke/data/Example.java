package dev.convoke.data;

/**
 * One labelled image as it is stored: still encoded.
 *
 * @param path where it came from, for messages and reports; unique within a dataset
 * @param label index of its class in the manifest
 * @param encoded the JPEG or PNG file; read, never written to
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody; a copy per example would double the reader's work
public record Example(String path, int label, byte[] encoded) {}
