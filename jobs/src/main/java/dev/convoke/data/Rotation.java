package dev.convoke.data;

/** Turns an image about its centre by bilinear interpolation; what comes in from outside repeats the edge. */
final class Rotation {

    private Rotation() {}

    /**
     * Returns a turned copy.
     *
     * @param pixels {@code [height, width, 3]}, read
     * @param degrees counterclockwise
     */
    static byte[] turned(byte[] pixels, int width, int height, double degrees) {
        double cosine = Math.cos(Math.toRadians(degrees));
        double sine = Math.sin(Math.toRadians(degrees));
        double centreX = (width - 1) / 2.0;
        double centreY = (height - 1) / 2.0;
        byte[] turned = new byte[pixels.length];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                double fromX = centreX + cosine * (x - centreX) - sine * (y - centreY);
                double fromY = centreY + sine * (x - centreX) + cosine * (y - centreY);
                double left = Math.max(0, Math.min(width - 1, fromX));
                double top = Math.max(0, Math.min(height - 1, fromY));
                int x0 = Math.min((int) left, Math.max(0, width - 2));
                int y0 = Math.min((int) top, Math.max(0, height - 2));
                int right = width > 1 ? 3 : 0;
                int below = height > 1 ? 3 * width : 0;
                int corner = 3 * (y0 * width + x0);
                float partX = (float) (left - x0);
                float partY = (float) (top - y0);
                int to = 3 * (y * width + x);
                for (int c = 0; c < 3; c++) {
                    float upper = mix(pixels[corner + c], pixels[corner + right + c], partX);
                    float lower = mix(pixels[corner + below + c], pixels[corner + below + right + c], partX);
                    turned[to + c] = (byte) (int) (upper + partY * (lower - upper) + 0.5f);
                }
            }
        }
        return turned;
    }

    private static float mix(byte one, byte other, float part) {
        int first = one & 0xFF;
        return first + part * ((other & 0xFF) - first);
    }
}
