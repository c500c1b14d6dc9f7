package dev.convoke.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.config.SettingsParser.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SettingsParserTest {

    private final List<String> problems = new ArrayList<>();

    @Test
    void nestedKeysAreJoinedByDotsAndKeepTheirLines() {
        Map<String, Setting> settings = parse("batch: 4\noptimizer:\n  momentum: 0.9\nsteps: [1, 2]\n");

        assertThat(problems).isEmpty();
        assertThat(settings.get("optimizer.momentum")).isEqualTo(new Setting(List.of("0.9"), false, "r.yaml:3"));
        assertThat(settings.get("steps")).isEqualTo(new Setting(List.of("1", "2"), true, "r.yaml:4"));
        assertThat(settings).containsOnlyKeys("batch", "optimizer.momentum", "steps");
    }

    @Test
    void aKeySetTwiceIsRefusedWithItsSecondLine() {
        parse("batch: 4\nworkers: 2\nbatch: 8\n");

        assertThat(problems).containsExactly("r.yaml:3: 'batch' is set twice; keep one");
    }

    @Test
    void tagsAreRefusedBecauseTheyNameClasses() {
        Map<String, Setting> settings = parse("batch: !!javax.script.ScriptEngineManager [x]\n");

        assertThat(settings).isEmpty();
        assertThat(problems).singleElement().asString().contains("r.yaml:1", "tag", "remove it");
    }

    @Test
    void anAliasBombIsRefusedWithoutBeingExpanded() {
        StringBuilder bomb = new StringBuilder("a0: &a0 {x: 1, y: 2}\n");
        for (int i = 1; i < 30; i++) {
            bomb.append("a%d: &a%d {x: *a%d, y: *a%d}%n".formatted(i, i, i - 1, i - 1));
        }

        parse(bomb.toString());

        assertThat(problems).isNotEmpty();
    }

    @Test
    void anEmptyFileAndAPlainTextAreRefusedWithTheRemedy() {
        parse("");
        parse("just words");

        assertThat(problems)
                .containsExactly(
                        "r.yaml: is empty; start from one of conf/recipes/*.yaml",
                        "r.yaml: must be keys and values, such as 'architecture: alexnet'");
    }

    @Test
    void brokenYamlIsOneLine() {
        parse("batch: [1, 2\nworkers: }");

        assertThat(problems)
                .singleElement()
                .asString()
                .startsWith("r.yaml: is not YAML")
                .doesNotContain("\n");
    }

    private Map<String, Setting> parse(String text) {
        return SettingsParser.parse(text, "r.yaml", problems);
    }
}
