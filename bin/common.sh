# Where things are; read by the other scripts here, from a checkout, a distribution and the container image alike.
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
app=$home
[[ -f $app/convoke.jar ]] || app=$home/jobs/target/convoke
java=${JAVA_HOME:+$JAVA_HOME/bin/}java

fail() { echo "convoke: $1" >&2; exit 2; }

[[ -f $app/convoke.jar ]] || fail "no convoke.jar in $home; build it with './convoke dist', or unpack the distribution whole"
command -v "$java" >/dev/null || fail "no Java found; install a JDK or JRE 17 and put it on the PATH or in JAVA_HOME"

# What Spark needs opened on Java 17; spark-submit adds the same list by itself.
opens=()
for package in java.lang java.lang.invoke java.lang.reflect java.io java.net java.nio java.util java.util.concurrent \
  java.util.concurrent.atomic jdk.internal.ref sun.nio.ch sun.nio.cs sun.security.action sun.util.calendar; do
  opens+=("--add-opens=java.base/$package=ALL-UNNAMED")
done

# Spark's jars: an installation's, or those Maven brought. Sets SPARK_HOME, which Spark's own classes read.
use_spark() {
  if [[ -z ${SPARK_HOME:-} && -d $app/spark ]]; then
    SPARK_HOME=$app/spark-home
    mkdir -p "$SPARK_HOME"
    ln -sfn ../spark "$SPARK_HOME/jars"
  fi
  [[ -n ${SPARK_HOME:-} ]] || fail "no Spark found; put spark-submit on the PATH or set SPARK_HOME (Spark 3.5 for Scala 2.12)"
  export SPARK_HOME SPARK_SCALA_VERSION=2.12
}

# Puts together the settings of this process: conf/, the files that CONVOKE_EXTRA_CONF names, and the cluster's secret,
# which is in a file of its own. Only this user can read the result, and it goes when this process ends.
use_conf() {
  SPARK_CONF_DIR=${SPARK_CONF_DIR:-$home/conf}
  if [[ -n ${CONVOKE_SECRET_FILE:-}${CONVOKE_EXTRA_CONF:-} ]]; then
    if [[ -n ${CONVOKE_SECRET_FILE:-} && ! -r $CONVOKE_SECRET_FILE ]]; then
      fail "the secret $CONVOKE_SECRET_FILE cannot be read; give CONVOKE_SECRET_FILE a file of mode 0400 that this user owns"
    fi
    local merged defaults extra
    merged=$(umask 077 && mktemp -d "${TMPDIR:-/tmp}/convoke-conf.XXXXXX")
    remove_when_done "$merged"
    find "$SPARK_CONF_DIR" -maxdepth 1 \( -type f -o -type l \) ! -name spark-defaults.conf -exec cp -t "$merged" {} +
    defaults=$merged/spark-defaults.conf
    (umask 077 && touch "$defaults")
    [[ ! -f $SPARK_CONF_DIR/spark-defaults.conf ]] || cat "$SPARK_CONF_DIR/spark-defaults.conf" >>"$defaults"
    for extra in ${CONVOKE_EXTRA_CONF:-}; do
      [[ -r $extra ]] || fail "the settings $extra cannot be read; correct CONVOKE_EXTRA_CONF"
      { echo && cat "$extra"; } >>"$defaults"
    done
    [[ -z ${CONVOKE_SECRET_FILE:-} ]] || printf '\nspark.authenticate.secret %s\n' "$(<"$CONVOKE_SECRET_FILE")" >>"$defaults"
    SPARK_CONF_DIR=$merged
  fi
  # A site's own Hadoop settings may lie beside Spark's; without any, Hadoop's defaults hold.
  if [[ -z ${HADOOP_CONF_DIR:-} && -f $SPARK_CONF_DIR/core-site.xml ]]; then
    HADOOP_CONF_DIR=$SPARK_CONF_DIR
  fi
  export SPARK_CONF_DIR ${HADOOP_CONF_DIR:+HADOOP_CONF_DIR}
}

# Removes a folder once this process, whatever it has become by exec, is gone.
remove_when_done() {
  (
    trap '' HUP INT TERM
    while kill -0 $$ 2>/dev/null; do sleep 1; done
    rm -rf "$1"
  ) </dev/null &>/dev/null &
  disown
}
