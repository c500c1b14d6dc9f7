package dev.convoke.bench.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import dev.convoke.bench.Row;

/**
 * What the machine can do at most, as PyTorch reaches it.
 *
 * @param matmulTflops of a product of large bfloat16 matrices
 * @param copyGb read and written a second by a copy within the device
 * @param toDeviceGb a second from pinned memory into the device
 * @param fromDeviceGb a second out of it
 */
record Roofs(double matmulTflops, double copyGb, double toDeviceGb, double fromDeviceGb) {

    /** Nothing is known: shares of it are not numbers. */
    static final Roofs UNKNOWN = new Roofs(Double.NaN, Double.NaN, Double.NaN, Double.NaN);

    static Roofs of(JsonNode answer) {
        return new Roofs(
                answer.path("matmul_tflops").asDouble(Double.NaN),
                answer.path("copy_gb_per_second").asDouble(Double.NaN),
                answer.path("to_device_gb_per_second").asDouble(Double.NaN),
                answer.path("from_device_gb_per_second").asDouble(Double.NaN));
    }

    static Row row(JsonNode answer) {
        Row.Builder row = Row.builder().label("case", "roofs");
        answer.fields().forEachRemaining(field -> {
            if (field.getValue().isNumber()) {
                row.number(field.getKey(), field.getValue().asDouble());
            } else {
                row.label(field.getKey(), field.getValue().asText());
            }
        });
        return row.build();
    }
}
