package dev.convoke.engine.onednn;

import java.nio.FloatBuffer;
import java.util.List;

/** A convolution by tiles: images to points, a matrix product for each point, points to images. */
final class WinogradConvolution implements Step, Team.Job {

    private final Row row;
    private final TileReader reader;
    private final TileWriter writer;
    private final TileChunks chunks;
    private final Team team;
    private final List<Part> parts;

    WinogradConvolution(Row row, TileReader reader, TileWriter writer, TileChunks chunks, Team team, List<Part> parts) {
        this.row = row;
        this.reader = reader;
        this.writer = writer;
        this.chunks = chunks;
        this.team = team;
        this.parts = parts;
    }

    /** What one thread works with. */
    static final class Part {
        private final Call products;
        private final Tensor read;
        private final Tensor written;
        private final TileScratch scratch;
        private final TileRows rows;
        private FloatBuffer source = FloatBuffer.allocate(0);
        private FloatBuffer result = FloatBuffer.allocate(0);

        Part(Call products, Tensor read, Tensor written, TileScratch scratch, TileRows rows) {
            this.products = products;
            this.read = read;
            this.written = written;
            this.scratch = scratch;
            this.rows = rows;
        }

        void bind() {
            products.bind();
            source = read.floats();
            result = written.floats();
        }
    }

    @Override
    public Row row() {
        return row;
    }

    @Override
    public void bind() {
        reader.images().bind();
        writer.bind();
        parts.forEach(Part::bind);
    }

    @Override
    public void run() {
        team.runOnOneThreadEach(this);
    }

    @Override
    public void run(int number) {
        Part part = parts.get(number);
        TileRows rows = part.rows;
        for (int chunk = number; chunk < chunks.count(); chunk += parts.size()) {
            for (int block = 0; block < reader.images().blocks(); block++) {
                for (boolean more = chunks.start(rows, chunk); more; more = rows.next()) {
                    reader.read(rows, block, part.scratch);
                    reader.store(rows, block, part.scratch, chunks.tiles(), part.source);
                }
            }
            part.products.run();
            for (int block = 0; block < writer.images().blocks(); block++) {
                for (boolean more = chunks.start(rows, chunk); more; more = rows.next()) {
                    writer.write(rows, block, part.result, chunks.tiles(), part.scratch);
                }
            }
        }
    }
}
