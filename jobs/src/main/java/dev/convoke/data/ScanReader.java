package dev.convoke.data;

import dev.convoke.data.JpegFrame.Coding;
import dev.convoke.data.JpegFrame.Component;
import dev.convoke.data.UndecodableImageException.Reason;
import org.jspecify.annotations.Nullable;

/**
 * Walks the code words of one scan (ITU-T T.81, annexes F, G and H): every block must be there, none may be left over,
 * and no coefficient may be larger than pixels can make it. Used once.
 */
final class ScanReader {

    private static final int WITHOUT_RESTARTS = Integer.MAX_VALUE;

    /** As the standard has it (B.2.3); decoders keep room for no more. */
    private static final int MOST_BLOCKS_A_UNIT = 10;

    private final JpegFrame frame;
    private final Lane[] lanes;
    private final Band band;
    private final EntropyBits bits;
    private final int largestLow;
    private int endOfBandRun;

    /**
     * One component of a scan and the tables it is coded with.
     *
     * @param lowest for the lowest coefficients; may be missing if it is not used
     * @param others for the others; may be missing if it is not used
     * @param steps what {@code others} says of several coefficients at a time; may be missing
     */
    record Lane(
            Component component,
            @Nullable HuffmanTable lowest,
            @Nullable HuffmanTable others,
            @Nullable BlockSteps steps) {}

    /**
     * Which coefficients a scan holds, and which of their bits.
     *
     * @param first coefficient in zigzag order
     * @param last coefficient in zigzag order
     * @param previousBit lowest bit that earlier scans gave, 0 if there were none
     * @param bit lowest bit that this scan gives
     */
    record Band(int first, int last, int previousBit, int bit) {}

    ScanReader(JpegFrame frame, Lane[] lanes, Band band, EntropyBits bits) {
        this.frame = frame;
        this.lanes = lanes;
        this.band = band;
        this.bits = bits;
        this.largestLow = largestCoefficient(frame.bits());
        checkUnit();
        checkBand();
        checkTables();
    }

    /** Half more than the cosine transform of pixels can give: some encoders overshoot to sharpen edges. */
    static int largestCoefficient(int bits) {
        return 1536 << (bits - 8 < 0 ? 0 : bits - 8);
    }

    private void checkUnit() {
        int blocks = 0;
        for (Lane lane : lanes) {
            blocks += lane.component.horizontal * lane.component.vertical;
        }
        require(
                lanes.length == 1 || blocks <= MOST_BLOCKS_A_UNIT,
                "a JPEG of " + blocks + " blocks in one coded unit, more than " + MOST_BLOCKS_A_UNIT);
    }

    private void checkBand() {
        if (frame.coding() == Coding.LOSSLESS) {
            require(band.first >= 1 && band.first <= 7, "a lossless JPEG scan with predictor " + band.first);
        } else if (frame.coding() == Coding.PROGRESSIVE) {
            boolean fits = band.first == 0 ? band.last == 0 : band.last >= band.first && band.last < 64;
            boolean alone = band.first == 0 || lanes.length == 1;
            boolean nextBit = band.previousBit == 0 || band.previousBit == band.bit + 1;
            require(
                    fits && alone && nextBit && band.bit <= 13,
                    "a progressive JPEG scan of coefficients " + band.first + " to " + band.last + ", bits "
                            + band.previousBit + " to " + band.bit);
        }
        for (Lane lane : lanes) {
            int last = frame.coding() == Coding.PROGRESSIVE ? band.last : 0;
            for (int k = frame.coding() == Coding.PROGRESSIVE ? band.first : 0; k <= last; k++) {
                int known = lane.component.precision[k];
                boolean refines = frame.coding() == Coding.PROGRESSIVE && band.previousBit > 0;
                boolean continues = refines ? known == band.previousBit : known < 0;
                require(continues && (k == 0 || lane.component.precision[0] >= 0), "JPEG scans in no usable order");
                lane.component.precision[k] = frame.coding() == Coding.PROGRESSIVE ? band.bit : 0;
            }
        }
    }

    private void checkTables() {
        boolean progressive = frame.coding() == Coding.PROGRESSIVE;
        boolean refinesLowest = progressive && band.first == 0 && band.previousBit > 0;
        boolean needsLowest = !progressive || (band.first == 0 && !refinesLowest);
        boolean needsOthers = progressive ? band.first > 0 : frame.coding() == Coding.SEQUENTIAL;
        for (Lane lane : lanes) {
            boolean there = (!needsLowest || lane.lowest != null) && (!needsOthers || lane.others != null);
            require(there, "a JPEG scan whose Huffman table is missing");
            // Decoders refuse such a table as a whole, also where no block uses the word.
            int largest = needsLowest ? tableOf(lane.lowest).largestSymbol() : 0;
            require(
                    largest <= (frame.coding() == Coding.LOSSLESS ? 16 : 15),
                    "a Huffman table that speaks of differences of " + largest + " bits");
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new UndecodableImageException(Reason.CORRUPT, otherwise);
        }
    }

    /**
     * Walks the scan.
     *
     * @param interval minimum coded units between restart markers; 0 if there are none
     * @return the position of the marker that ends it
     */
    int read(byte[] file, int interval) {
        boolean alone = lanes.length == 1;
        int wide = alone ? lanes[0].component.wide : frame.unitsWide();
        long units = (long) wide * (alone ? lanes[0].component.high : frame.unitsHigh());
        long left = interval == 0 ? WITHOUT_RESTARTS : interval;
        int restarts = 0;
        int x = 0;
        int y = 0;
        for (long unit = 0; unit < units; unit++) {
            if (left == 0) {
                restart(file, restarts++ & 7);
                left = interval;
            }
            if (alone) {
                block(lanes[0], y * lanes[0].component.stride + x);
            } else {
                interleaved(x, y);
            }
            left -= interval == 0 ? 0 : 1;
            if (++x == wide) {
                x = 0;
                y++;
            }
        }
        return endOfRun();
    }

    private void interleaved(int x, int y) {
        for (Lane lane : lanes) {
            Component component = lane.component;
            for (int v = 0; v < component.vertical; v++) {
                int row = (y * component.vertical + v) * component.stride;
                for (int h = 0; h < component.horizontal; h++) {
                    block(lane, row + x * component.horizontal + h);
                }
            }
        }
    }

    private void restart(byte[] file, int number) {
        int at = endOfRun();
        int marker = JpegHeader.markerAt(file, at);
        require(marker == 0xD0 + number, "no restart marker " + number + " at byte " + at + " of a JPEG");
        bits.restartAt(JpegHeader.afterMarker(file, at));
        for (Lane lane : lanes) {
            lane.component.prediction = 0;
        }
    }

    private int endOfRun() {
        require(endOfBandRun == 0, "a run of empty blocks that goes on behind the last block");
        for (Lane lane : lanes) {
            lane.component.prediction = 0;
        }
        return bits.end();
    }

    private void block(Lane lane, int block) {
        switch (frame.coding()) {
            case SEQUENTIAL -> sequential(lane);
            case LOSSLESS -> difference(tableOf(lane.lowest), 16);
            case PROGRESSIVE -> progressive(lane, block);
        }
    }

    private void sequential(Lane lane) {
        lowest(lane, 0);
        BaselineBlock.pass(bits, tableOf(lane.others), lane.steps, lane.component);
    }

    /** Reads the lowest coefficient of a block, shifted by as many bits as later scans give. */
    private void lowest(Lane lane, int shift) {
        Component component = lane.component;
        int change = difference(tableOf(lane.lowest), frame.bits() + 3);
        component.prediction += change << shift;
        long value = Math.abs((long) component.prediction * component.step);
        if (value > largestLow + component.step + ((long) component.step << shift)) {
            throw new UndecodableImageException(Reason.CORRUPT, "a JPEG block brighter or darker than pixels can be");
        }
    }

    private int difference(HuffmanTable table, int largestCategory) {
        if (bits.available() < 32) {
            bits.fill();
        }
        int word = table.peek(bits);
        int category = word & 0xFF;
        bits.skip(word >> 8);
        if (bits.available() < 0) {
            throw bits.passedEnd();
        }
        if (category > largestCategory) {
            throw new UndecodableImageException(Reason.CORRUPT, "a difference of " + category + " bits in a JPEG");
        }
        // Lossless coding's largest category has one value and therefore no bits of its own.
        if (category == 0 || category == 16) {
            return category == 0 ? 0 : 1 << 15;
        }
        int value = bits.peek(category);
        bits.skip(category);
        if (bits.available() < 0) {
            throw bits.passedEnd();
        }
        return value >> (category - 1) == 1 ? value : value - (1 << category) + 1;
    }

    private void progressive(Lane lane, int block) {
        if (band.first == 0) {
            if (band.previousBit == 0) {
                lowest(lane, band.bit);
            } else {
                bits.take(1);
            }
        } else if (band.previousBit == 0) {
            firstBits(lane, block);
        } else {
            nextBit(lane, block);
        }
    }

    private void firstBits(Lane lane, int block) {
        if (endOfBandRun > 0) {
            endOfBandRun--;
            return;
        }
        HuffmanTable table = tableOf(lane.others);
        long seen = 0;
        int k = band.first;
        while (k <= band.last) {
            int word = nextWord(table);
            int run = (word & 0xFF) >> 4;
            int category = word & 0xF;
            if (category == 0 && run < 15) {
                endOfBandRun = (1 << run) - 1 + (run == 0 ? 0 : bits.take(run));
                break;
            }
            k += run;
            if (category > 0) {
                require(
                        k <= band.last && category + band.bit <= lane.component.largestCategory[k] + 1,
                        "a coefficient of a JPEG that no pixels have");
                bits.take(category);
                seen |= 1L << k;
            }
            k++;
        }
        require(k <= band.last + 1, "a JPEG block that runs over its coefficients");
        lane.component.nonZero[block] |= seen;
    }

    private void nextBit(Lane lane, int block) {
        long known = lane.component.nonZero[block];
        int k = band.first;
        if (endOfBandRun == 0) {
            HuffmanTable table = tableOf(lane.others);
            long seen = 0;
            while (k <= band.last) {
                int word = nextWord(table);
                int run = (word & 0xFF) >> 4;
                int category = word & 0xF;
                if (category == 0 && run < 15) {
                    endOfBandRun = (1 << run) + (run == 0 ? 0 : bits.take(run));
                    break;
                }
                require(category <= 1, "a coefficient of a JPEG that grows by more than its next bit");
                if (category == 1) {
                    bits.take(1);
                }
                k = passZeros(known, k, run);
                if (category == 1) {
                    require(k <= band.last, "a JPEG block that runs over its coefficients");
                    seen |= 1L << k;
                }
                k++;
            }
            lane.component.nonZero[block] |= seen;
        }
        if (endOfBandRun > 0) {
            for (; k <= band.last; k++) {
                if ((known >>> k & 1) != 0) {
                    bits.take(1);
                }
            }
            endOfBandRun--;
        }
    }

    /** Takes the next bit of every coefficient known already, up to the zero after {@code run} zeros. */
    private int passZeros(long known, int from, int run) {
        int zeros = run;
        int k = from;
        for (; k <= band.last; k++) {
            if ((known >>> k & 1) != 0) {
                bits.take(1);
            } else if (--zeros < 0) {
                break;
            }
        }
        return k;
    }

    private int nextWord(HuffmanTable table) {
        if (bits.available() < 32) {
            bits.fill();
        }
        int word = table.peek(bits);
        bits.skip(word >> 8);
        if (bits.available() < 0) {
            throw bits.passedEnd();
        }
        return word;
    }

    private static HuffmanTable tableOf(@Nullable HuffmanTable table) {
        if (table == null) {
            throw new IllegalStateException("A Huffman table is used that was not checked; this is a defect of ours");
        }
        return table;
    }
}
