package dev.convoke.engine.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.engine.Engine.Precision;
import dev.convoke.engine.NetworkJob;
import dev.convoke.engine.ResidentMemory;
import dev.convoke.engine.plan.GraphReader;
import dev.convoke.models.ImageShape;
import dev.convoke.models.NetworkSpec;
import dev.convoke.models.OptimizerSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.junit.jupiter.api.Test;

class InitialStateTest {

    @Test
    void whatDl4jTookForTheParametersIsGivenBackWithoutAGarbageCollection() {
        ComputationGraphConfiguration alexnet = configuration();
        int count = GraphReader.read(alexnet).layout().parameterCount();
        FloatBuffer parameters = ByteBuffer.allocateDirect(count * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        InitialState.write(alexnet, parameters);

        long before = ResidentMemory.bytes();
        InitialState.write(alexnet, parameters.rewind());
        long kept = ResidentMemory.bytes() - before;

        assertThat(parameters.hasRemaining()).isFalse();
        assertThat(kept).as("bytes kept, of %s parameters", count).isLessThan((long) count * Float.BYTES / 2);
    }

    private static ComputationGraphConfiguration configuration() {
        NetworkSpec network = new NetworkSpec("alexnet", ImageShape.rgb(224), 1000, null);
        return new NetworkJob(network, new OptimizerSpec(0.9, 5e-4, 0), 1, "onednn", Precision.FLOAT32, 1)
                .configuration();
    }
}
