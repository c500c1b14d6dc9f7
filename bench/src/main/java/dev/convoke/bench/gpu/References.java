package dev.convoke.bench.gpu;

import dev.convoke.bench.engine.PeerCase;
import dev.convoke.bench.gpu.CheckCase.ExpectedArray;
import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.Engines;
import dev.convoke.engine.Replica;
import dev.convoke.engine.plan.Graph;
import dev.convoke.engine.plan.GraphReader;
import dev.convoke.models.ImageShape;
import dev.convoke.models.ModelCatalog;
import dev.convoke.models.NetworkSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the cases on the CPU's engine, and the networks that are measured. Needs all of the class path. */
final class References {

    private static final Logger LOG = LoggerFactory.getLogger(References.class);

    private static final int CLASSES = 4;
    private static final int OPERATION_STEPS = 3;
    private static final int NETWORK_STEPS = 10;

    /** Of the small networks: large enough that the change of a parameter stands far above its rounding. */
    private static final double LEARNING_RATE = 1e-3;

    /** Pixels of a side, small for speed; where there is batch norm, large enough that it has something to average. */
    private static final Map<String, Integer> PIXELS = Map.of(
            "alexnet", 99, "vgg16", 32, "inception-v1", 64, "inception-v1-notebook", 64, "resnet", 32, "resnet34", 64);

    private static final int MEASURED_PIXELS = 224;
    private static final int MEASURED_CLASSES = 1000;

    private References() {}

    /** Returns the names of all cases, the simple ones first. */
    static List<String> names() {
        List<String> names = new ArrayList<>(OperationGraphs.names());
        names.addAll(ModelCatalog.names());
        return names;
    }

    /** Returns the network of a case as DL4J configures it. */
    static ComputationGraphConfiguration configuration(String name) {
        if (OperationGraphs.names().contains(name)) {
            return OperationGraphs.configuration(name, PeerCase.OPTIMIZER);
        }
        return ModelCatalog.configure(new NetworkSpec(name, image(name), CLASSES, null), PeerCase.OPTIMIZER, 1);
    }

    /** Returns what a case trains. */
    static Scenario scenario(String name) {
        boolean isSmall = OperationGraphs.names().contains(name);
        Graph graph = GraphReader.read(configuration(name));
        return isSmall
                ? new Scenario(name, image(name), 6, OPERATION_STEPS, LEARNING_RATE, graph)
                : new Scenario(name, image(name), 8, NETWORK_STEPS, PeerCase.LEARNING_RATE, graph);
    }

    /** Trains a case on the CPU three ways, and tells what is right and how sharply it is known. */
    static CheckCase make(String name) {
        Scenario scenario = scenario(name);
        Trained trained;
        List<Trained> others = new ArrayList<>();
        try (Replica replica = onCpu(scenario, Precision.FLOAT32)) {
            trained = scenario.train(replica);
        }
        try (Replica replica = onCpu(scenario, Precision.FLOAT32)) {
            others.add(scenario.trainMoved(replica));
        }
        try (Replica replica = onCpu("dl4j", scenario, Precision.FLOAT32)) {
            others.add(scenario.train(replica));
        }
        return CheckCase.of(scenario, trained, others);
    }

    /** Opens a replica of a scenario on the CPU's engine. */
    static Replica onCpu(Scenario scenario, Precision precision) {
        return onCpu("onednn", scenario, precision);
    }

    private static Replica onCpu(String engine, Scenario scenario, Precision precision) {
        return Engines.byName(engine).open(configuration(scenario.name()), scenario.settings(precision));
    }

    /** Writes the cases and the networks to be measured, each to a file of its own in the folder. */
    static void write(Path folder) throws IOException {
        Path cases = Files.createDirectories(GpuFiles.cases(folder));
        for (String name : names()) {
            CheckCase made = make(name);
            LOG.info(
                    "{}: {} of {} arrays are known to 1 % or better after the first step, {} after the last",
                    name, sharp(made.first()), made.first().size(), sharp(made.last()));
            GraphFile.write(cases.resolve(name + ".json"), made);
        }
        Path networks = Files.createDirectories(GpuFiles.networks(folder));
        ImageShape image = ImageShape.rgb(MEASURED_PIXELS);
        for (String name : ModelCatalog.names()) {
            NetworkSpec spec = new NetworkSpec(name, image, MEASURED_CLASSES, null);
            Graph graph = GraphReader.read(ModelCatalog.configure(spec, PeerCase.OPTIMIZER, 1));
            GraphFile.write(networks.resolve(name + ".json"), new MeasuredNetwork(name, image, graph));
        }
    }

    private static long sharp(List<ExpectedArray> arrays) {
        return arrays.stream()
                .filter(array -> CaseChecker.tolerance(array) < 0.01)
                .count();
    }

    private static ImageShape image(String name) {
        Integer pixels = PIXELS.get(name);
        return pixels == null ? OperationGraphs.image(name) : ImageShape.rgb(pixels);
    }
}
