package dev.convoke.training.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class CostLawTest {

    /** Copies at 4 GB/s, averages at 2 GB/s, a loopback of 5 GB/s of which Spark makes 3.5, two cores. */
    private static final MachineRates RATES = new MachineRates(4e9, 2e9, 5e9, 2);

    /**
     * One executor's milliseconds of four: 1 GB into the replica, 1.5 GB off the network, 1 GB of its result and half a
     * GB of averages into new blocks, and the average.
     */
    private static final double WORK_OF_FOUR = 250 + 375 + 250 + 125 + 500;

    /** Milliseconds for each task beyond the first two, by measurement. */
    private static final double TASK = 3.3;

    private static final CostLaw LAW = new CostLaw(RATES, 50);

    @Test
    void anExecutorReceivesTwiceTheStateAtMostHoweverManyThereAre() {
        assertThat(bytes(1).executorReceives()).isZero();
        assertThat(bytes(2).executorReceives()).isEqualTo(1_000_000_000L);
        assertThat(bytes(4).executorReceives()).isEqualTo(1_500_000_000L);
        assertThat(bytes(5000).executorReceives()).isEqualTo(1_999_600_000L);
    }

    @Test
    void theDriversPartDoesNotDependOnTheState() {
        assertThat(new RoundBytes(8, 8, 8, 0, 4).driver())
                .isEqualTo(bytes(4).driver())
                .isLessThan(16_000_000);
    }

    @Test
    void aRoundAloneIsItsOverheadAndItsWork() {
        // 1 GB into the replica, its result and its average into new blocks, and the average itself on both cores.
        assertThat(LAW.onThisMachine(bytes(1))).isCloseTo(50 + 250 + 250 + 250 + 250, within(1e-6));
    }

    @Test
    void executorsOnOneMachineShareItsCoresAndItsLoopback() {
        double overhead = 50 + 3 * 50 / 2.0;
        double wire = 4 * 1500 / 3.5;

        assertThat(LAW.onThisMachine(bytes(4))).isCloseTo(overhead + wire + 2 * WORK_OF_FOUR, within(1e-6));
    }

    @Test
    void executorsOnTheirOwnMachinesWaitForTheirOwnWire() {
        assertThat(LAW.onOwnMachines(bytes(4), 1.25e9)).isCloseTo(50 + 6 * TASK + 1200 + WORK_OF_FOUR, within(1e-6));
    }

    @Test
    void eachFurtherTaskOnOwnMachinesIsWaitedFor() {
        RoundBytes two = new RoundBytes(0, 0, 0, 0, 2);
        RoundBytes thousand = new RoundBytes(0, 0, 0, 0, 1000);

        assertThat(LAW.onOwnMachines(two, 1e9)).isCloseTo(50 + 2 * TASK, within(1e-6));
        assertThat(LAW.onOwnMachines(thousand, 1e9)).isCloseTo(50 + 1998 * TASK, within(1e-6));
    }

    @Test
    void theDriverHoldsMessagesOfWorkersAndEveryWorkerTellsEveryOwner() {
        assertThat(bytes(1000).driverMemory() - bytes(1).driverMemory()).isEqualTo(999 * 40_000);
        assertThat(bytes(1000).messages()).isEqualTo(1_000_000);
    }

    @Test
    void blocksAreOneResultAndAShareOfTwoAverages() {
        assertThat(new RoundBytes(800, 400, 800, 400, 4).executorBlocks()).isEqualTo(800 + 4 * 301);
        assertThat(new RoundBytes(800, 400, 800, 0, 1).executorBlocks()).isEqualTo(800 + 2 * 801);
        assertThat(new RoundBytes(800, 400, 400, 0, 4).executorBlocks()).isEqualTo(400 + 2 * 201 + 2 * 101);
    }

    @Test
    void roundedResultsAreFewerBytesAndMoreMemory() {
        RoundBytes plain = new RoundBytes(800, 400, 400, 0, 4);
        RoundBytes rounded = new RoundBytes(800, 400, 400, 100, 0, 4);

        assertThat(rounded.executorReceives()).isEqualTo(500 * 3 / 4);
        assertThat(rounded.executorBlocks()).isEqualTo(plain.executorBlocks() - 300 + 2 * 400);
        assertThat(rounded.executorReplica()).isEqualTo(plain.executorReplica() + 400);
    }

    @Test
    void manyWorkersCopiesOfASliceCountAsMemoryOfTheirOwner() {
        long megabyte = 1 << 20;

        assertThat(bytes(16).executorReplica()).isEqualTo(bytes(1).executorReplica());
        assertThat(bytes(17).executorReplica() - bytes(16).executorReplica()).isEqualTo(4 * megabyte);
        assertThat(bytes(64).executorReplica() - bytes(16).executorReplica()).isEqualTo((256 - 64) * megabyte);
        assertThat(bytes(1000).executorReplica() - bytes(16).executorReplica())
                .isCloseTo((256 - 64) * megabyte, within(megabyte));
    }

    @Test
    void momentumThatIsResetIsNotSent() {
        RoundBytes averaged = new RoundBytes(800, 400, 800, 0, 4);
        RoundBytes reset = new RoundBytes(800, 400, 400, 0, 4);

        assertThat(averaged.executorReceives()).isEqualTo(1200);
        assertThat(reset.executorReceives()).isEqualTo(600);
        assertThat(LAW.onOwnMachines(reset, 1e9)).isLessThan(LAW.onOwnMachines(averaged, 1e9));
    }

    @Test
    void dl4jsResultsArriveWholeBelowSixWorkers() {
        assertThat(bytes(4).dl4jResults()).isEqualTo(4_000_000_000L);
        assertThat(bytes(16).dl4jResults()).isEqualTo(4_000_000_000L);
        assertThat(bytes(4).dl4jDriver()).isEqualTo(5_000_000_000L);
    }

    @Test
    void whatIsNoRoundIsRefused() {
        assertThatThrownBy(() -> new RoundBytes(4, 8, 8, 0, 1)).hasMessageContaining("4 bytes of state with 8");
        assertThatThrownBy(() -> new RoundBytes(8, 8, 8, 0, 0)).hasMessageContaining("0 workers");
    }

    @Test
    void thisMachineCanBeMeasured() {
        MachineRates here = MachineRates.measure();

        assertThat(here.copy()).isPositive().isFinite();
        assertThat(here.average()).isPositive().isFinite();
        assertThat(here.loopback()).isPositive().isFinite();
        assertThat(here.cores()).isEqualTo(Runtime.getRuntime().availableProcessors());
    }

    private static RoundBytes bytes(int workers) {
        return new RoundBytes(1_000_000_000, 1_000_000_000, 1_000_000_000, 0, workers);
    }
}
