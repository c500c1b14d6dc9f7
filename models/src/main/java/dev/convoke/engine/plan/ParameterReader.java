package dev.convoke.engine.plan;

import dev.convoke.engine.StateLayout;
import dev.convoke.engine.StateLayout.Segment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.schedule.FixedSchedule;

/** Reads what a step does with each of a layer's parameter arrays. Asked for the layers in state order. */
final class ParameterReader {

    private final StateLayout layout;
    private final Map<String, Double> rates;
    private int momentumOffset;

    /** Reads with the learning rate of each layer, as a multiple of the step's. */
    ParameterReader(StateLayout layout, Map<String, Double> rates) {
        this.layout = layout;
        this.rates = rates;
        this.momentumOffset = layout.parameterCount();
    }

    StateLayout layout() {
        return layout;
    }

    /** Returns whether a layer is not frozen. */
    boolean learns(String name) {
        return rates.getOrDefault(name, 1.0) > 0;
    }

    List<Parameter> of(String name, Layer layer) {
        List<Parameter> parameters = new ArrayList<>();
        for (Segment segment : layout.segments()) {
            if (segment.layer().equals(name)) {
                parameters.add(parameter(name, (BaseLayer) layer, segment));
            }
        }
        return parameters;
    }

    private Parameter parameter(String name, BaseLayer layer, Segment segment) {
        IUpdater updater = layer.getUpdaterByParam(segment.parameter());
        double clip = clip(name, layer);
        double rate = rates.getOrDefault(name, 1.0);
        if (updater instanceof Nesterovs nesterovs && nesterovs.getMomentumISchedule() == null) {
            int offset = momentumOffset;
            momentumOffset += segment.length();
            return new Parameter(segment, offset, nesterovs.getMomentum(), decay(name, layer, segment), rate, clip);
        }
        if (updater instanceof Sgd || updater instanceof NoOp) {
            return new Parameter(segment, -1, 0, decay(name, layer, segment), rate, clip);
        }
        throw LayerReader.refused(name, layer, "its updater is " + updater + ", not plain or Nesterov descent");
    }

    private static double decay(String name, BaseLayer layer, Segment segment) {
        double decay = 0;
        List<Regularization> regularizations = layer.getRegularizationByParam(segment.parameter());
        for (Regularization regularization : regularizations == null ? List.<Regularization>of() : regularizations) {
            if (regularization instanceof L2Regularization l2 && l2.getL2() instanceof FixedSchedule fixed) {
                decay += fixed.valueAt(0, 0);
            } else {
                throw LayerReader.refused(name, layer, "its regularisation is not a fixed L2 decay");
            }
        }
        return decay;
    }

    private static double clip(String name, BaseLayer layer) {
        GradientNormalization normalisation = layer.getGradientNormalization();
        if (normalisation == null || normalisation == GradientNormalization.None) {
            return 0;
        }
        if (normalisation == GradientNormalization.ClipElementWiseAbsoluteValue) {
            return layer.getGradientNormalizationThreshold();
        }
        throw LayerReader.refused(name, layer, "its gradient is normalised by " + normalisation);
    }
}
