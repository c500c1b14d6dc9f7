package dev.convoke.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** conf/discover-gpus.sh beside an nvidia-smi of ours: Spark counts as a GPU whatever the script prints with code 0. */
class DiscoverGpusTest {

    @TempDir
    private Path folder;

    @Test
    void everyCardIsNamedByItsNumber() throws Exception {
        assertThat(discover("printf '0\\n1\\n'"))
                .isEqualTo(new Answer(0, "{\"name\": \"gpu\", \"addresses\": [\"0\",\"1\"]}"));
    }

    @Test
    void aDriverThatFailsGrantsNothing() throws Exception {
        for (String broken : List.of("echo 'NVIDIA-SMI has failed'; exit 9", "true", "echo 'No devices were found'")) {
            Answer answer = discover(broken);

            assertThat(answer.code).isEqualTo(1);
            assertThat(answer.text).startsWith("discover-gpus: ").doesNotContain("addresses\"");
        }
    }

    private record Answer(int code, String text) {}

    private Answer discover(String nvidiaSmi) throws IOException, InterruptedException {
        Path command = Files.writeString(folder.resolve("nvidia-smi"), "#!/bin/sh\n" + nvidiaSmi + "\n");
        assertThat(command.toFile().setExecutable(true)).isTrue();
        ProcessBuilder builder = new ProcessBuilder("../conf/discover-gpus.sh").redirectErrorStream(true);
        builder.environment().remove("CONVOKE_GPU_ADDRESSES");
        builder.environment().merge("PATH", folder.toString(), (path, ours) -> ours + ":" + path);
        Process process = builder.start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return new Answer(process.waitFor(), text);
    }
}
