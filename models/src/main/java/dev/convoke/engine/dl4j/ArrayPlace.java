package dev.convoke.engine.dl4j;

import org.nd4j.linalg.api.concurrency.AffinityManager.Location;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Where ND4J's arrays are computed on; on a GPU each has a second copy that must be told when the other changes. */
enum ArrayPlace {
    ON_CPU {
        @Override
        void prepareThread(int threads) {
            NativeRuntime.useThreads(threads);
        }

        @Override
        void bringToHost(INDArray array) {}

        @Override
        void hostIsNewer(INDArray array) {}
    },
    ON_GPU {
        @Override
        void prepareThread(int threads) {}

        @Override
        void bringToHost(INDArray array) {
            Nd4j.getExecutioner().commit();
            Nd4j.getAffinityManager().ensureLocation(array, Location.HOST);
        }

        @Override
        void hostIsNewer(INDArray array) {
            Nd4j.getAffinityManager().tagLocation(array, Location.HOST);
        }
    };

    /** Makes native code called from this thread compute with so many CPU threads. */
    abstract void prepareThread(int threads);

    /** Makes what a Java buffer over the array shows current. */
    abstract void bringToHost(INDArray array);

    /** Says that the array was written through a Java buffer. */
    abstract void hostIsNewer(INDArray array);
}
