"""Single ops of small networks, forward and with the gradients by all operands, for pytorch.py."""

import json
from pathlib import Path

import torch
from torch.nn import functional as F

OPS = json.loads((Path(__file__).parent.parent / "shared" / "single-ops.json").read_text())


def function_of(op, x_channels):
    kind, stride, pad = op["kind"], op.get("stride", 1), op.get("pad", 0)
    if kind == "conv":
        return lambda x, w: F.conv2d(x, w, stride=stride, padding=pad)
    if kind == "depthwise":
        return lambda x, w: F.conv2d(x, w, stride=stride, padding=pad, groups=x_channels)
    if kind == "maxPool":
        return lambda x: F.max_pool2d(x, op["size"], stride)
    if kind == "avgPool":
        return lambda x: F.avg_pool2d(x, op["size"], stride)
    if kind == "globalMax":
        return lambda x: x.amax((2, 3))
    if kind == "bias":
        return lambda x, b: x + b.view(1, -1, 1, 1)
    if kind == "globalAverage":
        return lambda x: x.mean((2, 3))
    if kind == "batchNorm":
        mean, var = torch.zeros(x_channels), torch.ones(x_channels)
        return lambda x, g, b: F.batch_norm(x, mean, var, g, b, training=True, momentum=0.01, eps=1e-3)
    if kind == "relu":
        return torch.relu
    if kind == "add":
        return lambda a, b: a + b
    return lambda a, b: a @ b


def operands(op, values, images, layout):
    kind, x = op["kind"], op["x"]
    if kind == "matMul":
        return [values(tuple(x), 1), values(tuple(op["filter"]), 2)]
    first = images(tuple(x), 1)
    if kind == "conv":
        w = values(tuple(op["filter"]), 2).permute(3, 2, 0, 1)
        return [first, w.contiguous(memory_format=layout)]
    if kind == "depthwise":
        w = values(tuple(op["filter"]), 2).permute(2, 3, 0, 1)
        return [first, w.contiguous(memory_format=layout)]
    if kind == "batchNorm":
        return [first, torch.ones(x[3]), torch.zeros(x[3])]
    if kind == "bias":
        return [first, values((x[3],), 2)]
    return [first, images(tuple(x), 2)] if kind == "add" else [first]


def single_op(name, gradients, values, images, layout):
    op = OPS[name]
    xs = operands(op, values, images, layout)
    f = function_of(op, op["x"][-1])

    def forward():
        with torch.no_grad():
            return f(*xs)

    def digest(tensors):
        return sum(t.abs().double().mean().item() for t in tensors)

    if not gradients:
        return forward, lambda: digest([forward()])
    leaves = [x.detach().requires_grad_(True) for x in xs]
    y = forward()
    dy = images((y.shape[0], y.shape[2], y.shape[3], y.shape[1]), 9) if y.dim() == 4 else values(tuple(y.shape), 9)

    def backward():
        return torch.autograd.grad(f(*leaves), leaves, dy)

    return backward, None if op["kind"] == "batchNorm" else lambda: digest(backward())
