package dev.convoke.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_set_data_handle;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_execute;
import static org.bytedeco.dnnl.global.dnnl.dnnl_success;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_primitive;
import org.jspecify.annotations.Nullable;

/** Runs one oneDNN primitive. */
final class Call implements Step {

    private final Natives natives;
    private final Row row;
    private final Description description;
    private final List<Argument> arguments;
    private final List<dnnl_memory> memories = new ArrayList<>();
    private final dnnl_exec_arg_t passed;
    private @Nullable dnnl_primitive primitive;

    Call(Natives natives, Row row, Description description, List<Argument> arguments) {
        this.natives = natives;
        this.row = row;
        this.description = description;
        this.arguments = List.copyOf(arguments);
        this.passed = new dnnl_exec_arg_t(arguments.size());
        natives.onClose(passed::close);
    }

    /**
     * An array a primitive works on.
     *
     * @param name oneDNN's number for its part
     */
    record Argument(int name, Tensor tensor) {}

    @Override
    public Row row() {
        return row;
    }

    @Override
    public void bind() {
        if (primitive == null) {
            primitive = create();
        }
        for (int i = 0; i < memories.size(); i++) {
            Natives.check(
                    dnnl_memory_set_data_handle(
                            memories.get(i), arguments.get(i).tensor().region().address()),
                    "placing an array");
        }
    }

    @Override
    public void run() {
        int status = dnnl_primitive_execute(primitive, natives.stream(), memories.size(), passed);
        if (status != dnnl_success) {
            Natives.check(status, "computing " + row.operation() + " of layer '" + row.layer() + "'");
        }
    }

    private dnnl_primitive create() {
        for (int i = 0; i < arguments.size(); i++) {
            Argument argument = arguments.get(i);
            dnnl_memory memory = new dnnl_memory();
            Natives.check(
                    dnnl_memory_create(
                            memory,
                            argument.tensor().layout().descriptor(),
                            natives.engine(),
                            argument.tensor().region().address()),
                    "creating an array");
            natives.onClose(() -> dnnl_memory_destroy(memory));
            memories.add(memory);
            passed.getPointer(i).arg(argument.name());
            passed.getPointer(i).memory(memory);
        }
        try {
            return description.create();
        } catch (RefusedException refused) {
            throw refused.of(row.layer());
        }
    }
}
