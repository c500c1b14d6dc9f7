package dev.convoke.models;

import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;

/** Finds networks by name and configures them. */
public final class ModelCatalog {

    private static final List<Architecture> ARCHITECTURES = List.of(
            new AlexNet(),
            new Vgg16(),
            new InceptionV1(),
            new InceptionV1Notebook(),
            new NotebookResNet(),
            new ResNet34());

    private ModelCatalog() {}

    /** Returns the names of all networks, in the order they are listed to a user. */
    public static List<String> names() {
        return ARCHITECTURES.stream().map(Architecture::name).toList();
    }

    /**
     * Finds a network.
     *
     * @throws UnknownArchitectureException if there is none of this name
     */
    public static Architecture find(String name) {
        for (Architecture architecture : ARCHITECTURES) {
            if (architecture.name().equals(name)) {
                return architecture;
            }
        }
        throw new UnknownArchitectureException("Unknown architecture '" + name + "': did you mean '"
                + NearestName.of(name, names()) + "'? There are " + String.join(", ", names()));
    }

    /**
     * Configures the network a spec names; a pure function of its arguments.
     *
     * @param seed of the initial weights
     * @throws UnknownArchitectureException if there is none of this name
     * @throws IllegalArgumentException if the input is too small for the network, or it has no place for dropout
     */
    public static ComputationGraphConfiguration configure(NetworkSpec spec, OptimizerSpec optimizer, long seed) {
        Architecture architecture = find(spec.architecture());
        int smallest = architecture.smallestInputPixels();
        ImageShape input = spec.input();
        if (Math.min(input.height(), input.width()) < smallest) {
            throw new IllegalArgumentException("'" + architecture.name() + "' needs images of at least " + smallest
                    + " px, got " + input.height() + " x " + input.width() + ": choose a larger input size, at least "
                    + smallest + ", or another architecture");
        }
        return architecture.configure(spec, optimizer, seed);
    }
}
