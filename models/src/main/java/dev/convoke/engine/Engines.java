package dev.convoke.engine;

import dev.convoke.engine.cuda.CudaEngine;
import dev.convoke.engine.cuda.CudaEngine.Choice;
import dev.convoke.engine.dl4j.Dl4jEngine;
import dev.convoke.engine.onednn.OnednnEngine;
import java.util.List;

/** Finds engines by the name a recipe gives. */
public final class Engines {

    private static final List<Engine> ENGINES = List.of(
            new AutoEngine(),
            new OnednnEngine(),
            new Dl4jEngine(),
            new CudaEngine(Choice.SAME_BITS),
            new CudaEngine(Choice.FASTEST));

    private Engines() {}

    /** Returns every name a recipe may give, {@code auto} among them, in the order they are listed to a user. */
    public static List<String> names() {
        return ENGINES.stream().map(Engine::name).toList();
    }

    /**
     * Finds an engine; whether it can run here shows when a replica is opened. {@code auto} is the fastest there is.
     *
     * @throws EngineUnavailableException if there is none of this name
     */
    public static Engine byName(String name) {
        return ENGINES.stream()
                .filter(engine -> engine.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new EngineUnavailableException(
                        "Unknown engine '" + name + "': there are " + String.join(", ", names())));
    }
}
