package dev.convoke.training;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The rounds of a run: a pure function of the settings and the number of examples. Worker {@code w} of {@code W} owns
 * the places {@code [w*N/W, (w+1)*N/W)} of each epoch's order and cuts them into minibatches; a round takes the next
 * few of every worker. Rounds never span epochs, so the last one of an epoch is usually shorter, and a worker that has
 * nothing left has an empty share.
 */
public final class RunPlan {

    private final TrainingSettings settings;
    private final long examples;
    /** Entry e is the number of the first round of epoch e; one more entry ends the last epoch. */
    private final int[] firstRounds;

    /**
     * Plans a run.
     *
     * @param examples how many examples an epoch has, at least 1
     */
    public RunPlan(TrainingSettings settings, long examples) {
        if (examples < 1) {
            throw new IllegalArgumentException("A run needs at least one example, the split has " + examples);
        }
        this.settings = settings;
        this.examples = examples;
        this.firstRounds = new int[settings.epochs() + 1];
        for (int epoch = 0; epoch < settings.epochs(); epoch++) {
            firstRounds[epoch + 1] =
                    Math.addExact(firstRounds[epoch], starts(epoch).size());
        }
    }

    /** Returns the settings this plan follows. */
    public TrainingSettings settings() {
        return settings;
    }

    /**
     * Returns the same rounds with every step's learning rate multiplied.
     *
     * @param factor a power of two, so that an averaging schedule that follows the rate gives the same rounds
     */
    public RunPlan withRateScaled(double factor) {
        return factor == 1 ? this : new RunPlan(settings.withRateScaled(factor), examples);
    }

    /** Returns how many examples an epoch has. */
    public long examples() {
        return examples;
    }

    /** Returns how many rounds the whole run has. */
    public int roundCount() {
        return firstRounds[settings.epochs()];
    }

    /** Returns how many rounds are done when the first {@code epochs} epochs are. */
    public int roundsBefore(int epochs) {
        return firstRounds[epochs];
    }

    /** Returns the epoch a round belongs to. */
    public int epochOf(int round) {
        if (round < 0 || round >= roundCount()) {
            throw new IllegalArgumentException("Round " + round + " is not one of the " + roundCount() + " planned");
        }
        int epoch = 0;
        while (firstRounds[epoch + 1] <= round) {
            epoch++;
        }
        return epoch;
    }

    /** Returns a round of the run. */
    public Round round(int number) {
        int epoch = epochOf(number);
        return round(epoch, starts(epoch), number - firstRounds[epoch]);
    }

    /** Returns the rounds of an epoch, in order. */
    public List<Round> rounds(int epoch) {
        List<Integer> starts = starts(epoch);
        return IntStream.range(0, starts.size())
                .mapToObj(index -> round(epoch, starts, index))
                .toList();
    }

    /** Returns how many examples are trained in the first so many rounds of the run. */
    public long examplesBefore(int rounds) {
        int epoch = 0;
        while (epoch < settings.epochs() && firstRounds[epoch + 1] <= rounds) {
            epoch++;
        }
        long seen = Math.multiplyExact(examples, epoch);
        if (rounds > firstRounds[epoch]) {
            int step = starts(epoch).get(rounds - firstRounds[epoch]);
            for (int worker = 0; worker < settings.workers(); worker++) {
                seen += placeOf(worker, step);
            }
        }
        return seen;
    }

    /** Returns the learning rate of a round's last step. */
    public double lastLearningRate(Round round) {
        int end = round.shares().stream()
                .mapToInt(share -> share.firstMinibatch() + share.minibatches())
                .max()
                .orElseThrow();
        return learningRate(round.epoch(), end - 1);
    }

    /** Returns the learning rate of a step of an epoch. */
    public double learningRate(int epoch, int step) {
        return settings.learningRateOf(epoch, step, stepsPerEpoch());
    }

    /** Returns the steps of the busiest worker in an epoch: the clock that schedules are read by. */
    public int stepsPerEpoch() {
        long largestSegment = (examples + settings.workers() - 1) / settings.workers();
        return Math.toIntExact(minibatches(largestSegment));
    }

    /**
     * Returns the first place of a worker's segment in the order of an epoch; worker {@code W} starts where all end.
     */
    public long segmentStart(int worker) {
        return Math.multiplyExact(examples, worker) / settings.workers();
    }

    /** Returns how many minibatches a worker has in an epoch. */
    public int minibatchesOf(int worker) {
        return Math.toIntExact(minibatches(segmentStart(worker + 1) - segmentStart(worker)));
    }

    private List<Integer> starts(int epoch) {
        int steps = stepsPerEpoch();
        List<Integer> starts = new ArrayList<>();
        long step = 0;
        while (step < steps) {
            starts.add((int) step);
            double rate = settings.learningRateOf(epoch, (int) step, steps);
            step += settings.averaging().schedule().at(epoch + (double) step / steps, rate);
        }
        return starts;
    }

    private Round round(int epoch, List<Integer> starts, int index) {
        int firstStep = starts.get(index);
        int endStep = index + 1 < starts.size() ? starts.get(index + 1) : stepsPerEpoch();
        List<Round.Share> shares = new ArrayList<>(settings.workers());
        for (int worker = 0; worker < settings.workers(); worker++) {
            int all = minibatchesOf(worker);
            int first = Math.min(firstStep, all);
            int end = Math.min(endStep, all);
            long trained = placeOf(worker, end) - placeOf(worker, first);
            shares.add(new Round.Share(worker, first, end - first, trained));
        }
        return new Round(firstRounds[epoch] + index, epoch, shares);
    }

    /** Returns how many examples of its segment a worker has trained before a step. */
    private long placeOf(int worker, int step) {
        return Math.min(segmentStart(worker + 1) - segmentStart(worker), (long) step * settings.batch());
    }

    private long minibatches(long segment) {
        return (segment + settings.batch() - 1) / settings.batch();
    }
}
