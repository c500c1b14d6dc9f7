package dev.convoke.engine.onednn;

import dev.convoke.engine.plan.Plan;

/** Programs that are described and never run: what oneDNN refuses shows before there is a replica that needs it. */
final class Trial {

    private Trial() {}

    /**
     * Describes all that a replica does with full minibatches. Takes a tenth of a second and next to no memory.
     *
     * @throws dev.convoke.engine.EngineUnavailableException if oneDNN refuses a layer; names it
     */
    static void describe(Plan plan, int batch, int dataType) {
        try (Natives natives = new Natives();
                WeightStore store = WeightStore.withoutMemory(plan, natives);
                Team team = new Team(1)) {
            ReplicaContext context = new ReplicaContext(natives, dataType, new StepSettings(), team);
            for (boolean isTraining : new boolean[] {true, false}) {
                new Compilation(plan, batch, isTraining, store, context).emit();
            }
        }
    }
}
