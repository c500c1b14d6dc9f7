package dev.convoke.bench;

/** One of the things a benchmark compares: set up already, measured as often as asked. */
public interface Contender {

    /** Returns what rows and messages call it; unique among the contenders of one comparison. */
    String name();

    /**
     * Does the work once and returns its measure: a time, a rate, whatever the comparison is of, the same for all.
     *
     * @throws Exception if the work failed; the contender then takes no further part
     */
    double measure() throws Exception;
}
