package dev.convoke.cli;

import dev.convoke.spark.StorageAccess;
import dev.convoke.storage.Location;
import dev.convoke.storage.NotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.apache.spark.SparkConf;

/** Reads the text of a recipe: a local file, or, where the driver runs on a cluster, any address. */
final class RecipeFile {

    private static final int LARGEST_BYTES = 1 << 20;

    private RecipeFile() {}

    /**
     * Returns the text.
     *
     * @param written a path, or an address such as {@code hdfs:///recipes/alexnet.yaml}
     */
    static String read(String written) {
        try {
            if (!isAddress(written)) {
                return text(Files.readAllBytes(Path.of(written)));
            }
            Location file = Location.parse(written);
            return text(StorageAccess.of(new SparkConf()).stores().of(file).read(file, LARGEST_BYTES));
        } catch (NoSuchFileException | NotFoundException missing) {
            throw new UsageException(
                    "There is no recipe at " + written + "; conf/recipes/ has one for each network (in cluster mode the"
                            + " driver reads it on its own node: use an address that every node reads, such as hdfs:)");
        } catch (CharacterCodingException broken) {
            throw new UsageException("The recipe " + written + " is not UTF-8 text; save it as UTF-8");
        } catch (IOException failed) {
            throw new UsageException("The recipe " + written + " cannot be read: " + failed.getMessage());
        }
    }

    /**
     * Returns the file that another one names.
     *
     * @param file a path or an address
     * @param named as {@code file} has it: relative to its folder, an absolute path, or an address
     */
    static String beside(String file, String named) {
        if (isAddress(named)) {
            return named;
        }
        if (!isAddress(file)) {
            return Path.of(file)
                    .toAbsolutePath()
                    .resolveSibling(named)
                    .normalize()
                    .toString();
        }
        Location folder = Location.parse(file).parent();
        String rest = named;
        while (rest.startsWith("../")) {
            folder = folder.parent();
            rest = rest.substring(3);
        }
        return rest.startsWith("/")
                ? folder.uri().replaceAll("^([^:]+:(?://[^/]*)?)/.*", "$1") + rest
                : folder.child(rest.replaceFirst("^\\./", "")).uri();
    }

    private static boolean isAddress(String written) {
        return written.matches("[A-Za-z][A-Za-z0-9+.-]*:.*");
    }

    private static String text(byte[] bytes) throws CharacterCodingException {
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes))
                .toString();
    }
}
