package dev.convoke.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoke.storage.JsonFields;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/**
 * How a verb speaks to whoever called it: to people on stderr, on a line that is rewritten in place if that is a
 * terminal; to programs in JSON lines on stdout; or hardly at all. Results always come. Safe for use by many threads.
 */
final class Console {

    /** Used where nobody knows how wide the terminal is. */
    private static final int USUAL_COLUMNS = 120;

    private final Mode mode;
    private final boolean terminal;
    private final int columns;
    private final PrintStream out;
    private final PrintStream errors;
    private final LongSupplier nanoClock;

    /** How long the line is that stands open on the terminal, to be written over; 0 if none does. */
    private int openLength;

    private @Nullable Object openedBy;

    /** To whom it speaks. */
    enum Mode {
        /** To people. */
        LINES,
        /** To people who want to hear of warnings and results only. */
        QUIET,
        /** To programs. */
        JSON
    }

    private Console(Builder builder) {
        this.mode = builder.mode;
        this.terminal = builder.terminal;
        this.columns = builder.columns;
        this.out = builder.out;
        this.errors = builder.errors;
        this.nanoClock = builder.nanoClock;
    }

    /** Returns this process's console; the launcher says what Java cannot tell: whether stderr is a terminal. */
    static Console ofProcess(Mode mode) {
        Builder builder = new Builder(mode, System.out, System.err, System::nanoTime);
        if (!Boolean.getBoolean("convoke.terminal")) {
            return builder.build();
        }
        Console console = builder.onTerminal(Integer.getInteger("convoke.columns", USUAL_COLUMNS))
                .build();
        // What logs write must not run into the open line either.
        System.setErr(console.forOthers());
        return console;
    }

    /** Returns the console that the options of the whole command line ask for. */
    static Console of(CommandSpec verb) {
        return ((Main) verb.root().userObject()).console();
    }

    /** Puts a console together; without further ado its stderr is no terminal. */
    static final class Builder {

        private final Mode mode;
        private final PrintStream out;
        private final PrintStream errors;
        private final LongSupplier nanoClock;
        private boolean terminal;
        private int columns = USUAL_COLUMNS;

        Builder(Mode mode, PrintStream out, PrintStream errors, LongSupplier nanoClock) {
            this.mode = mode;
            this.out = out;
            this.errors = errors;
            this.nanoClock = nanoClock;
        }

        Builder onTerminal(int width) {
            terminal = true;
            columns = Math.max(40, width);
            return this;
        }

        Console build() {
            return new Console(this);
        }
    }

    Mode mode() {
        return mode;
    }

    /** Returns whether lines are rewritten in place. */
    boolean isTerminal() {
        return terminal && mode == Mode.LINES;
    }

    /** Returns stderr for those who know nothing of lines that stand open: what they write starts on its own line. */
    PrintStream forOthers() {
        return new PrintStream(new Others(), true, Charset.defaultCharset());
    }

    /**
     * Shows a line on the terminal that its writer will write over; one of another writer is ended before.
     *
     * @param writer whose line it is
     */
    synchronized void rewrite(Object writer, String line) {
        if (openedBy != writer) {
            endLine();
        }
        String cut = line.substring(0, Math.min(line.length(), columns - 1));
        errors.print("\r" + cut + " ".repeat(Math.max(0, openLength - cut.length())));
        errors.flush();
        openLength = cut.length();
        openedBy = writer;
    }

    /** Prints a line that stays. */
    synchronized void print(String line) {
        endLine();
        errors.println(line);
        errors.flush();
    }

    /** Ends a writer's line if it stands open, so that what follows starts on one of its own. */
    synchronized void endLine(Object writer) {
        if (openedBy == writer) {
            endLine();
        }
    }

    private synchronized void endLine() {
        if (openLength > 0) {
            errors.println();
        }
        openLength = 0;
        openedBy = null;
    }

    long nanoTime() {
        return nanoClock.getAsLong();
    }

    /**
     * Returns a line for a job that takes a while.
     *
     * @param verb what is going on, such as "sharding"
     * @param unit what is counted, such as "images"
     */
    ProgressLine progress(String verb, String unit) {
        return new ProgressLine(verb, unit, this);
    }

    /** Says something that people may want to know, and nobody needs. */
    void note(String text) {
        if (mode == Mode.LINES) {
            print(text);
        }
    }

    /** Says what came out, to people. */
    void result(String text) {
        if (mode != Mode.JSON) {
            endLine();
            out.println(text);
            out.flush();
        }
    }

    /** Warns of what goes badly, with what to do about it. */
    void warn(String what) {
        if (mode == Mode.JSON) {
            event("warning", Map.of("message", what));
        } else {
            print("warning: " + what);
        }
    }

    /** Tells programs that something has happened. */
    void event(String name, Map<String, ?> fields) {
        if (mode == Mode.JSON) {
            ObjectNode line = JsonFields.object().put("event", name);
            fields.forEach((key, value) -> put(line, key, value));
            out.println(JsonFields.line(line));
            out.flush();
        }
    }

    /** JSON has no infinity and no not-a-number: null stands for them. */
    private static void put(ObjectNode line, String key, Object value) {
        if (value instanceof Double number) {
            if (Double.isFinite(number)) {
                line.put(key, number);
            } else {
                line.putNull(key);
            }
        } else if (value instanceof Number number) {
            line.put(key, number.longValue());
        } else {
            line.put(key, String.valueOf(value));
        }
    }

    private final class Others extends OutputStream {

        @Override
        public void write(int value) {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int count) {
            synchronized (Console.this) {
                endLine();
                errors.write(bytes, offset, count);
                errors.flush();
            }
        }
    }
}
