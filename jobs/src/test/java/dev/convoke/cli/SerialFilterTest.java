package dev.convoke.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.training.AveragingSchedule;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InvalidClassException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.management.BadAttributeValueExpException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class SerialFilterTest {

    private static final ObjectInputFilter FILTER = ObjectInputFilter.Config.createFilter(SerialFilter.PATTERN);

    @Test
    void whatSparkSendsPasses() throws Exception {
        for (Serializable value : List.of(
                new ArrayList<>(List.of(1, 2)),
                AveragingSchedule.every(3),
                (Serializable) Map.of("a", new float[3]),
                (java.util.function.Supplier<String> & Serializable) () -> "a closure")) {
            assertThat(read(value)).isNotNull();
        }
    }

    @Test
    void whatAttackersUseDoesNot() throws IOException {
        List<Object> gadgets = List.of(
                new BadAttributeValueExpException("toString of anything"),
                URI.create("http://127.0.0.1/").toURL(),
                new java.beans.PropertyChangeSupport("x"),
                new org.assertj.core.api.SoftAssertionError(List.of("some class of a library")));
        for (Object gadget : gadgets) {
            ThrowingCallable reading = () -> read(gadget);
            assertThatThrownBy(reading)
                    .as(gadget.getClass().getName())
                    .isInstanceOf(InvalidClassException.class)
                    .hasMessageContaining("REJECTED");
        }
    }

    private static Object read(Object value) throws IOException, ClassNotFoundException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(value);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            in.setObjectInputFilter(FILTER);
            return in.readObject();
        }
    }
}
