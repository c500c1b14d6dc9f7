"""PyTorch on a GPU as its own users run it, as a peer of `./convoke bench gpu measure`.

Answers each line of JSON on the standard input with one on the standard output:

    {"do": "roofs"}                                       what the machine can do at most
    {"do": "load", "mode": "eager|compile", "case": ...}  builds a network (PythonNetwork) and trains its first steps
    {"do": "block", "steps": N}                           trains N steps and waits for the last: {"seconds": ...}
    {"do": "drop"}                                        frees the network

    python3 torch_gpu_peer.py [cpu]                       the CPU is only to try the peer itself
"""

import contextlib
import gc
import json
import os
import sys
import time

import torch
import torch.nn.functional as F

from torch_network import Network, optimizer_of

DEVICE = torch.device(sys.argv[1] if len(sys.argv) > 1 else "cuda")
IS_GPU = DEVICE.type == "cuda"
REPETITIONS = 5


def wait():
    if IS_GPU:
        torch.cuda.synchronize()


def seconds_of(work, times):
    """Returns the seconds one call takes: the median of some blocks, each waited for at its end only."""
    work()
    wait()
    taken = []
    for _ in range(REPETITIONS):
        before = time.perf_counter()
        for _ in range(times):
            work()
        wait()
        taken.append((time.perf_counter() - before) / times)
    return sorted(taken)[REPETITIONS // 2]


def roofs():
    side = 8192 if IS_GPU else 256
    # Random numbers: a product of zeros draws less power and runs faster than any work does.
    left = torch.randn(side, side, device=DEVICE, dtype=torch.bfloat16)
    right = torch.randn(side, side, device=DEVICE, dtype=torch.bfloat16)
    out = torch.empty(side, side, device=DEVICE, dtype=torch.bfloat16)
    product = seconds_of(lambda: torch.matmul(left, right, out=out), 30)
    # Far more than the caches hold.
    source = torch.randn((1 << 28) if IS_GPU else (1 << 16), device=DEVICE)
    target = torch.empty_like(source)
    copy = seconds_of(lambda: target.copy_(source), 20)
    host = torch.empty(256 << 20, dtype=torch.uint8, pin_memory=IS_GPU)
    device = torch.empty(256 << 20, dtype=torch.uint8, device=DEVICE)
    into = seconds_of(lambda: device.copy_(host, non_blocking=True), 10)
    back = seconds_of(lambda: host.copy_(device, non_blocking=True), 10)
    return {
        "device": torch.cuda.get_device_name() if IS_GPU else "cpu",
        "torch": torch.__version__,
        "cuda": str(torch.version.cuda),
        "cudnn": str(torch.backends.cudnn.version()),
        "matmul_tflops": 2 * side**3 / product / 1e12,
        "copy_gb_per_second": 2 * source.numel() * 4 / copy / 1e9,
        "to_device_gb_per_second": host.numel() / into / 1e9,
        "from_device_gb_per_second": host.numel() / back / 1e9,
    }


def training(case, mode):
    """Returns what trains one step on a minibatch that stays on the device, without waiting for it."""
    half = case["precision"] == "bfloat16"
    batch, classes = case["batch"], case["classes"]
    dtype = torch.bfloat16 if half else torch.float32
    images = torch.randn(batch, *case["image"], device=DEVICE, dtype=dtype).to(memory_format=torch.channels_last)
    labels = torch.randint(classes, (batch,), device=DEVICE)
    network = Network(case["vertices"]).to(DEVICE, memory_format=torch.channels_last)
    network.train()
    optimizer = optimizer_of(network, case)

    def loss_of(inputs, wanted):
        with torch.autocast(DEVICE.type, dtype=torch.bfloat16) if half else contextlib.nullcontext():
            logits = network(inputs)
        return F.cross_entropy(logits.float(), wanted)

    if mode == "compile":
        loss_of = torch.compile(loss_of, mode=case.get("compile_mode"))

    def train():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(images, labels)
        loss.backward()
        optimizer.step()
        return loss

    return train


class Peer:
    """One network at a time."""

    def __init__(self):
        self.train = None

    def answer(self, request):
        what = request["do"]
        if what == "roofs":
            found = roofs()
            self.drop()
            return found
        if what == "load":
            self.drop()
            if IS_GPU:
                torch.cuda.reset_peak_memory_stats()
            before = time.perf_counter()
            self.train = training(request["case"], request["mode"])
            for _ in range(3):
                loss = self.train()
            wait()
            taken = time.perf_counter() - before
            return {"seconds": taken, "bytes": self.bytes(), "loss": loss.item()}
        if what == "block":
            wait()
            before = time.perf_counter()
            for _ in range(request["steps"]):
                loss = self.train()
            wait()
            taken = time.perf_counter() - before
            return {"seconds": taken, "bytes": self.bytes(), "loss": loss.item()}
        if what == "drop":
            self.drop()
            return {}
        raise ValueError(f"no request '{what}'")

    def drop(self):
        self.train = None
        torch._dynamo.reset()
        gc.collect()
        if IS_GPU:
            torch.cuda.empty_cache()

    @staticmethod
    def bytes():
        return torch.cuda.max_memory_reserved() if IS_GPU else 0


def main():
    torch.backends.cudnn.benchmark = True
    # What libraries print must not stand among the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    peer = Peer()
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        try:
            answer = peer.answer(json.loads(line))
        except Exception as failure:  # a failed request must not end the peer
            memory = isinstance(failure, torch.OutOfMemoryError) or "out of memory" in str(failure)
            peer.drop()
            answer = {"error": f"{type(failure).__name__}: {str(failure)[:400]}", "memory": memory}
        print(json.dumps(answer), file=answers, flush=True)


main()
