package dev.convoke.spark.rounds;

import java.io.IOException;

/** A block is longer or shorter than it was planned. Never leaves a task. */
final class WrongLengthException extends IOException {

    WrongLengthException(long found, int planned) {
        super("it has " + found + " bytes, planned were " + planned);
    }
}
