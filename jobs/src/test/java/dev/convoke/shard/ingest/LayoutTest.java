package dev.convoke.shard.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.convoke.shard.Split;
import dev.convoke.shard.UnusableSourceException;
import dev.convoke.shard.ingest.Layout.Place;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayoutTest {

    @Test
    void foldersNamedLikeSplitsAreSplits() {
        Layout layout = Layout.of(List.of("train", "val", "train/dog", "train/cat", "val/cat"), "x");

        assertThat(layout.classes()).containsExactly("cat", "dog");
        assertThat(layout.splits()).containsExactly(Split.TRAIN, Split.VALIDATION);
        assertThat(layout.place("train/dog/1.jpg")).contains(new Place(Split.TRAIN, "dog"));
        assertThat(layout.place("val/cat/deep/1.jpg")).contains(new Place(Split.VALIDATION, "cat"));
        assertThat(layout.place("train/1.jpg")).isEmpty();
    }

    @Test
    void otherFoldersAreClasses() {
        Layout layout = Layout.of(List.of("dog", "cat", "cat/persian", ".git", "__MACOSX/cat"), "x");

        assertThat(layout.classes()).containsExactly("cat", "dog");
        assertThat(layout.splits()).isEmpty();
        assertThat(layout.place("cat/persian/1.jpg")).contains(new Place(null, "cat"));
        assertThat(layout.place("1.jpg")).isEmpty();
    }

    @Test
    void foldersAroundEverythingAreLeftOut() {
        Layout layout = Layout.of(List.of("a", "a/b", "a/b/train/cat", "a/b/test/dog"), "x");

        assertThat(layout.prefix()).isEqualTo("a/b/");
        assertThat(layout.place("a/b/test/dog/1.jpg")).contains(new Place(Split.TEST, "dog"));
        assertThat(layout.place("a/c.jpg")).isEmpty();
    }

    @Test
    void twoSpellingsOfOneNameAreOneClass() {
        String composed = "caf\u00e9";
        String decomposed = "cafe\u0301";
        Layout layout = Layout.of(List.of("train/" + composed, "val/" + decomposed, "train/100%"), "x");

        assertThat(layout.classes()).containsExactly("100%25", composed);
        assertThat(layout.place(PathNames.escape("val/" + decomposed + "/1.jpg")))
                .contains(new Place(Split.VALIDATION, composed));
        assertThat(layout.place(PathNames.escape("train/100%/1.jpg"))).contains(new Place(Split.TRAIN, "100%25"));
    }

    @Test
    void whatHasNoClassesIsRefused() {
        assertThatExceptionOfType(UnusableSourceException.class)
                .isThrownBy(() -> Layout.of(List.of("", ".hidden"), "the source"))
                .withMessageContaining("no class folders in the source");
        assertThatExceptionOfType(UnusableSourceException.class)
                .isThrownBy(() -> Layout.of(List.of("train", "val"), "the source"))
                .withMessageContaining("The splits of the source have no class folders");
    }

    @Test
    void oddNamesStayApartAndOnOneLine() {
        List<String> names = List.of("a\nb", "a%0Ab", "a\u0000b", "\ud800", "a:b", "😀", "x".repeat(300), "\u2028");

        assertThat(names.stream().map(PathNames::escape).distinct()).hasSize(names.size());
        assertThat(names.stream().map(PathNames::escape))
                .allSatisfy(name -> assertThat(name.lines()).hasSize(1));
        assertThat(PathNames.escape("a:b/😀")).isEqualTo("a:b/😀");
    }
}
