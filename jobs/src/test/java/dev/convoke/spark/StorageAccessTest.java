package dev.convoke.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoke.storage.LocalFileStore;
import dev.convoke.storage.Location;
import dev.convoke.storage.MiniHdfs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.serializer.JavaSerializer;
import org.apache.spark.serializer.SerializerInstance;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.reflect.ClassTag$;

class StorageAccessTest {

    @TempDir
    private Path folder;

    @Test
    void whatTheDriverReachesItsExecutorsReach() {
        Location file = MiniHdfs.root().child("storage-access");
        StorageAccess access = StorageAccess.of(MiniHdfs.configuration());
        access.stores().of(file).replace(file, new byte[] {1, 2});

        StorageAccess travelled = travel(access);

        assertThat(travelled.stores().of(file).read(file, 10)).containsExactly(1, 2);
        assertThat(travelled.stores()).isSameAs(access.stores());
    }

    @Test
    void localFilesNeedNoHadoop() {
        Location file = Location.parse(folder.toString()).child("a");
        new LocalFileStore().replace(file, new byte[] {3});

        assertThat(StorageAccess.of(new Configuration()).stores().of(file).read(file, 10))
                .containsExactly(3);
    }

    @Test
    void onlyWhatTheSiteSetTravelsAndNothingIsPrinted() throws IOException {
        Configuration configuration = new Configuration();
        configuration.set("fs.s3a.secret.key", "canary");
        StorageAccess access = StorageAccess.of(configuration);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(access);
        }

        assertThat(bytes.size()).isLessThan(2_000);
        assertThat(access.toString()).doesNotContain("canary");
    }

    private static StorageAccess travel(StorageAccess access) {
        SerializerInstance serializer = new JavaSerializer(new SparkConf(false)).newInstance();
        return serializer.deserialize(
                serializer.serialize(access, ClassTag$.MODULE$.apply(StorageAccess.class)),
                ClassTag$.MODULE$.apply(StorageAccess.class));
    }
}
