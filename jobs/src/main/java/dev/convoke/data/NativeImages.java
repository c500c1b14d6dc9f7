package dev.convoke.data;

import dev.convoke.data.ImageHeader.Format;
import dev.convoke.data.UndecodableImageException.Reason;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Rect;
import org.bytedeco.opencv.opencv_core.Size;

/**
 * The calls into OpenCV. Every native image has one owner that closes it; nothing is left to the collector of garbage,
 * which does not see native memory fill.
 */
final class NativeImages {

    static {
        // Workers decode on threads of their own: a second pool underneath would only fight with them.
        opencv_core.setNumThreads(1);
    }

    private NativeImages() {}

    /**
     * Decodes to red, green, blue, upright.
     *
     * @param reduction 1, 2, 4 or 8: divides both sides, rounding up, within the decoder; only for JPEG
     * @return owned by the caller
     */
    static Mat decode(byte[] encoded, ImageHeader header, int reduction) {
        int flags = opencv_imgcodecs.IMREAD_COLOR_RGB | opencv_imgcodecs.IMREAD_IGNORE_ORIENTATION;
        flags |= switch (reduction) {
            case 1 -> 0;
            // The names say grey because that is the absence of the flag for blue first; red first is set above.
            case 2 -> opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_2;
            case 4 -> opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_4;
            case 8 -> opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_8;
            default -> throw new IllegalArgumentException("No decoder reduces by " + reduction);
        };
        Mat image = decode(encoded, flags, header);
        if (image.empty() || image.type() != opencv_core.CV_8UC3) {
            image.close();
            image = portable(encoded, header, reduction);
        }
        boolean expected = image.cols() == (header.storedWidth() + reduction - 1) / reduction
                && image.rows() == (header.storedHeight() + reduction - 1) / reduction;
        if (!expected) {
            String size = image.cols() + "x" + image.rows();
            image.close();
            throw new UndecodableImageException(
                    Reason.CORRUPT,
                    "the decoder gave " + size + " pixels, the header says " + header.storedWidth() + "x"
                            + header.storedHeight());
        }
        return upright(image, header.orientation());
    }

    private static Mat decode(byte[] encoded, int flags, ImageHeader header) {
        try (BytePointer bytes = new BytePointer(encoded);
                Mat file = new Mat(1, encoded.length, opencv_core.CV_8UC1, bytes)) {
            return opencv_imgcodecs.imdecode(file, flags);
        } catch (RuntimeException e) { // what JavaCPP makes of a C++ exception
            throw new UndecodableImageException(
                    Reason.CORRUPT,
                    "the decoder stops at this " + header.bits() + "-bit " + header.coding() + " " + header.format()
                            + " of " + header.channels() + " channels",
                    e);
        }
    }

    /** Decodes what OpenCV does not know; the bytes themselves were found to be in order. */
    private static Mat portable(byte[] encoded, ImageHeader header, int reduction) {
        if (header.format() == Format.PNG) {
            throw new UndecodableImageException(
                    Reason.CORRUPT,
                    "the decoder refuses this " + header.bits() + "-bit " + header.coding() + " PNG of "
                            + header.channels() + " channels");
        }
        Mat whole = ofPixels(PortableImages.decode(encoded, header));
        if (reduction == 1) {
            return whole;
        }
        try (whole;
                Size size = new Size(
                        (whole.cols() + reduction - 1) / reduction, (whole.rows() + reduction - 1) / reduction)) {
            Mat reduced = new Mat();
            opencv_imgproc.resize(whole, reduced, size, 0, 0, opencv_imgproc.INTER_AREA);
            return reduced;
        }
    }

    /** Returns a native copy of an image, owned by the caller. */
    static Mat ofPixels(RgbImage image) {
        Mat copy = new Mat(image.height(), image.width(), opencv_core.CV_8UC3);
        try (BytePointer data = copy.data()) {
            data.put(image.pixels());
        }
        return copy;
    }

    /** Applies an EXIF orientation; takes the image over. */
    private static Mat upright(Mat image, int orientation) {
        if (orientation == 1) {
            return image;
        }
        Mat turned = new Mat();
        try (image) {
            switch (orientation) {
                case 2 -> opencv_core.flip(image, turned, 1);
                case 3 -> opencv_core.rotate(image, turned, opencv_core.ROTATE_180);
                case 4 -> opencv_core.flip(image, turned, 0);
                case 5 -> opencv_core.transpose(image, turned);
                case 6 -> opencv_core.rotate(image, turned, opencv_core.ROTATE_90_CLOCKWISE);
                case 7 -> {
                    opencv_core.transpose(image, turned);
                    opencv_core.flip(turned, turned, -1);
                }
                case 8 -> opencv_core.rotate(image, turned, opencv_core.ROTATE_90_COUNTERCLOCKWISE);
                default -> throw new IllegalArgumentException("No EXIF orientation " + orientation);
            }
            return turned;
        }
    }

    /** Decodes a whole image out of native memory. */
    static RgbImage decoded(byte[] encoded, ImageHeader header) {
        try (Mat image = decode(encoded, header, 1)) {
            return new RgbImage(image.cols(), image.rows(), pixels(image));
        }
    }

    /** Copies the pixels of an image out, {@code [rows, columns, 3]}. */
    static byte[] pixels(Mat image) {
        byte[] pixels = new byte[Math.multiplyExact(3, Math.multiplyExact(image.rows(), image.cols()))];
        try (BytePointer data = image.data()) {
            data.get(pixels);
        }
        return pixels;
    }

    /**
     * Cuts a region out and scales it: averaging areas where it shrinks, bilinear where it grows.
     *
     * @param image read
     * @return {@code [height, width, 3]}
     */
    static byte[] scale(Mat image, Region region, int width, int height) {
        boolean shrinks = region.width() >= width && region.height() >= height;
        int method = shrinks ? opencv_imgproc.INTER_AREA : opencv_imgproc.INTER_LINEAR;
        try (Rect frame = new Rect(region.x(), region.y(), region.width(), region.height());
                Mat part = new Mat(image, frame);
                Size size = new Size(width, height);
                Mat scaled = new Mat()) {
            opencv_imgproc.resize(part, scaled, size, 0, 0, method);
            return pixels(scaled);
        }
    }

    /** Cuts a region out of a decoded image and scales it, as the other method does. */
    static byte[] scale(RgbImage image, Region region, int width, int height) {
        try (BytePointer pixels = new BytePointer(image.pixels());
                Mat whole = new Mat(image.height(), image.width(), opencv_core.CV_8UC3, pixels)) {
            return scale(whole, region, width, height);
        }
    }

    /** Returns sums over the pixels of an image. */
    static PixelStatistics statistics(Mat image) {
        try (Mat mean = new Mat();
                Mat deviation = new Mat()) {
            opencv_core.meanStdDev(image, mean, deviation);
            double[] means = new double[3];
            double[] deviations = new double[3];
            try (DoublePointer from = new DoublePointer(mean.data());
                    DoublePointer spread = new DoublePointer(deviation.data())) {
                from.get(means);
                spread.get(deviations);
            }
            return PixelStatistics.ofImage((long) image.rows() * image.cols(), means, deviations);
        }
    }

    /** Scales a whole image down, averaging areas; owned by the caller. */
    static Mat scaled(Mat image, int width, int height) {
        Mat scaled = new Mat();
        try (Size size = new Size(width, height)) {
            opencv_imgproc.resize(image, scaled, size, 0, 0, opencv_imgproc.INTER_AREA);
        }
        return scaled;
    }

    /** Encodes an image as a JPEG of 4:2:0, as cameras do. */
    static byte[] encodeJpeg(Mat image, int quality) {
        try (BytePointer ending = new BytePointer(".jpg");
                IntPointer settings = new IntPointer(opencv_imgcodecs.IMWRITE_JPEG_QUALITY, quality);
                BytePointer encoded = new BytePointer();
                Mat blueFirst = new Mat()) {
            opencv_imgproc.cvtColor(image, blueFirst, opencv_imgproc.COLOR_RGB2BGR);
            if (!opencv_imgcodecs.imencode(ending, blueFirst, encoded, settings)) {
                throw new IllegalStateException("OpenCV cannot encode a JPEG of " + image.cols() + "x" + image.rows());
            }
            byte[] file = new byte[Math.toIntExact(encoded.limit())];
            encoded.get(file);
            return file;
        }
    }
}
