package dev.convoke.bench.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;

class BundleJarsTest {

    @Test
    void onlyTheNativePartsThatAreCalledAreKept() throws Exception {
        ByteArrayOutputStream jar = new ByteArrayOutputStream();
        try (ZipOutputStream out = new ZipOutputStream(jar)) {
            for (String name : List.of("META-INF/MANIFEST.MF", "a/libjnicudnn.so", "a/libjninppif.so")) {
                out.putNextEntry(new ZipEntry(name));
                out.write(name.length());
                out.closeEntry();
            }
        }
        ByteArrayOutputStream stripped = new ByteArrayOutputStream();

        BundleJars.strip(new ByteArrayInputStream(jar.toByteArray()), stripped);

        List<String> names = new ArrayList<>();
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(stripped.toByteArray()))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                names.add(entry.getName());
                assertThat(in.readAllBytes()).containsExactly(entry.getName().length());
            }
        }
        assertThat(names).containsExactly("META-INF/MANIFEST.MF", "a/libjnicudnn.so");
    }
}
