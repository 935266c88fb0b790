"""Replays the training steps that `npm run bench -- recipe NAME` recorded: python3 bench/pytorch_replay.py build/NAME.safetensors

Starts from the recorded weights and takes the recorded batches in order, with PyTorch's Adam, in float32 and in float64. Prints
the relative differences of the recorded steps, and of PyTorch's float32 steps, from those in float64. Adam divides a gradient by
its size: rounding errors of small gradients move weights as far as large gradients do, and grow from step to step.
Needs torch, numpy and safetensors."""
import argparse
import json

import torch
from safetensors import safe_open
from torch import nn

from pytorch_networks import modules

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("file", help="as `npm run bench -- recipe NAME` writes it")

with safe_open(parser.parse_args().file, "pt") as file:
    metadata = file.metadata()
    recorded = {name: file.get_tensor(name) for name in file.keys()}
settings = json.loads(metadata["settings"])
if settings["optimizer"] != "adam":
    raise ValueError(f"this script does not know the optimizer {settings['optimizer']}")
LOSS = {"bce": nn.BCELoss(), "mse": nn.MSELoss()}[settings["loss"]]


def replay(dtype):
    """Takes the steps. Returns their losses [steps], float64, and the parameters and statistics after them."""
    network = nn.Sequential(*modules(json.loads(metadata["network"])))
    network.load_state_dict({name: recorded[name] for name in network.state_dict()})
    network.to(dtype)
    optimizer = torch.optim.Adam(network.parameters())
    losses = []
    for step, rate in enumerate(recorded["learning_rates"], 1):
        optimizer.param_groups[0]["lr"] = rate.item()
        optimizer.zero_grad()
        pictures, labels = (recorded[f"batch.{step}.{name}"].to(dtype) for name in ("pictures", "labels"))
        loss = LOSS(network(pictures), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return torch.tensor(losses, dtype=torch.float64), network.state_dict()


def norm(tensors):
    return torch.cat([tensor.double().flatten() for tensor in tensors]).norm()


exact_losses, exact = replay(torch.float64)
names = [name for name, value in exact.items() if value.is_floating_point()]
print(f"{metadata['recipe']}, batch {settings['batch']}; losses: {', '.join(f'{loss:.6f}' for loss in exact_losses)}")
for program, losses, state in (
    ("recorded", recorded["losses"], {name: recorded[f"after.{name}"] for name in names}),
    ("PyTorch, float32", *replay(torch.float32)),
):
    of_losses = (losses.double() / exact_losses - 1).abs()
    of_tensors = {name: norm([state[name] - exact[name]]) / norm([exact[name]]) for name in names}
    of_all = norm([state[name] - exact[name] for name in names]) / norm([exact[name] for name in names])
    worst = max(names, key=of_tensors.get)
    print(f"{program}: differs from PyTorch in float64")
    print(f"  losses: {', '.join(f'{each:.1e}' for each in of_losses)}")
    print(f"  weights and statistics after the last step: {of_all:.1e} together; {of_tensors[worst]:.1e} at most ({worst})")
