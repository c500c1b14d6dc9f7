#!/usr/bin/env bash
# Tells Spark which GPUs a node has: spark.worker.resource.gpu.discoveryScript (standalone) or
# spark.executor.resource.gpu.discoveryScript (YARN, Kubernetes). CONVOKE_GPU_ADDRESSES names them by hand ("0 1"), as a
# rehearsal without cards does.
set -euo pipefail
if [[ -n ${CONVOKE_GPU_ADDRESSES:-} ]]; then
  read -r -a addresses <<<"$CONVOKE_GPU_ADDRESSES"
else
  command -v nvidia-smi >/dev/null || { echo "discover-gpus: no nvidia-smi here; install NVIDIA's driver, or ask for no GPU on this node" >&2; exit 1; }
  mapfile -t addresses < <(nvidia-smi --query-gpu=index --format=csv,noheader)
fi
list=$(printf '"%s",' "${addresses[@]}")
echo "{\"name\": \"gpu\", \"addresses\": [${list%,}]}"
