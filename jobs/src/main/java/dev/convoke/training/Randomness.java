package dev.convoke.training;

/** Tells the uses of the run's seed apart, so that no two draw the same numbers. The values are part of the format. */
final class Randomness {

    static final long GROUPS = 1;
    static final long ROWS = 2;
    static final long WINDOW = 3;
    static final long AUGMENTATION = 4;
    static final long DROPOUT = 5;
    static final long SAMPLING = 6;
    static final long MIXUP = 7;

    private Randomness() {}
}
