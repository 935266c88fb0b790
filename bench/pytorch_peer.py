"""The PyTorch peer of the benchmarks: the same network, batch and threads, timed step by step.

Reads one JSON line {"network": description, "batch": N, "threads": T, "task": "train" | "predict"}, answers with its
version and configuration, then takes a step for each line that it reads and answers with the seconds that it took.
It runs eager PyTorch in float32 at its fastest: maps in channels_last, oneDNN's convolutions, no autograd in prediction."""
import json
import resource
import sys
import time

import torch
from torch import nn

from pytorch_networks import modules

order = json.loads(sys.stdin.readline())
torch.set_num_threads(order["threads"])
torch.set_flush_denormal(True)
torch.manual_seed(0)

network = nn.Sequential(*modules(order["network"])).to(memory_format=torch.channels_last)
optimizer = torch.optim.Adam(network.parameters(), 1e-4)
loss = nn.BCELoss()
size, channels, batch = order["network"]["input"]["size"], order["network"]["input"]["channels"], order["batch"]
image = torch.randn(batch, channels, size, size).to(memory_format=torch.channels_last)
target = torch.rand(batch, 37)


def train():
    optimizer.zero_grad()
    loss(network(image), target).backward()
    optimizer.step()


def predict():
    network.eval()
    with torch.inference_mode():
        network(image)


step = {"train": train, "predict": predict}[order["task"]]
oneDNN = "oneDNN" if torch.backends.mkldnn.is_available() else "no oneDNN"
configuration = f"eager, float32, channels_last, {oneDNN}, {torch.backends.cpu.get_cpu_capability()}"
print(json.dumps({"versions": {"torch": torch.__version__, "torchConfiguration": configuration}}), flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    step()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "peakBytes": peak}), flush=True)
