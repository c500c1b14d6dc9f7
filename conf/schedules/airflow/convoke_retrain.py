"""Retrains every night through spark-submit.

Client mode on purpose: in cluster mode on a standalone master spark-submit exits with 0 even when the driver has failed.
The schedule's own date names the night, so a retry or a second trigger goes on with the same night and never begins
another. Retries are safe: a night goes on behind its last recorded step.
"""

from datetime import timedelta
import os

import pendulum
from airflow import DAG
from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator

HOME = os.environ.get("CONVOKE_HOME", "/opt/convoke")
CONFIG = os.environ.get("CONVOKE_RETRAIN_CONFIG", "/etc/convoke/nightly.yaml")
# Spark's settings: the secure defaults, or a copy of them (mode 0700) that holds spark.authenticate.secret, too.
SPARK_CONF = os.environ.get("CONVOKE_SPARK_CONF", f"{HOME}/conf")
HADOOP_CONF = os.environ.get("HADOOP_CONF_DIR", "/etc/hadoop/conf")

COMMON = {
    "conn_id": "spark_default",
    "application": f"{HOME}/convoke.jar",
    "deploy_mode": "client",
    "env_vars": {"SPARK_CONF_DIR": SPARK_CONF, "HADOOP_CONF_DIR": HADOOP_CONF},
    # The jars beside the application; a directory is enough for the class path of drivers and executors alike.
    "conf": {
        "spark.driver.extraClassPath": f"{HOME}/lib/*",
        "spark.executor.extraClassPath": f"{HOME}/lib/*",
        "spark.task.cpus": "4",
        "spark.executor.cores": "4",
    },
}

with DAG(
    dag_id="convoke_retrain",
    description="Takes new images in, trains if it is worth it, promotes what is better",
    schedule="15 2 * * *",
    start_date=pendulum.datetime(2026, 11, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=10)},
    tags=["convoke"],
) as dag:
    retrain = SparkSubmitOperator(
        task_id="retrain",
        application_args=["retrain", CONFIG, "--night", "{{ (logical_date if logical_date is defined and logical_date else dag_run.run_after) | ds }}"],
        **COMMON,
    )
    housekeep = SparkSubmitOperator(
        task_id="housekeep",
        application_args=["housekeep", CONFIG, "--apply"],
        **COMMON,
    )
    retrain >> housekeep
