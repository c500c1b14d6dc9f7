package dev.convoke.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IVersionProvider;

/** Says which Convoke this is. */
final class VersionText implements IVersionProvider {

    @Override
    public String[] getVersion() {
        @Nullable String version = Main.class.getPackage().getImplementationVersion();
        return new String[] {"convoke " + (version == null ? "(unpackaged)" : version)};
    }
}
