package dev.convoke;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Imports point down only, and each library stays in its rooms. */
class LayeringTest {

    /** From the roof to the ground; none within a row may import another of its row. */
    private static final List<List<String>> ROWS = List.of(
            List.of("cli"),
            List.of("spark", "config"),
            List.of("training", "evaluation", "registry"),
            List.of("shard", "checkpoint", "metrics", "cluster"),
            List.of("data", "storage", "provenance"));

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.convoke");

    @Test
    void importsPointDownOnly() {
        for (int row = 0; row < ROWS.size(); row++) {
            for (String room : ROWS.get(row)) {
                String[] forbidden = ROWS.subList(0, row + 1).stream()
                        .flatMap(List::stream)
                        .filter(other -> !other.equals(room))
                        .map(LayeringTest::classesOf)
                        .toArray(String[]::new);
                if (forbidden.length > 0) {
                    noClasses()
                            .that()
                            .resideInAPackage(classesOf(room))
                            .should()
                            .dependOnClassesThat()
                            .resideInAnyPackage(forbidden)
                            .because("imports point down only: see docs/architecture.md")
                            .allowEmptyShould(true)
                            .check(CLASSES);
                }
            }
        }
    }

    @Test
    void modelsKnowNothingOfJobs() {
        String[] jobs =
                ROWS.stream().flatMap(List::stream).map(LayeringTest::classesOf).toArray(String[]::new);
        noClasses()
                .that()
                .resideInAnyPackage("dev.convoke.models..", "dev.convoke.engine..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(jobs)
                .because("networks and engines are used by people without Spark")
                .check(CLASSES);
    }

    @Test
    void sparkStaysInSparkAndCli() {
        libraryOnlyIn("org.apache.spark..", "spark", "cli");
    }

    @Test
    void hadoopStaysInStorageAndSpark() {
        libraryOnlyIn("org.apache.hadoop..", "storage", "spark");
    }

    @Test
    void parquetStaysInShardAndSpark() {
        libraryOnlyIn("org.apache.parquet..", "shard", "spark");
    }

    @Test
    void dl4jStaysInModelsAndEngine() {
        libraryOnlyIn("org.deeplearning4j..", "models", "engine", "spark.dl4j");
        libraryOnlyIn("org.nd4j..", "models", "engine", "spark.dl4j");
    }

    @Test
    void yamlStaysInConfigAndPicocliInCli() {
        libraryOnlyIn("org.snakeyaml..", "config");
        libraryOnlyIn("picocli..", "cli");
    }

    @Test
    void nothingIsDeserialisedByJava() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.io.ObjectInputStream")
                .because("unfiltered deserialisation runs code from a file")
                .check(CLASSES);
    }

    private static void libraryOnlyIn(String library, String... rooms) {
        String[] allowed = new String[rooms.length];
        for (int i = 0; i < rooms.length; i++) {
            allowed[i] = classesOf(rooms[i]);
        }
        noClasses()
                .that(resideInAnyPackage("dev.convoke.."))
                .and(not(resideInAnyPackage(allowed)))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .because("a library stays where it can be replaced: see docs/architecture.md")
                .allowEmptyShould(true)
                .check(CLASSES);
    }

    private static String classesOf(String room) {
        return "dev.convoke." + room + "..";
    }
}
