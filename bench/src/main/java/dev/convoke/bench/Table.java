package dev.convoke.bench;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Rows as a table of fixed-width text, one column for each field that any row has. */
public final class Table {

    private Table() {}

    /** Returns the rows with a header line above them, each line ended. */
    public static String of(List<Row> rows) {
        Set<String> columns = new LinkedHashSet<>();
        rows.forEach(row -> columns.addAll(row.fields().keySet()));
        List<List<String>> lines = new ArrayList<>();
        lines.add(List.copyOf(columns));
        for (Row row : rows) {
            lines.add(columns.stream()
                    .map(column -> text(row.fields().getOrDefault(column, "")))
                    .toList());
        }
        int[] widths = new int[columns.size()];
        for (List<String> line : lines) {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], line.get(column).length());
            }
        }
        StringBuilder table = new StringBuilder();
        for (List<String> line : lines) {
            StringBuilder padded = new StringBuilder();
            for (int column = 0; column < widths.length; column++) {
                String cell = line.get(column);
                padded.append(cell).append(" ".repeat(widths[column] - cell.length() + 2));
            }
            table.append(padded.toString().stripTrailing()).append('\n');
        }
        return table.toString();
    }

    /** Returns a value for people: whole numbers plain, others to four digits or so. */
    static String text(Object value) {
        if (!(value instanceof Double number)) {
            return String.valueOf(value);
        }
        if (number == Math.rint(number) && Math.abs(number) < 1e15) {
            return String.format(Locale.ROOT, "%.0f", number);
        }
        return String.format(Locale.ROOT, Math.abs(number) >= 100 ? "%.1f" : "%.4g", number);
    }
}
