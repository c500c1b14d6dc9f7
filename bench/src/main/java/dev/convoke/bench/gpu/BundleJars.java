package dev.convoke.bench.gpu;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/** The jars of this process that a GPU's machine needs: none of DL4J's, Spark's or oneDNN's. */
final class BundleJars {

    private static final List<Pattern> WANTED = List.of(
            Pattern.compile("convoke-bench\\.jar"),
            Pattern.compile("convoke-models-.*\\.jar"),
            Pattern.compile("jackson-core-.*\\.jar"),
            Pattern.compile("jackson-databind-.*\\.jar"),
            Pattern.compile("jackson-annotations-.*\\.jar"),
            Pattern.compile("slf4j-api-.*\\.jar"),
            Pattern.compile("picocli-.*\\.jar"),
            Pattern.compile("jspecify-.*\\.jar"),
            Pattern.compile("javacpp-[\\d.]+\\.jar"),
            Pattern.compile("javacpp-[\\d.]+-linux-x86_64\\.jar"),
            Pattern.compile("cuda-1[3-9][-.\\d]+\\.jar"),
            Pattern.compile("cuda-1[3-9][-.\\d]+-linux-x86_64\\.jar"));

    /** Of the many native parts of CUDA's jar, those of the libraries the engine calls. */
    private static final Pattern NATIVE_PARTS =
            Pattern.compile(".*/libjni(cudart|cudnn|cublas|cublasLt|nvrtc|javacpp)\\.so");

    private BundleJars() {}

    /**
     * Copies the jars.
     *
     * @throws IllegalArgumentException if one is not on the class path; names it
     */
    static void copy(Path target) throws IOException {
        List<Path> classPath = Pattern.compile(Pattern.quote(File.pathSeparator))
                .splitAsStream(System.getProperty("java.class.path", ""))
                .map(Path::of)
                .toList();
        for (Pattern pattern : WANTED) {
            Path jar = classPath.stream()
                    .filter(path ->
                            pattern.matcher(String.valueOf(path.getFileName())).matches())
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("No jar like " + pattern
                            + " on the class path: build the benchmarks anew with './convoke bench build'"));
            Path copy = target.resolve(String.valueOf(jar.getFileName()));
            if (pattern.pattern().startsWith("cuda") && pattern.pattern().contains("linux")) {
                try (InputStream in = Files.newInputStream(jar);
                        OutputStream out = Files.newOutputStream(copy)) {
                    strip(in, out);
                }
            } else {
                Files.copy(jar, copy);
            }
        }
    }

    /** Copies a jar without the native parts that nothing here calls. */
    static void strip(InputStream jar, OutputStream target) throws IOException {
        ZipInputStream in = new ZipInputStream(jar);
        ZipOutputStream out = new ZipOutputStream(target);
        for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
            String name = entry.getName();
            if (!name.endsWith(".so") || NATIVE_PARTS.matcher(name).matches()) {
                out.putNextEntry(new ZipEntry(name));
                in.transferTo(out);
                out.closeEntry();
            }
        }
        out.finish();
    }
}
