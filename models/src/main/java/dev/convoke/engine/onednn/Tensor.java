package dev.convoke.engine.onednn;

/** An array in a program: how its values stand, and where. Several tensors may look at one region. */
record Tensor(Layout layout, Region region) {}
