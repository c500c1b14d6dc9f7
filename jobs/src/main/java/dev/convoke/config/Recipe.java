package dev.convoke.config;

import dev.convoke.data.Augmentation;
import dev.convoke.data.Normalisation;
import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Transfer;
import dev.convoke.models.ImageShape;
import dev.convoke.models.LayerRates;
import dev.convoke.models.NetworkSpec;
import dev.convoke.models.OptimizerSpec;
import dev.convoke.shard.ChannelStatistics;
import dev.convoke.shard.ShardManifest;
import dev.convoke.shard.Split;
import dev.convoke.shard.ingest.ClassBalance;
import dev.convoke.training.DivergencePolicy;
import dev.convoke.training.DivergencePolicy.Reaction;
import dev.convoke.training.FeedSettings;
import dev.convoke.training.TrainingSettings;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The whole experiment: what a recipe file and the command line's overrides come to, every default filled in.
 *
 * @param name what people call the run
 * @param architecture a name from the catalog
 * @param inputPixels side of the square input image
 * @param classes how many classes; null takes the dataset's
 * @param dropoutRate replaces the architecture's dropout rates; null keeps them
 * @param optimizer momentum, weight decay, clipping
 * @param training everything else that decides the mathematics
 * @param augmentation how training images are varied
 * @param scaling what the network's input is scaled by
 * @param feeding how examples become minibatches
 * @param compute engine and precision
 * @param checkpoint when state is kept, and how much of it
 * @param evaluation what is evaluated while training
 * @param divergence what to do when training leaves sane numbers
 * @param fineTuning what training starts from, and how fast its layers learn
 * @param data where the dataset is; null if the command line must say
 * @param out where the run goes; null if the command line must say
 * @param resolved every key with its value, as text
 */
public record Recipe(
        String name,
        String architecture,
        int inputPixels,
        @Nullable Integer classes,
        @Nullable Double dropoutRate,
        OptimizerSpec optimizer,
        TrainingSettings training,
        Augmentation augmentation,
        Scaling scaling,
        Feeding feeding,
        Compute compute,
        Checkpointing checkpoint,
        Evaluating evaluation,
        Divergence divergence,
        FineTuning fineTuning,
        @Nullable String data,
        @Nullable String out,
        ResolvedSettings resolved) {

    /**
     * What the network's input is scaled by.
     *
     * @param by where the numbers come from
     * @param given ImageNet's, or those the recipe states; not used where they are the dataset's
     */
    public record Scaling(By by, Normalisation given) {

        /** Where means and deviations come from. */
        public enum By {
            /** Published networks' habit. */
            IMAGENET,
            /** The training split's own. */
            DATASET,
            /** The recipe states them. */
            GIVEN
        }
    }

    /**
     * How examples become minibatches.
     *
     * @param decoders threads that decode for one worker
     * @param ahead minibatches filled before they are asked for
     * @param sampling which examples an epoch has
     * @param mixup alpha of mixup; 0 for none
     * @param classWeights what each class counts in the loss
     * @param cacheMegabytes how much of the dataset each executor keeps decoded; 0 for nothing
     */
    public record Feeding(
            int decoders,
            int ahead,
            FeedSettings.Sampling sampling,
            double mixup,
            ClassWeights classWeights,
            int cacheMegabytes) {

        /** What each class counts in the loss. */
        public enum ClassWeights {
            /** All the same. */
            NONE,
            /** The rarer, the more: examples by classes by the class's own examples. */
            BALANCED
        }

        /** Returns the settings for a training split with so many examples of each class. */
        public FeedSettings settings(List<Long> perClass) {
            ClassBalance balance = new ClassBalance(perClass);
            List<Double> weights = classWeights == ClassWeights.NONE
                    ? List.of()
                    : IntStream.range(0, perClass.size())
                            .mapToObj(balance::weight)
                            .toList();
            return new FeedSettings(decoders, ahead, sampling, mixup, weights);
        }
    }

    /** What computes, in which number format, and what averages. */
    public record Compute(String engine, Precision precision, Master master) {}

    /** What turns the workers' replicas into one. */
    public enum Master {
        /** Slices, averaged on the executors. */
        CONVOKE,
        /** DL4J's ParameterAveragingTrainingMaster, through the driver. */
        DL4J
    }

    /**
     * When state is kept.
     *
     * @param everyRounds rounds between two checkpoints; an epoch's and the run's end always make one
     * @param keep how many of the newest stay, at least 2
     * @param keepEvery a checkpoint of every so many rounds stays for ever; 0 for none
     * @param keepBest whether the checkpoint that was evaluated best stays
     */
    public record Checkpointing(int everyRounds, int keep, int keepEvery, boolean keepBest) {}

    /**
     * What to do when training leaves sane numbers.
     *
     * @param reaction what to do
     * @param halvings how often a retry halves the learning rate
     * @param rounds how many rounds a roll-back goes back at least
     * @param retries how many a run has
     * @param largestLoss of a worker in a round, in nats; float32 ends at 87
     * @param largestSpread of the workers around their average, relative to its norm
     */
    public record Divergence(
            Reaction reaction, int halvings, int rounds, int retries, double largestLoss, double largestSpread) {

        /** Returns the policy for training. */
        public DivergencePolicy policy() {
            return new DivergencePolicy(
                    reaction, halvings, rounds, retries, new DivergencePolicy.Limits(largestLoss, largestSpread));
        }
    }

    /**
     * What training starts from.
     *
     * @param from the folder of a trained model, as runs and registries have it; null for random weights
     * @param head what becomes of its output layer
     * @param rates how fast each layer learns
     */
    public record FineTuning(@Nullable String from, Transfer.Head head, LayerRates rates) {

        /** Random weights. */
        public static final FineTuning NONE = new FineTuning(null, Transfer.Head.BY_NAME, LayerRates.SAME);
    }

    /**
     * What is evaluated while training.
     *
     * @param split the split the final model is judged by
     * @param everyEpochs epochs between two evaluations; 0 evaluates only the final model
     */
    public record Evaluating(Split split, int everyEpochs) {}

    /** Returns the network for a dataset with so many classes, unless the recipe fixes their number. */
    public NetworkSpec network(int datasetClasses) {
        return new NetworkSpec(
                architecture, ImageShape.rgb(inputPixels), classes == null ? datasetClasses : classes, dropoutRate);
    }

    /** Returns what the network's input is scaled by on a dataset. */
    public Normalisation normalisation(ShardManifest manifest) {
        if (scaling.by() != Scaling.By.DATASET) {
            return scaling.given();
        }
        ChannelStatistics pixels = manifest.split(Split.TRAIN).orElseThrow().statistics();
        if (pixels.deviation().stream().anyMatch(value -> !(value > 0))) {
            throw new RecipeException(List.of(
                    "'normalisation.by' is dataset, but the pixels of its training split do not" + " vary (deviation "
                            + pixels.deviation() + "): use imagenet, or given with mean and deviation"));
        }
        return new Normalisation(pixels.mean(), pixels.deviation());
    }

    /**
     * Returns this recipe with what it takes from a dataset written out, so that what is trained on this dataset today
     * is used in the same way on any other.
     */
    public Recipe onDataset(ShardManifest manifest) {
        if (scaling.by() != Scaling.By.DATASET) {
            return this;
        }
        Normalisation measured = normalisation(manifest);
        return RecipeLoader.load(
                toYaml(),
                name,
                List.of(
                        "normalisation.by=given",
                        "normalisation.mean=" + measured.mean(),
                        "normalisation.deviation=" + measured.deviation()));
    }

    /** Returns the digest of everything that decides the bytes of the result; names and places are left out. */
    public String digest() {
        return resolved.digest();
    }

    /** Returns whether a key decides the bytes of the result. */
    public static boolean decidesBytes(String key) {
        return ResolvedSettings.decidesBytes(key);
    }

    /** Returns the recipe as YAML with every default filled in; loading it gives an equal recipe. */
    public String toYaml() {
        return resolved.toYaml();
    }
}
