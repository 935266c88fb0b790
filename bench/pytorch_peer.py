"""The PyTorch peer of the benchmarks: the same network, batch and threads, timed step by step.

Reads one JSON line {"network": description, "batch": N, "threads": T, "task": "train" | "predict"}, answers with its
versions, and then takes one step for each line that it reads, answering with the seconds that it took."""
import json
import resource
import sys
import time

import torch
from torch import nn

order = json.loads(sys.stdin.readline())
torch.set_num_threads(order["threads"])
torch.manual_seed(0)


def refuse_others(part, *known):
    """Lest a smaller network be compared unnoticed."""
    unknown = [key for key in part if key not in known]
    if unknown:
        raise ValueError(f"this peer does not know {', '.join(unknown)}")


def modules(network):
    refuse_others(network, "input", "layers")
    size, channels = network["input"]["size"], network["input"]["channels"]
    features = None
    for layer in network["layers"]:
        refuse_others(layer, "convolution", "flatten", "dropout", "dense")
        if "convolution" in layer:
            block = layer["convolution"]
            refuse_others(block, "channels", "kernel", "pool")
            outputs, kernel = block["channels"], block["kernel"]
            yield from (nn.Conv2d(channels, outputs, kernel, padding=kernel // 2), nn.BatchNorm2d(outputs), nn.ReLU())
            channels = outputs
            if "pool" in block:
                yield nn.MaxPool2d(2) if block["pool"] == "max" else nn.AvgPool2d(2)
                size //= 2
        elif "flatten" in layer:
            features = channels * size * size
            yield nn.Flatten()
        elif "dropout" in layer:
            yield nn.Dropout(layer["dropout"])
        else:
            yield nn.Linear(features, layer["dense"])
            features = layer["dense"]
    yield nn.Sigmoid()


network = nn.Sequential(*modules(order["network"]))
optimizer = torch.optim.Adam(network.parameters(), 1e-4)
loss = nn.BCELoss()
size, channels, batch = order["network"]["input"]["size"], order["network"]["input"]["channels"], order["batch"]
image, target = torch.randn(batch, channels, size, size), torch.rand(batch, 37)


def train():
    optimizer.zero_grad()
    loss(network(image), target).backward()
    optimizer.step()


def predict():
    network.eval()
    with torch.no_grad():
        network(image)


step = {"train": train, "predict": predict}[order["task"]]
print(json.dumps({"versions": {"torch": torch.__version__}}), flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    step()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "peakBytes": peak}), flush=True)
