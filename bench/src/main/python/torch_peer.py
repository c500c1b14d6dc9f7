"""PyTorch as its own users run it, as a peer of `./convoke bench engine`.

Reads the network as JSON (PythonNetwork), builds it from PyTorch's own functions, and answers each line on the standard
input with the nanoseconds one minibatch took and the most memory the process ever had, in bytes.

    python3 torch_peer.py pytorch-channels-last|pytorch-bfloat16 JSON
"""

import contextlib
import json
import resource
import sys
import time

import torch
import torch.nn.functional as F

from torch_network import Network, optimizer_of


def step_of(case, half):
    """Returns what computes one minibatch."""
    batch, classes = case["batch"], case["classes"]
    channels, height, width = case["image"]
    pixels = torch.sin(torch.arange(batch * channels * height * width, dtype=torch.float64) * 0.7391).float()
    images = pixels.reshape(batch, channels, height, width).to(memory_format=torch.channels_last)
    labels = torch.arange(batch) % classes
    network = Network(case["vertices"]).to(memory_format=torch.channels_last)
    network.train(case["training"])

    def precision():
        return torch.autocast("cpu", dtype=torch.bfloat16) if half else contextlib.nullcontext()

    if not case["training"]:

        def predict():
            with torch.inference_mode(), precision():
                return torch.softmax(network(images).float(), 1).numpy()

        return predict
    optimizer = optimizer_of(network, case)

    def train():
        optimizer.zero_grad(set_to_none=True)
        with precision():
            logits = network(images)
        loss = F.cross_entropy(logits.float(), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return train


def main():
    case = json.loads(sys.argv[2])
    torch.set_num_threads(case["threads"])
    compute = step_of(case, sys.argv[1].endswith("-bfloat16"))
    print("ready", flush=True)
    for _ in sys.stdin:
        before = time.perf_counter_ns()
        compute()
        taken = time.perf_counter_ns() - before
        print(taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10, flush=True)


main()
