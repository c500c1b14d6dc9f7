package dev.convoke.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class EnginesTest {

    @Test
    void everyNameFindsItsEngine() {
        assertThat(Engines.names()).containsExactly("auto", "dl4j");
        assertThat(Engines.byName("dl4j").name()).isEqualTo("dl4j");
    }

    @Test
    void autoFindsAnEngineThatHasANameOfItsOwn() {
        assertThat(Engines.byName("auto").name()).isEqualTo("dl4j");
    }

    @Test
    void anUnknownNameListsTheKnownOnes() {
        assertThatThrownBy(() -> Engines.byName("cuda"))
                .isInstanceOf(EngineUnavailableException.class)
                .hasMessage("Unknown engine 'cuda': there are " + String.join(", ", Engines.names()));
    }
}
