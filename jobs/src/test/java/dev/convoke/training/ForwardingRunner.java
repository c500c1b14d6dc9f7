package dev.convoke.training;

/** Passes everything on to another runner; tests override what they want to see or spoil. */
abstract class ForwardingRunner implements RunnerAround {

    private final RoundRunner runner;

    ForwardingRunner(RoundRunner runner) {
        this.runner = runner;
    }

    @Override
    public RoundRunner runner() {
        return runner;
    }
}
