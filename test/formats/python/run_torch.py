"""What PyTorch computes with the weights of a file.

    python3 run_torch.py FILE MODULES NAMES INPUT OUTPUT

MODULES is Python for a list of modules of torch.nn, NAMES has what the file calls those with parameters, in order, with
commas between. INPUT and OUTPUT are files of floats.
"""

import json
import struct
import sys

import numpy as np
import torch
from torch import nn


def tensors(file):
    if not file.endswith(".safetensors"):
        state = torch.load(file, map_location="cpu")
        return state.get("state_dict", state)
    data = open(file, "rb").read()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    found = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            begin, end = (8 + size + offset for offset in entry["data_offsets"])
            found[name] = torch.from_numpy(np.frombuffer(data[begin:end], "<f4").reshape(entry["shape"]).copy())
    return found


file, modules, names, source, target = sys.argv[1:]
model = nn.Sequential(*eval(modules))
state = tensors(file)
names = iter(names.split(","))
with torch.no_grad():
    for module in model:
        own = [getattr(module, part, None) for part in ("weight", "bias", "running_mean", "running_var")]
        own = [tensor for tensor in own if tensor is not None]
        if not own:
            continue
        name = next(names)
        parts = (".weight", ".bias", ".running_mean", ".running_var")
        for i, tensor in enumerate(own):
            given = state[name + parts[i]] if name + parts[i] in state else state[f"{name}-{i}"]
            assert tensor.shape == given.shape, (name, tensor.shape, given.shape)
            tensor.copy_(given)
    model.eval()
    shape = [int(size) for size in modules.partition("#")[2].split(",")]
    model(torch.from_numpy(np.fromfile(source, "<f4").reshape(shape))).numpy().astype("<f4").tofile(target)
