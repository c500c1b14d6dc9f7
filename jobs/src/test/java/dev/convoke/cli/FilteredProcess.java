package dev.convoke.cli;

import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Puts the program's serial filter over the JVM of the tests, so that whatever it wrongly refuses fails a test. */
public final class FilteredProcess implements BeforeAllCallback {

    @Override
    public void beforeAll(ExtensionContext context) {
        SerialFilter.install();
    }
}
