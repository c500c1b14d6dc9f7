package dev.convoke.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.EOFException;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.security.PrivilegedExceptionAction;
import java.time.Duration;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.hdfs.protocol.HdfsConstants;
import org.apache.hadoop.security.UserGroupInformation;
import org.junit.jupiter.api.Test;

/** What HDFS refuses, and what does not answer, is named with a remedy, in bounded time. */
class HadoopFaultsTest {

    private static final byte[] CONTENT = "content".getBytes(StandardCharsets.UTF_8);

    @Test
    void aNameNodeThatIsNotThereIsNamedWithinTheLimit() throws Exception {
        Configuration configuration = new Configuration();
        configuration.set(HadoopLimits.PATIENCE, "3s");
        long start = System.nanoTime();

        try (HadoopFileStore store = new HadoopFileStore(configuration)) {
            Location nowhere = nobodyListens().child("data");
            assertThatThrownBy(() -> store.list(nowhere))
                    .isExactlyInstanceOf(StorageException.class)
                    .hasMessageContaining("Cannot list " + nowhere)
                    .hasMessageContaining("connection refused; check that the NameNode is running");
        }

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
    }

    @Test
    void readingAFileWholeWaitsForItsNameNodeNoLongerThanAnyOtherOperation() throws Exception {
        Configuration configuration = new Configuration();
        configuration.set(HadoopLimits.PATIENCE, "8s");
        long start = System.nanoTime();

        try (HadoopFileStore store = new HadoopFileStore(configuration)) {
            Location nowhere = nobodyListens().child("run.json");
            assertThatThrownBy(() -> store.read(nowhere, 100))
                    .isExactlyInstanceOf(StorageException.class)
                    .hasMessageContaining("Cannot open " + nowhere);
        }

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
    }

    @Test
    void aHostThatDoesNotExistIsNamedAtOnce() {
        try (HadoopFileStore store = new HadoopFileStore(new Configuration())) {
            assertThatThrownBy(() -> store.exists(new Location("hdfs://no-such-host.invalid:8020/data")))
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("its host is unknown here");
            assertThatThrownBy(() -> store.exists(new Location("hdfs:/data")))
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("write hdfs://host:port/data");
        }
    }

    @Test
    void timeLimitsAreSetOnlyWhereTheSiteHasNone() {
        Configuration site = new Configuration();
        site.set("ipc.client.connect.timeout", "77000");

        Configuration bounded = HadoopLimits.bounded(site);

        assertThat(bounded.get("ipc.client.connect.timeout")).isEqualTo("77000");
        assertThat(bounded.get("ipc.client.connect.max.retries.on.timeouts")).isEqualTo("1");
        assertThat(bounded.getInt("ipc.client.rpc-timeout.ms", 0)).isEqualTo(30_000);
        assertThat(site.get("ipc.client.rpc-timeout.ms")).isNotEqualTo("30000");
    }

    @Test
    void deniedPermissionIsNamed() throws Exception {
        DistributedFileSystem files = MiniHdfs.cluster().getFileSystem();
        files.mkdirs(new Path("/private"), new FsPermission((short) 0700));
        files.setPermission(new Path("/private"), new FsPermission((short) 0700));
        UserGroupInformation guest = UserGroupInformation.createUserForTesting("guest", new String[] {"guests"});

        guest.doAs((PrivilegedExceptionAction<Void>) () -> {
            try (HadoopFileStore store = new HadoopFileStore(MiniHdfs.configuration())) {
                assertThatThrownBy(() -> store.create(MiniHdfs.root().child("private/file")))
                        .isExactlyInstanceOf(StorageException.class)
                        .hasMessageContaining("Cannot create")
                        .hasMessageContaining("permission denied")
                        .hasMessageContaining("user=guest")
                        .hasMessageContaining("hdfs dfs -chown");
                assertThatThrownBy(() -> store.find(MiniHdfs.root().child("private/file")))
                        .hasMessageContaining("permission denied");
            }
            return null;
        });
    }

    @Test
    void quotasAreNamed() throws Exception {
        DistributedFileSystem files = MiniHdfs.cluster().getFileSystem();
        files.mkdirs(new Path("/few"));
        files.setQuota(new Path("/few"), 2, HdfsConstants.QUOTA_DONT_SET);
        files.mkdirs(new Path("/small"));
        files.setQuota(new Path("/small"), HdfsConstants.QUOTA_DONT_SET, 1000);
        try (HadoopFileStore store = new HadoopFileStore(MiniHdfs.configuration())) {
            store.replace(MiniHdfs.root().child("few/one"), CONTENT);

            assertThatThrownBy(() -> store.create(MiniHdfs.root().child("few/two")))
                    .isExactlyInstanceOf(StorageException.class)
                    .hasMessageContaining("a quota is used up")
                    .hasMessageContaining("-setQuota");
            assertThatThrownBy(() -> store.replace(MiniHdfs.root().child("small/one"), CONTENT))
                    .isExactlyInstanceOf(StorageException.class)
                    .hasMessageContaining("a quota is used up");
            assertThat(store.list(MiniHdfs.root().child("small"))).isEmpty();
        }
    }

    @Test
    void safeModeIsWaitedForAndNamedWhenItLasts() throws Exception {
        DistributedFileSystem files = MiniHdfs.cluster().getFileSystem();
        Configuration configuration = MiniHdfs.configuration();
        configuration.set(HadoopLimits.PATIENCE, "1s");
        Location folder = MiniHdfs.root().child("safe");
        files.setSafeMode(HdfsConstants.SafeModeAction.SAFEMODE_ENTER);
        try (HadoopFileStore store = new HadoopFileStore(configuration)) {
            assertThatThrownBy(() -> store.makeFolder(folder))
                    .isExactlyInstanceOf(StorageException.class)
                    .hasMessageContaining("safe mode")
                    .hasMessageContaining("hdfs dfsadmin -safemode get");
            assertThat(store.exists(folder)).isFalse();
        } finally {
            files.setSafeMode(HdfsConstants.SafeModeAction.SAFEMODE_LEAVE);
        }
    }

    @Test
    void aRestartOfTheNameNodeIsSurvived() throws Exception {
        MiniDFSCluster cluster = MiniHdfs.cluster();
        try (HadoopFileStore store = new HadoopFileStore(MiniHdfs.configuration())) {
            Location file = MiniHdfs.root().child("survivor/file");
            store.replace(file, CONTENT);
            // Stopped while nothing runs: within one JVM, with assertions on, a NameNode does not die as a process
            // does.
            cluster.shutdownNameNode(0);
            Thread restart = new Thread(() -> {
                try {
                    cluster.restartNameNode(true);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            restart.start();

            store.rename(file, file.parent().child("other"));
            store.replace(file, CONTENT);
            try (DurableOutput output = store.create(file.parent().child("new"))) {
                output.write(CONTENT);
            }

            restart.join();
            assertThat(store.read(file, 100)).isEqualTo(CONTENT);
            assertThat(store.list(file.parent())).hasSize(3);
            // The cluster's own client, which other tests use, has not noticed yet.
            await().ignoreExceptions().until(() -> cluster.getFileSystem().exists(new Path("/")));
        }
    }

    @Test
    void patienceEndsAndRepeatsOnlyWhatMayBeRepeated() {
        Location place = new Location("hdfs://host/file");
        long[] now = {0};
        Patience patience = new Patience(Duration.ofSeconds(30), () -> now[0], nanos -> now[0] += nanos);
        int[] tries = {0};

        assertThatThrownBy(() -> patience.once("create " + place, place, attempt -> {
                    tries[0] = attempt;
                    throw new java.net.ConnectException("Connection refused");
                }))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("connection refused");
        assertThat(tries[0]).isBetween(8, 11);
        assertThat(now[0]).isEqualTo(Duration.ofSeconds(30).toNanos());

        assertThatThrownBy(() -> patience.once("create " + place, place, attempt -> {
                    tries[0] = attempt;
                    throw new EOFException("End of File");
                }))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("the connection broke");
        assertThat(tries[0]).isEqualTo(1);

        int successful = patience.repeatable("list " + place, place, attempt -> {
            if (attempt < 3) {
                throw new EOFException("End of File");
            }
            return attempt;
        });
        assertThat(successful).isEqualTo(3);
    }

    @Test
    void unknownSchemesAreNamedWithWhatIsServed() {
        try (HadoopFileStores stores = new HadoopFileStores(new Configuration())) {
            assertThatThrownBy(() -> stores.of(new Location("hfds://host/data")))
                    .isInstanceOf(UnknownSchemeException.class)
                    .hasMessageContaining("hfds://host/data")
                    .hasMessageContaining("file, ")
                    .hasMessageContaining("hdfs, ");
            assertThatThrownBy(() -> stores.of(new Location("s3a://bucket/data")))
                    .isInstanceOf(UnknownSchemeException.class)
                    .hasMessageContaining("S3AFileSystem")
                    .hasMessageContaining("add its jar");
            assertThat(stores.of(new Location("file:/tmp"))).isInstanceOf(LocalFileStore.class);
            assertThat(stores.of(new Location("hdfs://host/x"))).isInstanceOf(HadoopFileStore.class);
        }
    }

    private static Location nobodyListens() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return new Location("hdfs://localhost:" + socket.getLocalPort());
        }
    }
}
