package dev.convoke.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What can be known of our kernels without a GPU. */
class KernelsTest {

    private static final Pattern DEFINED =
            Pattern.compile("__global__ void (?:__launch_bounds__[(][^)]*[)] )?(\\w+)\\(");
    private static final Pattern LAUNCHED =
            Pattern.compile("[.](?:elementwise|rowwise|columns|finishColumns|single)[(]\\s*[^,]+,\\s*\"(\\w+)\"");
    private static final Pattern QUOTED = Pattern.compile("\"(\\w+)\"");
    private static final Pattern FUNCTION = Pattern.compile("function[(]\"(\\w+)\"");

    @Test
    void everyKernelThatIsLaunchedIsDefinedAndTheOtherWayRound() throws IOException {
        Set<String> launched = new TreeSet<>();
        Set<String> named = new TreeSet<>();
        try (Stream<Path> files = Files.list(Path.of("src/main/java/dev/convoke/engine/cuda"))) {
            files.map(KernelsTest::text).forEach(text -> {
                launched.addAll(all(LAUNCHED, text));
                launched.addAll(all(FUNCTION, text));
                named.addAll(all(QUOTED, text));
            });
        }

        Set<String> defined = all(DEFINED, Kernels.source());

        assertThat(defined).containsAll(launched).hasSizeGreaterThan(20);
        assertThat(named).as("names in quotes").containsAll(defined);
    }

    private static Set<String> all(Pattern pattern, String text) {
        Set<String> found = new TreeSet<>();
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
        return found;
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
