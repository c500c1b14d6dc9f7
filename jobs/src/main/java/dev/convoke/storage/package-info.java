/** Files wherever they are: one small interface over local disks, HDFS and every other Hadoop file system. */
@NullMarked
package dev.convoke.storage;

import org.jspecify.annotations.NullMarked;
