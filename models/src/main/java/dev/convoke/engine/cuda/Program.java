package dev.convoke.engine.cuda;

import static org.bytedeco.cuda.global.cudart.cudaGraphDestroy;
import static org.bytedeco.cuda.global.cudart.cudaGraphExecDestroy;
import static org.bytedeco.cuda.global.cudart.cudaGraphInstantiate;
import static org.bytedeco.cuda.global.cudart.cudaGraphLaunch;
import static org.bytedeco.cuda.global.cudart.cudaStreamBeginCapture;
import static org.bytedeco.cuda.global.cudart.cudaStreamCaptureModeThreadLocal;
import static org.bytedeco.cuda.global.cudart.cudaStreamEndCapture;

import dev.convoke.engine.plan.ArenaPlan;
import dev.convoke.engine.plan.ArenaPlan.Placement;
import java.util.List;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.jspecify.annotations.Nullable;

/** Steps in order, over one block of the GPU's memory. Recorded at the second run, and replayed from then on. */
final class Program implements AutoCloseable {

    private final Device device;
    private final List<Step> steps;
    private final List<Region> regions;
    private final Placement placement;
    private @Nullable CUgraphExec_st recorded;
    private boolean hasRun;

    Program(Device device, List<Step> steps, List<Region> regions) {
        this.device = device;
        this.steps = List.copyOf(steps);
        this.regions = List.copyOf(regions);
        this.placement =
                ArenaPlan.place(this.regions.stream().map(Region::buffer).toList());
    }

    long arenaBytes() {
        return placement.bytes();
    }

    List<Step> steps() {
        return steps;
    }

    /** Takes a block to compute in; nothing in it outlives a run. */
    void bind(DeviceBlock arena) {
        forget();
        for (int i = 0; i < regions.size(); i++) {
            regions.get(i).placeAt(arena.at(placement.offsets().get(i)));
        }
        steps.forEach(Step::bind);
    }

    /** Puts all steps on the stream. */
    void run() {
        if (!hasRun) {
            // The first run loads what is loaded lazily, which cannot be recorded.
            steps.forEach(Step::run);
            device.finish("the first step of a program");
            hasRun = true;
            return;
        }
        if (recorded == null) {
            recorded = record();
        }
        Checks.runtime(cudaGraphLaunch(recorded, device.stream()), "replaying a step");
    }

    private CUgraphExec_st record() {
        CUgraph_st graph = new CUgraph_st();
        Checks.runtime(
                cudaStreamBeginCapture(device.stream(), cudaStreamCaptureModeThreadLocal), "starting to record a step");
        steps.forEach(Step::run);
        Checks.runtime(cudaStreamEndCapture(device.stream(), graph), "recording a step");
        CUgraphExec_st executable = new CUgraphExec_st();
        Checks.runtime(cudaGraphInstantiate(executable, graph, 0), "preparing a recorded step");
        Checks.runtime(cudaGraphDestroy(graph), "forgetting a recording");
        return executable;
    }

    private void forget() {
        if (recorded != null) {
            cudaGraphExecDestroy(recorded);
            recorded = null;
        }
        hasRun = false;
    }

    @Override
    public void close() {
        forget();
        steps.forEach(Step::close);
    }
}
