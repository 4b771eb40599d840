"""PyTorch as one of the systems that are compared: requests as lines of JSON on standard input, replies on standard output.

    python3 pytorch.py <threads> <nchw | nhwc>

nhwc is channels_last, which is the faster layout for most of this. What a request means stands in ../shared/host.mjs.
"""

import json
import sys
import time

import torch
from pytorch_networks import cifarnet, mobilenet, resnet20
from pytorch_ops import OPS, single_op
from torch import nn
from torch.nn import functional as F

THREADS, LAYOUT = int(sys.argv[1]), sys.argv[2]
FORMAT = torch.channels_last if LAYOUT == "nhwc" else torch.contiguous_format
ROUND_MS, WARM_UP_MS, LONG_MS, UNTIMED_BELOW_MS = 100, 300, 5000, 500
X2, FILTER2, Y2 = (128, 26, 26, 32), (3, 3, 32, 64), (128, 24, 24, 64)

torch.set_num_threads(THREADS)


def values(shape, seed):
    """The numbers of values() in work.mjs."""
    count = int(torch.tensor(shape).prod())
    i = torch.arange(count, dtype=torch.int64)
    return (((i * 7919 + seed * 104729) % 1000).double() / 1000 - 0.5).float().reshape(shape)


def images(shape, seed):
    """NHWC values as NCHW tensors, in the layout that is measured."""
    return values(shape, seed).permute(0, 3, 1, 2).contiguous(memory_format=FORMAT)


def filters(shape, seed):
    return values(shape, seed).permute(3, 2, 0, 1).contiguous(memory_format=FORMAT)


def labels(count):
    return (torch.arange(count) * 7) % 10


def lenet():
    layers = [nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25)]
    head = [nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10)]
    return nn.Sequential(*layers, *head).to(memory_format=FORMAT)


def lenet5():
    layers = [nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2)]
    head = [nn.Conv2d(16, 120, 5), nn.Tanh(), nn.Flatten(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10)]
    return nn.Sequential(*layers, *head).to(memory_format=FORMAT)


def train_step(model, batch):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    x, y = images((batch, 28, 28, 1), 1), labels(batch)

    def run():
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return run, lambda: sum(p.numel() for p in model.parameters())


def predict(batch):
    model = lenet().eval()
    x = images((batch, 28, 28, 1), 1)

    def run():
        with torch.inference_mode():
            return torch.softmax(model(x), 1).numpy()

    return run, None


def plain(f):
    def run():
        with torch.no_grad():
            return f()

    return run, lambda: run().abs().double().mean().item()


def matmul(size):
    a, b = values((size, size), 1), values((size, size), 2)
    return plain(lambda: a @ b)


def conv2_forward():
    x, w = images(X2, 1), filters(FILTER2, 2)
    return plain(lambda: F.conv2d(x, w))


def conv2_gradient(mask):
    x, w, dy = images(X2, 1), filters(FILTER2, 2), images(Y2, 3)
    args = (None, [1, 1], [0, 0], [1, 1], False, [0, 0], 1)
    return plain(lambda: torch.ops.aten.convolution_backward(dy, x, w, *args, [*mask, False])[0 if mask[0] else 1])


def max_pool():
    x = images(Y2, 1)
    return plain(lambda: F.max_pool2d(x, 2))


def train_network(model, batch, size, classes=10):
    model = model.to(memory_format=FORMAT).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    x, y = images((batch, size, size, 3), 1), (torch.arange(batch) * 7) % classes

    def run():
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return run, None


def predict_mobilenet():
    model = mobilenet(1000).to(memory_format=FORMAT).eval()
    x = images((1, 224, 224, 3), 1)

    def run():
        with torch.inference_mode():
            return torch.softmax(model(x), 1).numpy()

    return run, None


def train_head():
    """The features are computed once, which is what a careful user would write."""
    base = mobilenet(top=False).to(memory_format=FORMAT).eval()
    x, y = images((200, 224, 224, 3), 1), (torch.arange(200) * 7) % 4

    def run():
        with torch.inference_mode():
            features = torch.cat([base(x[i : i + 16]).mean((2, 3)) for i in range(0, 200, 16)])
        features = features.clone()
        head = nn.Sequential(nn.Linear(256, 100), nn.ReLU(), nn.Linear(100, 4))
        optimizer = torch.optim.Adam(head.parameters(), lr=0.001)
        for _ in range(50):
            for i in range(0, 200, 16):
                optimizer.zero_grad(set_to_none=True)
                loss = F.cross_entropy(head(features[i : i + 16]), y[i : i + 16])
                loss.backward()
                optimizer.step()
        return loss.item()

    return run, None


def op_items():
    for name in OPS:
        for end, gradients in (("", False), ("-gradients", True)):
            yield f"op-{name}{end}", lambda n=name, g=gradients: single_op(n, g, values, images, FORMAT)


ITEMS = {
    "train-lenet": lambda: train_step(lenet(), 128),
    "predict-1": lambda: predict(1),
    "predict-128": lambda: predict(128),
    "train-lenet5": lambda: train_step(lenet5(), 32),
    **{f"matmul-{size}": lambda size=size: matmul(size) for size in (64, 256, 512, 1024)},
    "conv2-forward": conv2_forward,
    "conv2-input-gradient": lambda: conv2_gradient((True, False)),
    "conv2-filter-gradient": lambda: conv2_gradient((False, True)),
    "max-pool": max_pool,
    "train-cifarnet": lambda: train_network(cifarnet(), 64, 32),
    "train-resnet20": lambda: train_network(resnet20(), 32, 32),
    "train-mobilenet": lambda: train_network(mobilenet(), 16, 128),
    "predict-mobilenet": predict_mobilenet,
    "train-head": train_head,
    **dict(op_items()),
}
prepared = {}


def timed(run):
    start = time.perf_counter()
    run()
    return (time.perf_counter() - start) * 1000


def handle(request):
    op, name = request["op"], request.get("item")
    if op == "open":
        blas = next((b for b in ("openblas", "mkl", "blis") if b in open("/proc/self/maps").read().lower()), "reference")
        facts = {"version": torch.__version__, "threads": torch.get_num_threads(), "layout": LAYOUT, "blas": blas}
        return {"facts": facts, "items": list(ITEMS), "refusals": {}}
    if op == "prepare":
        run, digest = ITEMS[name]()
        ms = timed(run)
        until = time.perf_counter() + WARM_UP_MS / 1000
        while ms < LONG_MS and time.perf_counter() < until:
            ms = min(ms, timed(run))
        repeats = max(1, min(2000, round(ROUND_MS / ms)))
        prepared[name] = (run, repeats, ms)
        return {"ms": ms, "runMs": ms, "note": "", **({"digest": digest()} if digest else {})}
    run, repeats, ms = prepared[name]
    if ms < UNTIMED_BELOW_MS:
        run()
    return {"ms": sum(timed(run) for _ in range(repeats)) / repeats}


for line in sys.stdin:
    message = json.loads(line)
    try:
        answer = {"reply": handle(message["request"])}
    except Exception as error:  # Whatever it is, the row says it.
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps({"id": message["id"], **answer}), flush=True)
