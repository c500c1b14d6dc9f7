package dev.convoke.engine.cuda;

import org.bytedeco.javacpp.Pointer;

/** A plain number as the native libraries take it: an address on the GPU, which nothing here may look into. */
final class Address extends Pointer {

    Address(long place) {
        super((Pointer) null);
        this.address = place;
    }
}
