package dev.convoke.bench.engine;

import dev.convoke.bench.MadeUpImages;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** DL4J exactly as it is shipped: its default native library, its oneDNN helpers off, none of this project's code. */
final class ShippedDl4jPeer implements Peer {

    private final ComputationGraph graph;
    private final INDArray images;
    private final INDArray targets;
    private final boolean training;

    ShippedDl4jPeer(PeerCase peerCase) {
        ComputationGraphConfiguration configuration = peerCase.configuration();
        configuration.getVertices().values().forEach(vertex -> {
            if (vertex instanceof LayerVertex layer
                    && layer.getLayerConf().getLayer() instanceof BaseLayer base
                    && base.getIUpdater().hasLearningRate()) {
                base.getIUpdater().setLrAndSchedule(PeerCase.LEARNING_RATE, null);
            }
        });
        this.training = peerCase.training();
        this.graph = new ComputationGraph(configuration);
        graph.init();
        int side = peerCase.pixels();
        this.images = Nd4j.createUninitialized(DataType.FLOAT, peerCase.batch(), 3, side, side);
        for (int i = 0; i < images.length(); i++) {
            images.data().put(i, MadeUpImages.pixel(i));
        }
        this.targets = Nd4j.zeros(DataType.FLOAT, peerCase.batch(), PeerCase.CLASSES);
        for (int row = 0; row < peerCase.batch(); row++) {
            targets.putScalar(row, row % PeerCase.CLASSES, 1);
        }
    }

    @Override
    public void compute() {
        if (training) {
            graph.fit(new INDArray[] {images}, new INDArray[] {targets});
        } else {
            graph.outputSingle(false, images).getFloat(0);
        }
    }
}
