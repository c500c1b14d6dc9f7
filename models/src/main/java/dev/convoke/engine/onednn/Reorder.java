package dev.convoke.engine.onednn;

import java.util.List;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Pointer;

/** Copies an array from one layout to another, outside any program. */
final class Reorder {

    /** Copies between two addresses; keeps nothing. */
    void run(Layout from, Pointer source, Layout to, Pointer target) {
        try (Natives natives = new Natives()) {
            Description description = new Descriptions(natives).reorder(from, to);
            Layout scratchLayout = description.layout(dnnl.dnnl_query_scratchpad_md);
            try (NativeBlock scratch = new NativeBlock(scratchLayout.bytes())) {
                Call call = new Call(
                        natives,
                        new Step.Row("", "Reorder", description.implementation(), to, 0, 0),
                        description,
                        List.of(
                                new Call.Argument(dnnl.DNNL_ARG_FROM, at(from, source)),
                                new Call.Argument(dnnl.DNNL_ARG_TO, at(to, target)),
                                new Call.Argument(dnnl.DNNL_ARG_SCRATCHPAD, at(scratchLayout, scratch.at(0)))));
                call.bind();
                call.run();
            }
        }
    }

    private static Tensor at(Layout layout, Pointer address) {
        Region region = new Region(layout.bytes());
        region.placeAt(address);
        return new Tensor(layout, region);
    }
}
