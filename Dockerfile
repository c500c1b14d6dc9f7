# One image for every service of docker-compose.yml. Build the jars first: ./convoke build
FROM debian:bookworm-slim

RUN apt-get update \
 && apt-get install -y --no-install-recommends openjdk-17-jre-headless fontconfig fonts-dejavu-core \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10000 hdfs && useradd --uid 10000 --gid 10000 --no-create-home --shell /usr/sbin/nologin hdfs \
 && groupadd --gid 10001 convoke && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin convoke \
 && install -d -o hdfs -g hdfs -m 0700 /var/lib/convoke/name /var/lib/convoke/data \
 && install -d -o convoke -g convoke -m 0700 /var/lib/convoke/work /var/lib/convoke/secret

# The jars that change least come first.
COPY jobs/target/convoke/spark /opt/spark/jars
COPY jobs/target/convoke/hdfs /opt/convoke/hdfs
COPY jobs/target/convoke/lib /opt/convoke/lib
COPY jobs/target/convoke/convoke.jar /opt/convoke/
COPY bin /opt/convoke/bin
COPY conf /opt/convoke/conf

# Nobody has a home: fonts are indexed where it may be written.
ENV SPARK_HOME=/opt/spark XDG_CACHE_HOME=/tmp/cache
WORKDIR /opt/convoke
USER convoke
ENTRYPOINT ["/opt/convoke/bin/convoke-node"]
CMD ["submit", "--", "--help"]
