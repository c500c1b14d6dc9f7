package dev.convoke.registry;

import java.time.Instant;

/**
 * One move of an alias; the last one says what the alias means now.
 *
 * @param alias the alias's name
 * @param sequence counts its moves from 1
 * @param version the version it names since
 * @param previous the version it named before; 0 if none
 * @param at when it was moved, for people
 * @param actor who moved it, for people
 * @param reason why, one line
 */
public record AliasMove(
        String alias, int sequence, int version, int previous, Instant at, String actor, String reason) {

    /** Returns the same move under another number. */
    AliasMove as(int number) {
        return new AliasMove(alias, number, version, previous, at, actor, reason);
    }
}
