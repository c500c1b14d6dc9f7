package dev.convoke.evaluation.report;

import dev.convoke.data.Example;
import dev.convoke.evaluation.Evaluated;
import dev.convoke.evaluation.EvaluationReport;
import dev.convoke.evaluation.EvaluationTally;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.stream.IntStream;

/** An evaluation with as many classes as ImageNet has. */
final class ManyClasses {

    private ManyClasses() {}

    static ReportInput input(int classes) {
        EvaluationTally tally = new EvaluationTally(classes);
        for (int row = 0; row < 3 * classes; row++) {
            float[] probabilities = new float[classes];
            probabilities[row * 7 % classes] = 1;
            Example example = new Example("images/" + row + ".jpg", row % classes, new byte[0]);
            tally.add(example, 0, row, FloatBuffer.wrap(probabilities), 0);
        }
        List<String> names =
                IntStream.range(0, classes).mapToObj(c -> "class " + c).toList();
        EvaluationReport report = EvaluationReport.of(new Evaluated("test", 1, "s", "d"), names, tally);
        return new ReportInput(
                "many",
                List.of(),
                "",
                List.of(),
                List.of(),
                List.of(report),
                List.of(),
                List.of(),
                null,
                List.of(),
                List.of());
    }
}
