package dev.convoke.storage;

import dev.convoke.storage.MemoryFileStore.Crash;
import dev.convoke.storage.MemoryFileStore.Fault;
import java.util.ArrayList;
import java.util.List;

/** Counts the changing operations of a store and lets one of them fail, die or wait. */
final class FaultPlan {

    private final List<String> journal = new ArrayList<>();
    private int faultAt = -1;
    private Fault fault = Fault.FAIL;
    private int pauseAt = -1;
    private Runnable meanwhile = () -> {};
    private boolean crashed;

    synchronized void faultAt(int operation, Fault chosen) {
        journal.clear();
        faultAt = operation;
        fault = chosen;
    }

    synchronized void pauseAt(int operation, Runnable other) {
        journal.clear();
        pauseAt = operation;
        meanwhile = other;
    }

    synchronized void restart() {
        crashed = false;
        faultAt = -1;
        journal.clear();
    }

    synchronized List<String> journal() {
        return List.copyOf(journal);
    }

    synchronized boolean crashed() {
        return crashed;
    }

    synchronized void checkAlive() {
        if (crashed) {
            throw new Crash("is dead");
        }
    }

    /** Never called with the store's lock held: what happens in a pause may use other threads. */
    void before(String operation) {
        Runnable other = () -> {};
        int number;
        synchronized (this) {
            checkAlive();
            number = journal.size();
            journal.add(operation);
            if (number == pauseAt) {
                pauseAt = -1;
                other = meanwhile;
            }
        }
        other.run();
        act(operation, number);
    }

    synchronized void after() {
        if (journal.size() - 1 == faultAt && fault == Fault.CRASH_AFTER) {
            crash(journal.get(faultAt));
        }
    }

    private synchronized void act(String operation, int number) {
        if (number == faultAt || (number > faultAt && faultAt >= 0 && fault == Fault.FAIL_FROM_THEN_ON)) {
            switch (fault) {
                case CRASH_BEFORE, CRASH_DURING -> crash(operation);
                case FAIL, FAIL_FROM_THEN_ON ->
                    throw new StorageException("Cannot " + operation + ": planned failure", null);
                case CRASH_AFTER -> {}
            }
        }
    }

    private synchronized void crash(String operation) {
        crashed = true;
        throw new Crash("died at " + operation);
    }
}
