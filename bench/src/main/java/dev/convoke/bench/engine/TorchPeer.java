package dev.convoke.bench.engine;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import dev.convoke.bench.MadeUpImages;
import dev.convoke.engine.plan.GraphReader;
import java.util.IdentityHashMap;

/**
 * PyTorch, eager, through DJL's engine: the same network, with momentum and weight decay as torch.optim.SGD has them.
 */
final class TorchPeer implements Peer {

    private static final float MOMENTUM = (float) PeerCase.OPTIMIZER.momentum();
    private static final float DECAY = (float) PeerCase.OPTIMIZER.weightDecay();

    private final Engine engine = Engine.getEngine("PyTorch");
    private final NDManager manager = NDManager.newBaseManager("PyTorch");
    private final TorchNetwork network;
    private final NDArray images;
    private final NDArray targets;
    private final IdentityHashMap<NDArray, NDArray> velocities = new IdentityHashMap<>();
    private final boolean training;

    TorchPeer(PeerCase peerCase) {
        this.training = peerCase.training();
        this.network =
                new TorchNetwork(GraphReader.read(peerCase.configuration()), peerCase.image(), training, manager);
        int side = peerCase.pixels();
        float[] pixels = new float[peerCase.batch() * peerCase.image().valueCount()];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = MadeUpImages.pixel(i);
        }
        this.images = manager.create(pixels, new Shape(peerCase.batch(), 3, side, side));
        float[] labels = new float[peerCase.batch() * PeerCase.CLASSES];
        for (int row = 0; row < peerCase.batch(); row++) {
            labels[row * PeerCase.CLASSES + row % PeerCase.CLASSES] = 1;
        }
        this.targets = manager.create(labels, new Shape(peerCase.batch(), PeerCase.CLASSES));
        network.trainable().forEach(array -> velocities.put(array, array.zerosLike()));
    }

    @Override
    public void compute() {
        try (NDManager step = manager.newSubManager()) {
            images.attach(manager);
            NDArray input = images.duplicate();
            input.attach(step);
            if (!training) {
                network.forward(input, step).toFloatArray();
                return;
            }
            try (GradientCollector collector = engine.newGradientCollector()) {
                NDArray logits = network.forward(input, step);
                NDArray loss = logits.logSoftmax(1)
                        .mul(targets)
                        .sum()
                        .neg()
                        .div(targets.getShape().get(0));
                collector.backward(loss);
                loss.getFloat();
            }
            // A new collector keeps the old gradients, so PyTorch adds to them; DJL can only zero them, which costs a
            // pass
            // more than PyTorch's own way of dropping them. The sums are of no use and take the same time.
            network.trainable().forEach(this::update);
        }
    }

    private void update(NDArray array) {
        NDArray velocity = velocities.get(array);
        try (NDArray gradient = array.getGradient()) {
            if (velocity == null) {
                throw new IllegalStateException("A parameter without momentum: " + array.getShape());
            }
            if (array.getShape().dimension() > 1) {
                try (NDArray decay = array.mul(DECAY)) {
                    gradient.addi(decay);
                }
            }
            velocity.muli(MOMENTUM).addi(gradient);
            try (NDArray ahead = velocity.mul(MOMENTUM)) {
                gradient.addi(ahead).muli(PeerCase.LEARNING_RATE);
            }
            array.subi(gradient);
        }
    }
}
