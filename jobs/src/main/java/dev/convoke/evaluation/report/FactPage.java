package dev.convoke.evaluation.report;

import java.util.List;

/**
 * A page a person reads in a minute: a title, how it ended, and a few tables of facts. Needs nothing beside it.
 *
 * @param kind what the page is about, a word or two
 * @param title of the page
 * @param badge how it ended, a word
 * @param tone whether that is good, bad or neither
 * @param summary one sentence
 * @param tables the facts
 */
public record FactPage(String kind, String title, String badge, Tone tone, String summary, List<Table> tables) {

    /** How an end is shown. */
    public enum Tone {
        GOOD,
        BAD,
        OPEN
    }

    /**
     * Facts of one sort.
     *
     * @param title of the table
     * @param header names of the columns; empty for none
     * @param rows as many cells each as there are columns
     */
    public record Table(String title, List<String> header, List<List<String>> rows) {

        /** Copies the lists. */
        public Table {
            header = List.copyOf(header);
            rows = rows.stream().map(List::copyOf).toList();
        }
    }

    /** Copies the list. */
    public FactPage {
        tables = List.copyOf(tables);
    }

    /** Returns the page. */
    public String toHtml() {
        Html html = new Html();
        html.open("html", "lang", "en").open("head");
        html.empty("meta", "charset", "utf-8");
        html.empty("meta", "http-equiv", "Content-Security-Policy", "content", ReportPage.POLICY);
        html.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
        html.element("title", title + " – Convoke " + kind)
                .style(ReportPage.css())
                .close();
        html.open("body").open("main");
        html.open("header").element("p", "Convoke " + kind, "class", "eyebrow").element("h1", title);
        html.open("p", "class", "facts");
        String colour = tone == Tone.GOOD ? "good" : tone == Tone.BAD ? "bad" : "open";
        html.element("span", badge, "class", "badge " + colour);
        html.element("span", summary, "class", "fact");
        html.close().close();
        for (Table table : tables) {
            html.element("h2", table.title()).open("section", "class", "card scroll");
            html.open("table", "class", "figures");
            if (!table.header().isEmpty()) {
                row(html, "th", table.header());
            }
            table.rows().forEach(cells -> row(html, "td", cells));
            html.close().close();
        }
        html.open("footer").text("Written by Convoke from the step records beside this page.");
        return html.close().close().close().close().page();
    }

    private static void row(Html html, String tag, List<String> cells) {
        html.open("tr");
        cells.forEach(cell -> html.element(tag, cell));
        html.close();
    }
}
