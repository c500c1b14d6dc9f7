#!/usr/bin/env bash
# Tells Spark which GPUs a node has: spark.worker.resource.gpu.discoveryScript (standalone) or
# spark.executor.resource.gpu.discoveryScript (YARN, Kubernetes). CONVOKE_GPU_ADDRESSES names them by hand ("0 1"), as a
# rehearsal without cards does. Whatever goes wrong ends with 1: a GPU that is not there must never be granted.
set -euo pipefail
fail() { echo "discover-gpus: $1" >&2; exit 1; }

if [[ -n ${CONVOKE_GPU_ADDRESSES:-} ]]; then
  found=$CONVOKE_GPU_ADDRESSES
else
  command -v nvidia-smi >/dev/null || fail "no nvidia-smi here; install NVIDIA's driver, or ask for no GPU on this node"
  found=$(nvidia-smi --query-gpu=index --format=csv,noheader) || fail "nvidia-smi failed: $found"
fi
read -r -d '' -a addresses <<<"$found" || true
((${#addresses[@]})) || fail "nvidia-smi names no GPU; ask for none on this node, or look at its driver"
for address in "${addresses[@]}"; do
  [[ $address =~ ^[0-9]+$ ]] || fail "'$address' is no GPU's number, in: ${addresses[*]}"
done
list=$(printf '"%s",' "${addresses[@]}")
echo "{\"name\": \"gpu\", \"addresses\": [${list%,}]}"
