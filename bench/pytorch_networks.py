"""The networks of this project in PyTorch, with the same parameter names: nn.Sequential(*modules(description))."""
import torch
from torch import nn


def refuse_others(part, *known):
    """Raises if a part of a network has a setting that this peer does not know."""
    unknown = [key for key in part if key not in known]
    if unknown:
        raise ValueError(f"this peer does not know {', '.join(unknown)}")


class Cbam(nn.Module):
    """Channel attention ca = sigmoid(mlp(max over H, W) + mlp(mean over H, W)), y = x ca; spatial attention
    sa = sigmoid(conv7x7([max over C, mean over C] of y)); the output is x + y sa: src/engine/nn/cbam.ts."""

    def __init__(self, channels, reduction):
        super().__init__()
        narrow = channels // reduction
        self.channel = nn.ModuleDict({"fc1": nn.Linear(channels, narrow), "fc2": nn.Linear(narrow, channels)})
        self.spatial = nn.Conv2d(2, 1, 7, padding=3)

    def perceptron(self, pooled):
        return self.channel["fc2"](torch.relu(self.channel["fc1"](pooled)))

    def forward(self, x):
        # adaptive_max_pool2d and max are up to four times faster than amax, with their gradients.
        largest = nn.functional.adaptive_max_pool2d(x, 1).flatten(1)
        attention = torch.sigmoid(self.perceptron(largest) + self.perceptron(x.mean((2, 3))))
        y = x * attention[:, :, None, None]
        pooled = torch.cat((y.max(1, keepdim=True)[0], y.mean(1, keepdim=True)), 1)
        return x + y * torch.sigmoid(self.spatial(pooled))


class Ema(nn.Module):
    """Of each group's map x: x1 = groupNorm(x sigmoid(a(mean over W)) sigmoid(a(mean over H))), x2 = conv3x3(x); the output
    is x sigmoid(softmax(mean of x2) x1 + softmax(mean of x1) x2): src/engine/nn/ema.ts."""

    def __init__(self, channels, factor):
        super().__init__()
        self.factor, each = factor, channels // factor
        self.gn = nn.GroupNorm(each, each)
        self.conv1x1 = nn.Conv2d(each, each, 1)
        self.conv3x3 = nn.Conv2d(each, each, 3, padding=1)

    def forward(self, image):
        batch, channels, height, width = image.shape
        x = image.reshape(batch * self.factor, channels // self.factor, height, width)
        means = torch.cat((x.mean(3, keepdim=True), x.mean(2, keepdim=True).transpose(2, 3)), 2)
        rows, columns = torch.sigmoid(self.conv1x1(means)).split((height, width), 2)
        x1, x2 = self.gn(x * rows * columns.transpose(2, 3)), self.conv3x3(x)
        of1, of2 = (torch.softmax(y.mean((2, 3)), 1)[:, None] for y in (x1, x2))
        weights = torch.matmul(of2, x1.flatten(2)) + torch.matmul(of1, x2.flatten(2))
        return (x * torch.sigmoid(weights).reshape(-1, 1, height, width)).reshape(image.shape)


def attention_module(description, channels):
    refuse_others(description, "cbam", "ema")
    if "cbam" in description:
        refuse_others(description["cbam"], "reduction")
        return Cbam(channels, description["cbam"]["reduction"])
    refuse_others(description["ema"], "factor")
    return Ema(channels, description["ema"]["factor"])


def modules(network):
    refuse_others(network, "input", "layers", "head")
    if network.get("head", "sigmoid") != "sigmoid":
        raise ValueError(f"this peer does not know the head {network['head']}")
    size, channels = network["input"]["size"], network["input"]["channels"]
    features = None
    for layer in network["layers"]:
        refuse_others(layer, "convolution", "flatten", "dropout", "dense")
        if "convolution" in layer:
            block = layer["convolution"]
            refuse_others(block, "channels", "kernel", "attention", "pool")
            outputs, kernel = block["channels"], block["kernel"]
            yield from (nn.Conv2d(channels, outputs, kernel, padding=kernel // 2), nn.BatchNorm2d(outputs), nn.ReLU())
            channels = outputs
            if "attention" in block:
                yield attention_module(block["attention"], channels)
            if "pool" in block:
                yield nn.MaxPool2d(2) if block["pool"] == "max" else nn.AvgPool2d(2)
                size //= 2
        elif "flatten" in layer:
            features = channels * size * size
            yield nn.Flatten()
        elif "dropout" in layer:
            yield (nn.Dropout2d if features is None else nn.Dropout)(layer["dropout"])
        else:
            yield nn.Linear(features, layer["dense"])
            features = layer["dense"]
    yield nn.Sigmoid()
