package dev.convoke.evaluation.report;

import dev.convoke.checkpoint.Checkpoint;
import dev.convoke.checkpoint.CheckpointHeader.Change;
import dev.convoke.checkpoint.RunOwnership;
import dev.convoke.checkpoint.RunOwnership.Term;
import dev.convoke.evaluation.report.ReportInput.Happening;
import dev.convoke.metrics.FaultLog;
import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** What a run has been through: from its owners, from what was noted down on the way, from its checkpoint's history. */
final class FaultReader {

    private FaultReader() {}

    /** Returns what happened, oldest first; what has no time comes last. */
    static List<Happening> read(FileStore store, Location run, Optional<Checkpoint> newest) {
        List<Happening> all = new ArrayList<>();
        new FaultLog(store, run)
                .readAll()
                .forEach(fault -> all.add(new Happening(
                        fault.time().toString(), fault.kind(), "round " + fault.round() + ": " + fault.detail())));
        List<Term> terms = RunOwnership.history(store, run);
        for (int i = 1; i < terms.size(); i++) {
            if (!terms.get(i - 1).released()) {
                Instant since = terms.get(i).since();
                all.add(new Happening(
                        since.toString(),
                        "process lost",
                        terms.get(i - 1).owner() + " ended without a word; "
                                + terms.get(i).owner() + " took over"));
            }
        }
        all.sort(Comparator.comparing(Happening::time));
        all.replaceAll(one -> new Happening(one.time().replaceFirst("\\.\\d+Z$", "Z"), one.what(), one.detail()));
        for (Change change :
                newest.map(checkpoint -> checkpoint.header().changes()).orElse(List.of())) {
            all.add(new Happening(
                    "after round " + change.roundsDone(),
                    "changed: " + change.what(),
                    "from " + change.from() + " to " + change.to()));
        }
        return List.copyOf(all);
    }
}
