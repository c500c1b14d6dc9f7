package dev.convoke.evaluation.report;

import dev.convoke.evaluation.report.ReportInput.Filters;
import dev.convoke.evaluation.report.ReportInput.Happening;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the first layer looks for, and what the run has been through. */
final class FilterSection {

    private FilterSection() {}

    static void filters(Html html, Filters filters) {
        html.element("h2", "What the first layer looks for").open("section", "class", "card filters");
        html.element(
                "p",
                filters.count() + " filters of " + filters.side() + " x " + filters.side() + " pixels, layer "
                        + filters.layer() + "; grey is zero, colours are what a filter answers to.");
        html.empty("img", "src", filters.image(), "alt", filters.count() + " filters of " + filters.layer());
        html.close();
    }

    static void faults(Html html, @Nullable List<Happening> happenings) {
        html.element("h2", "What it has been through").open("section", "class", "card");
        if (happenings == null) {
            html.element("p", "Nobody can tell: what was written down about it cannot be read.");
        } else if (happenings.isEmpty()) {
            html.element("p", "Nothing: no process and no executor was lost, no round diverged.");
        } else {
            html.open("div", "class", "scroll")
                    .open("table", "class", "figures")
                    .open("tr")
                    .element("th", "when")
                    .element("th", "what")
                    .element("th", "")
                    .close();
            for (Happening happening : happenings) {
                html.open("tr")
                        .element("td", happening.time())
                        .element("td", happening.what())
                        .element("td", happening.detail())
                        .close();
            }
            html.close().close();
        }
        html.close();
    }
}
