package dev.convoke.cli;

import dev.convoke.registry.AliasMove;
import dev.convoke.registry.ModelRegistry;
import dev.convoke.registry.ModelVersion;
import dev.convoke.spark.StorageAccess;
import dev.convoke.storage.Location;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Model versions and what aliases such as champion name. */
@Command(
        name = "registry",
        description = "Model versions: list and show them, and move the alias that consumers read.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "(list | show | path | promote | rollback | verify)")
@SuppressWarnings("NullAway.Init") // picocli sets what is required before a method runs
final class RegistryCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    /** What every verb of the registry needs. */
    static final class Where {

        @Option(names = "--registry", required = true, paramLabel = "URI", description = "The registry.")
        private String registry;

        ModelRegistry open() {
            return new ModelRegistry(StorageAccess.ofClassPath().stores(), Location.parse(registry));
        }
    }

    /** The alias a verb moves. */
    static final class Moved {

        @Option(names = "--alias", defaultValue = "champion", description = "The alias (default: ${DEFAULT-VALUE}).")
        private String alias;

        @Option(names = "--reason", defaultValue = "", description = "Why, one line; kept in the alias's history.")
        private String reason;

        @Option(names = "--dry-run", description = "Say what would be moved; change nothing.")
        private boolean dryRun;
    }

    @Override
    public void run() {
        throw new UsageException("Which of the registry's verbs? 'registry --help' lists them");
    }

    /** Lists versions and aliases. */
    @Command(name = "list", description = "Lists versions, newest last, and what aliases name.")
    int list(@Mixin Where where) {
        ModelRegistry registry = where.open();
        List<AliasMove> aliases = registry.aliases().stream()
                .flatMap(name -> registry.current(name).stream())
                .toList();
        List<ModelVersion> versions = registry.versions();
        if (versions.isEmpty()) {
            line("There are no versions in %s yet", registry.location());
        }
        for (ModelVersion version : versions) {
            String names = aliases.stream()
                    .filter(move -> move.version() == version.number())
                    .map(AliasMove::alias)
                    .collect(Collectors.joining(", "));
            line(
                    "%s  %s  %-28s %9d examples  %s  %s",
                    version.name(),
                    version.registered().toString().substring(0, 16),
                    version.origin().architecture(),
                    version.origin().data().examples(),
                    version.metrics().entrySet().stream()
                            .map(entry -> String.format(Locale.ROOT, "%s %.4f", entry.getKey(), entry.getValue()))
                            .collect(Collectors.joining(", ")),
                    names.isEmpty() ? "" : "<- " + names);
        }
        return end();
    }

    /** Shows one version. */
    @Command(name = "show", description = "Shows where a version comes from, and an alias's history.")
    int show(@Mixin Where where, @Parameters(paramLabel = "VERSION", description = "v7, 7 or an alias.") String name) {
        ModelRegistry registry = where.open();
        ModelVersion version = registry.resolve(name);
        line("version       %s", version.name());
        line("model         %s", version.model());
        line("registered    %s", version.registered());
        line("architecture  %s", version.origin().architecture());
        line("run           %s", version.origin().run());
        line(
                "parents       %s",
                version.origin().parents().isEmpty() ? "none" : version.origin().parents());
        line(
                "trained on    %s, revision %d, %d examples of %d classes",
                version.origin().data().dataset(),
                version.origin().data().revision(),
                version.origin().data().examples(),
                version.origin().data().classes().size());
        version.origin().digests().forEach((what, digest) -> line("%-13s sha256 %s", what, digest));
        version.metrics().forEach((what, figure) -> line("%-24s %.6f", what, figure));
        version.environment().forEach((what, text) -> line("%-24s %s", what, text));
        version.files().forEach(file -> line("%-30s %12d bytes  %s", file.name(), file.bytes(), file.sha256()));
        if (registry.aliases().contains(name)) {
            line("history of %s:", name);
            registry.history(name)
                    .forEach(move -> line(
                            "  %4d  %s  %s  by %s: %s",
                            move.sequence(),
                            move.at().toString().substring(0, 19),
                            ModelVersion.nameOf(move.version()),
                            move.actor(),
                            move.reason()));
        }
        return end();
    }

    /** Prints where a version's model is, for scripts. */
    @Command(name = "path", description = "Prints the folder with the model of a version or alias, for scripts.")
    int path(@Mixin Where where, @Parameters(paramLabel = "VERSION", description = "v7, 7 or an alias.") String name) {
        line("%s", where.open().resolve(name).model());
        return end();
    }

    /** Moves an alias to a version. */
    @Command(name = "promote", description = "Lets the alias name a version, whatever any rule says.")
    int promote(
            @Mixin Where where,
            @Parameters(paramLabel = "VERSION", description = "v7, 7 or an alias.") String name,
            @Mixin Moved moved) {
        ModelRegistry registry = where.open();
        return move(registry, registry.resolve(name), moved, "registry promote");
    }

    /** Moves an alias back. */
    @Command(name = "rollback", description = "Lets the alias name what it named before, or any version.")
    int rollback(
            @Mixin Where where,
            @Option(names = "--to", paramLabel = "VERSION", defaultValue = "", description = "The version to go to.")
                    String to,
            @Mixin Moved moved) {
        requireName(moved);
        ModelRegistry registry = where.open();
        ModelVersion target = to.isEmpty() ? registry.before(moved.alias) : registry.resolve(to);
        return move(registry, target, moved, "registry rollback");
    }

    /** Verifies the files of versions. */
    @Command(name = "verify", description = "Reads every file of a version, or of all, and compares its digest.")
    int verify(
            @Mixin Where where,
            @Parameters(paramLabel = "VERSION", defaultValue = "", description = "v7, 7 or an alias; all without it.")
                    String name) {
        ModelRegistry registry = where.open();
        List<ModelVersion> versions = name.isEmpty() ? registry.versions() : List.of(registry.resolve(name));
        versions.forEach(registry::verify);
        line("%d versions are what was registered", versions.size());
        return end();
    }

    private static void requireName(Moved moved) {
        if (!ModelRegistry.isAliasName(moved.alias)) {
            throw new UsageException(
                    "--alias " + moved.alias + ": use small letters, digits and hyphens, such as champion");
        }
    }

    /** What is moved is verified first: an alias never names a damaged model. */
    private int move(ModelRegistry registry, ModelVersion target, Moved moved, String actor) {
        requireName(moved);
        registry.verify(target);
        Optional<AliasMove> seen = registry.current(moved.alias);
        String from = seen.map(move -> ModelVersion.nameOf(move.version())).orElse("nothing");
        if (seen.isPresent() && seen.get().version() == target.number()) {
            line("%s names %s already", moved.alias, from);
        } else if (moved.dryRun) {
            line("%s would go from %s to %s", moved.alias, from, target.name());
        } else {
            registry.move(moved.alias, target.number(), seen, actor, moved.reason);
            line("%s went from %s to %s", moved.alias, from, target.name());
        }
        return end();
    }

    private void line(String format, Object... values) {
        spec.commandLine().getOut().println(String.format(Locale.ROOT, format, values));
    }

    private int end() {
        PrintWriter out = spec.commandLine().getOut();
        out.flush();
        return ExitCode.DONE.number();
    }
}
