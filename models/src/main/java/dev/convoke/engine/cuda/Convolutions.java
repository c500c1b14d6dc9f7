package dev.convoke.engine.cuda;

import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_ENGINECFG_ENGINE;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_ENGINEHEUR_MODE;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_ENGINEHEUR_RESULTS;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_ENGINE_NUMERICAL_NOTE;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ATTR_EXECUTION_PLAN_HANDLE;
import static org.bytedeco.cuda.global.cudnn.CUDNN_BACKEND_ENGINECFG_DESCRIPTOR;
import static org.bytedeco.cuda.global.cudnn.CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR;
import static org.bytedeco.cuda.global.cudnn.CUDNN_BACKEND_ENGINE_DESCRIPTOR;
import static org.bytedeco.cuda.global.cudnn.CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR;
import static org.bytedeco.cuda.global.cudnn.CUDNN_BEHAVIOR_NOTE_CUBLASLT_DEPENDENCY;
import static org.bytedeco.cuda.global.cudnn.CUDNN_BEHAVIOR_NOTE_TYPE_COUNT;
import static org.bytedeco.cuda.global.cudnn.CUDNN_HEUR_MODE_A;
import static org.bytedeco.cuda.global.cudnn.CUDNN_HEUR_MODE_FALLBACK;
import static org.bytedeco.cuda.global.cudnn.CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS;
import static org.bytedeco.cuda.global.cudnn.CUDNN_NUMERICAL_NOTE_FFT;
import static org.bytedeco.cuda.global.cudnn.CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC;
import static org.bytedeco.cuda.global.cudnn.CUDNN_NUMERICAL_NOTE_TENSOR_CORE;
import static org.bytedeco.cuda.global.cudnn.CUDNN_NUMERICAL_NOTE_TYPE_COUNT;
import static org.bytedeco.cuda.global.cudnn.CUDNN_NUMERICAL_NOTE_WINOGRAD;
import static org.bytedeco.cuda.global.cudnn.CUDNN_TYPE_BEHAVIOR_NOTE;
import static org.bytedeco.cuda.global.cudnn.CUDNN_TYPE_HEUR_MODE;
import static org.bytedeco.cuda.global.cudnn.CUDNN_TYPE_NUMERICAL_NOTE;
import static org.bytedeco.cuda.global.cudnn.cudnnGetVersion;

import dev.convoke.engine.EngineUnavailableException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds one of cuDNN's ways for each convolution, the fastest by trying them or the first, and remembers it. */
final class Convolutions implements AutoCloseable {

    /** Notes of engines that do more than float32's own rounding. */
    private static final Set<Integer> ROUNDING = Set.of(
            CUDNN_NUMERICAL_NOTE_TENSOR_CORE,
            CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS,
            CUDNN_NUMERICAL_NOTE_FFT,
            CUDNN_NUMERICAL_NOTE_WINOGRAD);

    private static final int PROPOSALS = 24;
    private static final int MOST_TRIED = 8;
    private static final int RUNS = 3;
    private static final long MOST_WORKSPACE = 2L << 30;

    private final Device device;
    private final Numerics numerics;
    private final int mostTried;
    private final Map<ConvolutionShape, Optional<ConvolutionPlan>> known = new HashMap<>();
    private final List<ConvolutionGraph> graphs = new ArrayList<>();

    Convolutions(Device device, Numerics numerics) {
        this.device = device;
        this.numerics = numerics;
        // What is fastest can change from try to try, and the bits with it.
        this.mostTried = numerics.exact() ? 1 : MOST_TRIED;
    }

    /** Returns the fastest way, if there is one that keeps the replica's promises. */
    Optional<ConvolutionPlan> find(ConvolutionShape shape) {
        Optional<ConvolutionPlan> found = known.get(shape);
        if (found == null) {
            found = Optional.ofNullable(fastest(shape));
            known.put(shape, found);
        }
        return found;
    }

    /**
     * Returns the fastest way.
     *
     * @throws EngineUnavailableException if there is none
     */
    ConvolutionPlan require(ConvolutionShape shape) {
        return find(shape)
                .orElseThrow(() -> new EngineUnavailableException("cuDNN " + cudnnGetVersion() + " cannot compute "
                        + shape + (numerics.exact() ? " with the same bits each time" : "")
                        + ": use a newer cuDNN, or another precision"));
    }

    private @Nullable ConvolutionPlan fastest(ConvolutionShape shape) {
        String what = numerics.precision() + " " + shape;
        OptionalInt known =
                mostTried == 1 ? OptionalInt.empty() : device.tuned().known(what);
        if (known.isPresent() && known.getAsInt() == Tuned.NONE) {
            return null;
        }
        ConvolutionGraph graph = ConvolutionGraph.of(shape, numerics.dnnType());
        graphs.add(graph);
        Descriptor operations = graph.operations(device.dnn());
        if (known.isPresent()) {
            ConvolutionPlan before = numbered(operations, known.getAsInt());
            if (before != null) {
                return before;
            }
        }
        List<ConvolutionPlan> candidates = candidates(operations, CUDNN_HEUR_MODE_A, 0);
        if (candidates.isEmpty()) {
            candidates = candidates(operations, CUDNN_HEUR_MODE_FALLBACK, PROPOSALS);
        }
        ConvolutionPlan best = candidates.size() < 2 ? first(candidates) : fastest(shape, candidates);
        if (mostTried > 1) {
            device.tuned().remember(what, best == null ? Tuned.NONE : best.proposal());
        }
        return best;
    }

    private static @Nullable ConvolutionPlan first(List<ConvolutionPlan> candidates) {
        return candidates.isEmpty() ? null : candidates.get(0);
    }

    /**
     * Returns the plan of one proposal, if it still has one: those of the second mode are counted after the first's.
     */
    private @Nullable ConvolutionPlan numbered(Descriptor operations, int number) {
        boolean isFirst = number < PROPOSALS;
        List<Descriptor> proposals = proposals(operations, isFirst ? CUDNN_HEUR_MODE_A : CUDNN_HEUR_MODE_FALLBACK);
        int place = isFirst ? number : number - PROPOSALS;
        ConvolutionPlan plan = null;
        for (int i = 0; i < proposals.size(); i++) {
            Descriptor proposal = proposals.get(i);
            if (i == place && isWelcome(proposal)) {
                plan = plan(proposal, number);
            }
            if (i != place || plan == null) {
                proposal.close();
            }
        }
        return plan;
    }

    private @Nullable ConvolutionPlan fastest(ConvolutionShape shape, List<ConvolutionPlan> candidates) {
        long workspace = candidates.stream()
                .mapToLong(ConvolutionPlan::workspaceBytes)
                .max()
                .orElse(0);
        ConvolutionPlan best = null;
        float least = Float.MAX_VALUE;
        try (ConvolutionTrial trial = new ConvolutionTrial(device, shape, numerics.valueBytes(), workspace)) {
            for (ConvolutionPlan candidate : candidates) {
                float milliseconds = trial.milliseconds(candidate, RUNS);
                if (milliseconds < least) {
                    best = candidate;
                    least = milliseconds;
                }
            }
        }
        for (ConvolutionPlan candidate : candidates) {
            if (candidate != best) {
                candidate.close();
            }
        }
        return best;
    }

    private List<ConvolutionPlan> candidates(Descriptor operations, int mode, int firstNumber) {
        List<ConvolutionPlan> plans = new ArrayList<>();
        int number = firstNumber;
        for (Descriptor proposal : proposals(operations, mode)) {
            ConvolutionPlan plan = plans.size() < mostTried && isWelcome(proposal) ? plan(proposal, number) : null;
            number++;
            if (plan == null) {
                proposal.close();
            } else {
                plans.add(plan);
            }
        }
        return plans;
    }

    private List<Descriptor> proposals(Descriptor operations, int mode) {
        try (Descriptor heuristics = new Descriptor(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR, "proposals")) {
            heuristics
                    .part(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, operations)
                    .choice(CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, mode);
            return heuristics.canFinish()
                    ? heuristics.readParts(
                            CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, "a proposal", PROPOSALS)
                    : List.of();
        }
    }

    /** Returns whether a way keeps the precision that was asked for, and its bits. */
    private boolean isWelcome(Descriptor proposal) {
        List<Descriptor> engines =
                proposal.readParts(CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_BACKEND_ENGINE_DESCRIPTOR, "an engine", 1);
        if (engines.isEmpty()) {
            // What is not known cannot be promised.
            return false;
        }
        try (Descriptor engine = engines.get(0)) {
            List<Integer> notes = engine.readChoices(
                    CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE, CUDNN_NUMERICAL_NOTE_TYPE_COUNT);
            if (numerics.exact() && notes.contains(CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC)) {
                return false;
            }
            return numerics.usesTensorCores() || !(notes.stream().anyMatch(ROUNDING::contains) || multiplies(engine));
        }
    }

    /** Returns whether an engine leaves the products to cuBLASLt, which may round float32 without a note. */
    private static boolean multiplies(Descriptor engine) {
        return engine.readChoices(
                        CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE, CUDNN_TYPE_BEHAVIOR_NOTE, CUDNN_BEHAVIOR_NOTE_TYPE_COUNT)
                .contains(CUDNN_BEHAVIOR_NOTE_CUBLASLT_DEPENDENCY);
    }

    private @Nullable ConvolutionPlan plan(Descriptor proposal, int number) {
        Descriptor plan = new Descriptor(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, "a plan")
                .library(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, device.dnn())
                .part(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, proposal);
        if (plan.canFinish()) {
            ConvolutionPlan made = new ConvolutionPlan(number, proposal, plan);
            if (made.workspaceBytes() <= MOST_WORKSPACE) {
                return made;
            }
        }
        plan.close();
        return null;
    }

    @Override
    public void close() {
        known.values().forEach(plan -> plan.ifPresent(ConvolutionPlan::close));
        known.clear();
        graphs.forEach(ConvolutionGraph::close);
        graphs.clear();
    }
}
