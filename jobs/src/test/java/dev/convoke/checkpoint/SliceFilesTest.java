package dev.convoke.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoke.storage.FileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.MemoryFileStore;
import dev.convoke.storage.Sha256;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SliceFilesTest {

    private final MemoryFileStore store = new MemoryFileStore();
    private final Location folder = MemoryFileStore.root().child("save");

    @Test
    void everyBitPatternSurvivesAndTheFileIsLittleEndian() {
        ByteBuffer bytes = ByteBuffer.allocateDirect(4 * 700_001).order(ByteOrder.nativeOrder());
        Random random = new Random(3);
        for (int i = 0; i < 700_001; i++) {
            bytes.putInt(4 * i, random.nextInt());
        }
        bytes.putInt(0, 0x7f800001);
        FloatBuffer values = bytes.asFloatBuffer();

        SliceEntry entry = SliceFiles.write(store, folder, 7, 100, values);
        ByteBuffer back = ByteBuffer.allocateDirect(4 * 700_001).order(ByteOrder.nativeOrder());
        SliceFiles.read(store, folder, entry, back.asFloatBuffer());

        assertThat(back).isEqualTo(bytes);
        byte[] file = store.read(folder.child("slice-0007.bin"), 4 << 20);
        assertThat(file).startsWith(0x01, 0x00, 0x80, 0x7f).hasSize(4 * 700_001);
        assertThat(entry).isEqualTo(new SliceEntry("slice-0007.bin", 100, 700_001, Sha256.of(file)));
        assertThat(values.position()).isZero();
        assertThat(values.remaining()).isEqualTo(700_001);
    }

    @Test
    void onlyWhatRemainsIsWritten() {
        FloatBuffer values = FloatBuffer.wrap(new float[] {1, 2, 3, 4, 5}, 1, 3);

        SliceEntry entry = SliceFiles.write(store, folder, 0, 0, values);
        FloatBuffer target = FloatBuffer.allocate(5).position(2);
        SliceFiles.read(store, folder, entry, target);

        assertThat(entry.length()).isEqualTo(3);
        assertThat(target.array()).containsExactly(0, 0, 2, 3, 4);
        assertThat(target.position()).isEqualTo(5);
    }

    @Test
    void aSecondAttemptWithEqualValuesIsFine() {
        SliceEntry first = SliceFiles.write(store, folder, 0, 0, FloatBuffer.wrap(new float[] {1, 2}));
        SliceEntry second = SliceFiles.write(store, folder, 0, 0, FloatBuffer.wrap(new float[] {1, 2}));

        assertThat(second).isEqualTo(first);
        assertThat(store.list(folder)).hasSize(1);
    }

    @Test
    void aSecondAttemptWithOtherValuesIsAnAlarm() {
        SliceFiles.write(store, folder, 0, 0, FloatBuffer.wrap(new float[] {1, 2}));

        assertThatThrownBy(() -> SliceFiles.write(store, folder, 0, 0, FloatBuffer.wrap(new float[] {1, 3})))
                .isInstanceOf(DamagedCheckpointException.class)
                .hasMessageContaining("slice-0000.bin has SHA-256");
    }

    @Test
    void aStorageThatChangesOneBitIsFoundAtOnce() {
        FileStore failing = (FileStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {FileStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("open")) {
                        byte[] bytes = store.read((Location) arguments[0], 8);
                        bytes[7] ^= (byte) 0x80;
                        store.damage((Location) arguments[0], bytes);
                    }
                    return method.invoke(store, arguments);
                });

        // Not even a zero that became minus zero, which is the same number, passes.
        assertThatThrownBy(() -> SliceFiles.write(failing, folder, 0, 0, FloatBuffer.wrap(new float[] {1, 0})))
                .isInstanceOf(DamagedCheckpointException.class)
                .hasMessageContaining("slice-0000.bin")
                .hasMessageContaining("other bytes than were written");
        assertThat(store.exists(folder.child("slice-0000.bin"))).isFalse();
    }

    @Test
    void aTargetThatIsTooSmallIsRefused() {
        SliceEntry entry = SliceFiles.write(store, folder, 0, 0, FloatBuffer.wrap(new float[] {1, 2}));

        assertThatThrownBy(() -> SliceFiles.read(store, folder, entry, FloatBuffer.allocate(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("room for 1 of the 2 values");
    }

    @Test
    void ofManySlicesTheFirstThatIsDamagedIsNamedAndNobodyReadsOn() {
        List<SliceEntry> slices = slices(400);
        store.damage(folder.child("slice-0007.bin"), new byte[4]);
        store.damage(folder.child("slice-0003.bin"), new byte[4]);
        Set<SliceEntry> reading = ConcurrentHashMap.newKeySet();
        Set<SliceEntry> read = ConcurrentHashMap.newKeySet();

        assertThatThrownBy(() -> SliceFiles.each(slices, slice -> {
                    reading.add(slice);
                    read.add(slice);
                    LockSupport.parkNanos(1_000_000);
                    try {
                        SliceFiles.verify(store, folder.child(slice.file()), slice);
                    } finally {
                        reading.remove(slice);
                    }
                }))
                .isInstanceOf(DamagedCheckpointException.class)
                .hasMessageContaining("slice-0003.bin");
        assertThat(reading).isEmpty();
        assertThat(read).hasSizeLessThan(400);
    }

    @Test
    void everySliceHasItsTurn() {
        List<SliceEntry> slices = slices(40);
        FloatBuffer values = FloatBuffer.allocate(40);

        SliceFiles.each(slices, slice -> SliceFiles.read(store, folder, slice, values.slice(slice.offset(), 1)));

        for (int i = 0; i < 40; i++) {
            assertThat(values.get(i)).isEqualTo(i);
        }
    }

    private List<SliceEntry> slices(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> SliceFiles.write(store, folder, i, i, FloatBuffer.wrap(new float[] {i})))
                .toList();
    }
}
