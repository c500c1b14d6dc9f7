package dev.convoke.data;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;

/** Pictures of what a network is given, in rows with a caption below each: normalised values made visible again. */
public final class ContactSheet {

    private static final int GAP = 6;
    private static final int CAPTION = 16;

    private final int width;
    private final int height;
    private final Normalisation normalisation;
    private final List<BufferedImage> pictures = new ArrayList<>();
    private final List<String> captions = new ArrayList<>();

    /** Starts an empty sheet of images of a size, normalised in a way. */
    public ContactSheet(int width, int height, Normalisation normalisation) {
        this.width = width;
        this.height = height;
        this.normalisation = normalisation;
    }

    /**
     * Adds an image.
     *
     * @param images {@code [3, height, width]} float32 from {@code offset} on, as an {@link ImageLoader} writes them
     */
    public void add(FloatBuffer images, int offset, String caption) {
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int rgb = 0;
                for (int channel = 0; channel < 3; channel++) {
                    float value = images.get(offset + (channel * height + y) * width + x);
                    double plain = value * normalisation.deviation().get(channel)
                            + normalisation.mean().get(channel);
                    rgb = rgb << 8 | (int) Math.round(255 * Math.max(0, Math.min(1, plain)));
                }
                picture.setRGB(x, y, rgb);
            }
        }
        pictures.add(picture);
        captions.add(caption);
    }

    /** Returns the sheet as a PNG, {@code columns} images wide. */
    public byte[] png(int columns) {
        int rows = Math.max(1, (pictures.size() + columns - 1) / columns);
        BufferedImage sheet = new BufferedImage(
                columns * (width + GAP) + GAP, rows * (height + CAPTION + GAP) + GAP, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = sheet.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
        graphics.setColor(Color.BLACK);
        for (int i = 0; i < pictures.size(); i++) {
            int x = GAP + i % columns * (width + GAP);
            int y = GAP + i / columns * (height + CAPTION + GAP);
            graphics.drawImage(pictures.get(i), x, y, null);
            graphics.setClip(x, y, width, height + CAPTION);
            graphics.drawString(captions.get(i), x, y + height + CAPTION - 4);
            graphics.setClip(null);
        }
        graphics.dispose();
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try {
            ImageIO.write(sheet, "png", png);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot write a picture into memory", e);
        }
        return png.toByteArray();
    }
}
