"""A network from the JSON that PythonNetwork writes, built from PyTorch's own functions, for the peers beside this file."""

import math

import torch
import torch.nn.functional as F


class Network(torch.nn.Module):
    """The operations in order, each by PyTorch's own function."""

    def __init__(self, vertices):
        super().__init__()
        self.vertices = vertices
        generator = torch.Generator().manual_seed(1)
        for place, vertex in enumerate(vertices):
            for number, shape in enumerate(vertex.get("weights", [])):
                self.register_parameter(f"p{place}_{number}", torch.nn.Parameter(initial(shape, generator)))
            if vertex["operation"] == "BatchNorm":
                channels = vertex["channels"]
                self.register_parameter(f"p{place}_0", torch.nn.Parameter(torch.ones(channels)))
                self.register_parameter(f"p{place}_1", torch.nn.Parameter(torch.zeros(channels)))
                self.register_buffer(f"mean{place}", torch.zeros(channels))
                self.register_buffer(f"variance{place}", torch.ones(channels))

    def forward(self, images):
        results = []
        for place, vertex in enumerate(self.vertices):
            read = [results[i] for i in vertex["inputs"]] or [images]
            results.append(self.compute(place, vertex, read))
        return results[-1]

    def compute(self, place, vertex, read):
        operation = vertex["operation"]
        first = read[0]
        relu = F.relu if vertex.get("relu") else lambda values: values
        if operation == "Convolution":
            padded, padding = pad(first, vertex, 0.0)
            bias = getattr(self, f"p{place}_1", None)
            return relu(F.conv2d(padded, getattr(self, f"p{place}_0"), bias, vertex["stride"], padding))
        if operation == "Dense":
            bias = getattr(self, f"p{place}_1", None)
            return relu(F.linear(torch.flatten(first, 1), getattr(self, f"p{place}_0"), bias))
        if operation == "BatchNorm":
            return F.batch_norm(
                first,
                getattr(self, f"mean{place}"),
                getattr(self, f"variance{place}"),
                getattr(self, f"p{place}_0"),
                getattr(self, f"p{place}_1"),
                self.training,
                1 - vertex["decay"],
                vertex["epsilon"],
            )
        if operation == "MaxPool":
            padded, padding = pad(first, vertex, -math.inf)
            return F.max_pool2d(padded, vertex["kernel"], vertex["stride"], padding)
        if operation == "MeanPool":
            padding = (vertex["padding"][0], vertex["padding"][2])
            return F.avg_pool2d(first, vertex["kernel"], vertex["stride"], padding, count_include_pad=False)
        if operation == "GlobalPool":
            return torch.amax(first, (2, 3)) if vertex["largest"] else torch.mean(first, (2, 3))
        if operation == "Dropout":
            return F.dropout(first, vertex["drop"], self.training)
        if operation == "Relu":
            return F.relu(first)
        if operation == "Addition":
            return relu(first + read[1])
        if operation == "Concatenation":
            return torch.cat(read, 1)
        # The input, and the classifier, whose softmax is in the loss.
        if operation in ("Input", "Classifier"):
            return first
        raise ValueError(f"no operation '{operation}' in PyTorch's peer")


def initial(shape, generator):
    """Glorot's uniform distribution, as the networks have it; zeros for biases."""
    if len(shape) == 1:
        return torch.zeros(shape)
    area = math.prod(shape[2:])
    limit = math.sqrt(6.0 / (area * (shape[0] + shape[1])))
    return limit * (2 * torch.rand(shape, generator=generator) - 1)


def pad(images, vertex, value):
    """PyTorch's own padding is the same at both ends; where the far end needs more, the images are padded before."""
    top, bottom, left, right = vertex["padding"]
    if top >= bottom and left >= right:
        return images, (top, left)
    return F.pad(images, (left, right, top, bottom), value=value), (0, 0)


def optimizer_of(network, case):
    """Returns SGD as the networks have it: weight decay on weights alone, Nesterov momentum, one fused kernel."""
    decayed = [p for p in network.parameters() if p.dim() > 1]
    others = [p for p in network.parameters() if p.dim() <= 1]
    return torch.optim.SGD(
        [{"params": decayed, "weight_decay": case["weight_decay"]}, {"params": others}],
        lr=case["learning_rate"],
        momentum=case["momentum"],
        nesterov=True,
        fused=True,
    )
