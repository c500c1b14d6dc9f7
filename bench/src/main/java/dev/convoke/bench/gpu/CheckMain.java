package dev.convoke.bench.gpu;

import dev.convoke.engine.Engine.Precision;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Checks cases in a process of its own: a line {@code case precision} on the standard input, a result out as JSON. */
public final class CheckMain {

    private CheckMain() {}

    /** Serves until the input ends: the engine, the number of the GPU, the folder. */
    public static void main(String[] arguments) throws IOException {
        PrintStream answers = System.out;
        // Libraries print what they like; answers must stay alone.
        System.setOut(System.err);
        CheckOptions options = CheckOptions.parse(arguments);
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String request = requests.readLine(); request != null; request = requests.readLine()) {
            int space = request.lastIndexOf(' ');
            Precision precision = CheckOptions.precision(request.substring(space + 1));
            answers.println(GraphFile.text(options.check(request.substring(0, space), precision)));
            answers.flush();
        }
        System.exit(0);
    }
}
