package dev.convoke.evaluation;

import dev.convoke.evaluation.PredictedExample.Guess;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** {@link EvaluationTally} as bytes. Zeros of the matrix take no room: with a thousand classes nearly all are. */
final class TallyBytes {

    private TallyBytes() {}

    static byte[] write(EvaluationTally tally) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            ConfusionMatrix confusion = tally.confusion();
            out.writeInt(confusion.classes());
            for (int actual = 0; actual < confusion.classes(); actual++) {
                for (int predicted = 0; predicted < confusion.classes(); predicted++) {
                    long count = confusion.count(actual, predicted);
                    if (count > 0) {
                        out.writeInt(actual);
                        out.writeInt(predicted);
                        out.writeLong(count);
                    }
                }
            }
            out.writeInt(-1);
            out.writeLong(tally.correctAtFive());
            out.writeLong(tally.lossUnits());
            writeExamples(out, tally.worst());
            writeExamples(out, tally.best());
        } catch (IOException e) {
            throw new UncheckedIOException("Writing a tally to memory failed", e);
        }
        return bytes.toByteArray();
    }

    private static void writeExamples(DataOutputStream out, List<PredictedExample> examples) throws IOException {
        out.writeInt(examples.size());
        for (PredictedExample example : examples) {
            byte[] path = example.path().getBytes(StandardCharsets.UTF_8);
            out.writeInt(path.length);
            out.write(path);
            out.writeInt(example.group());
            out.writeInt(example.row());
            out.writeInt(example.label());
            out.writeDouble(example.loss());
            out.writeInt(example.guesses().size());
            for (Guess guess : example.guesses()) {
                out.writeInt(guess.label());
                out.writeDouble(guess.probability());
            }
        }
    }

    static EvaluationTally read(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            EvaluationTally tally = new EvaluationTally(in.readInt());
            for (int actual = in.readInt(); actual >= 0; actual = in.readInt()) {
                int predicted = in.readInt();
                tally.confusion().add(actual, predicted, in.readLong());
            }
            long correctAtFive = in.readLong();
            tally.addSums(correctAtFive, in.readLong());
            readExamples(in).forEach(tally::keep);
            readExamples(in).forEach(tally::keep);
            return tally;
        } catch (IOException e) {
            throw new UncheckedIOException("A tally ends too early", e);
        }
    }

    private static List<PredictedExample> readExamples(DataInputStream in) throws IOException {
        int count = in.readInt();
        List<PredictedExample> examples = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            String path = new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
            int group = in.readInt();
            int row = in.readInt();
            int label = in.readInt();
            double loss = in.readDouble();
            int guessCount = in.readInt();
            List<Guess> guesses = new ArrayList<>(guessCount);
            for (int g = 0; g < guessCount; g++) {
                int guessed = in.readInt();
                guesses.add(new Guess(guessed, in.readDouble()));
            }
            examples.add(new PredictedExample(path, group, row, label, loss, guesses));
        }
        return examples;
    }
}
