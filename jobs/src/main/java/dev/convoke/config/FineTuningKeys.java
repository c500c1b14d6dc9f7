package dev.convoke.config;

import dev.convoke.config.Recipe.FineTuning;
import dev.convoke.config.Recipe.Master;
import dev.convoke.engine.Transfer;
import dev.convoke.models.LayerRates;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The keys below {@code fine_tune}. Asked for only where one is written, so that other recipes keep their digest. */
final class FineTuningKeys {

    private static final String FREEZE = "fine_tune.freeze_to";
    private static final String RATES = "fine_tune.rates";

    private FineTuningKeys() {}

    static FineTuning read(Settings settings, Master master) {
        @Nullable String from = settings.textOrNull("fine_tune.from");
        Transfer.Head head = Transfer.Head.BY_NAME;
        if (settings.isOffered("fine_tune.head")) {
            String written = settings.choice("fine_tune.head", "by-name", List.of("by-name", "new"));
            head = Transfer.Head.valueOf(written.toUpperCase(Locale.ROOT).replace('-', '_'));
        }
        LayerRates rates = rates(settings);
        if (master == Master.DL4J && !rates.areSame()) {
            settings.problem(
                    settings.has(RATES) ? RATES : FREEZE,
                    "is not known to DL4J's own master; use averaging.master: convoke");
        }
        return new FineTuning(from, head, rates);
    }

    private static LayerRates rates(Settings settings) {
        List<LayerRates.Group> groups = new ArrayList<>();
        @Nullable String frozen = settings.textOrNull(FREEZE);
        if (frozen != null) {
            groups.add(new LayerRates.Group(frozen, 0));
        }
        if (!settings.isOffered(RATES)) {
            return new LayerRates(groups);
        }
        for (String word : settings.words(RATES)) {
            int equals = word.indexOf('=');
            try {
                groups.add(new LayerRates.Group(
                        word.substring(0, Math.max(0, equals)).strip(),
                        Double.parseDouble(word.substring(equals + 1))));
            } catch (NumberFormatException notANumber) {
                settings.problem(RATES, "has '" + word + "'; write LAYER=FACTOR, such as [conv3=0.1, fc6=0.5]");
            } catch (IllegalArgumentException impossible) {
                settings.problem(RATES, "has '" + word + "': " + impossible.getMessage());
            }
        }
        try {
            return new LayerRates(groups);
        } catch (IllegalArgumentException impossible) {
            settings.problem(RATES, "cannot be: " + impossible.getMessage());
            return LayerRates.SAME;
        }
    }
}
