"""What is in a file of Keras, read by h5py: its configuration and weights, for TF.js.

    python3 dump_keras.py FILE OUT    writes OUT/config.json, OUT/weights.json and OUT/weights.bin

A weight in weights.json has the name of its layer, with the models around it, and its number there.
"""

import io
import json
import re
import sys
import zipfile

import h5py
import numpy as np


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def names(group, attribute):
    if attribute in group.attrs:
        return [text(name) for name in group.attrs[attribute]]
    found, i = [], 0
    while f"{attribute}{i}" in group.attrs:
        found += [text(name) for name in group.attrs[f"{attribute}{i}"]]
        i += 1
    return found


def legacy(root):
    config = json.loads(text(root.attrs["model_config"]))
    group = root["model_weights"]
    weights = []
    for layer in names(group, "layer_names"):
        for i, name in enumerate(names(group[layer], "weight_names")):
            weights.append(([layer], i, np.asarray(group[layer][name])))
    return config, weights


def snake(name):
    name = re.sub(r"\W+", "", name.split(">")[-1])
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def variables(root):
    """{path of the group: {number: values}}, whichever slash divides paths."""
    found = {}

    def visit(path, node):
        parts = path.replace("\\", "/").split("/")
        if isinstance(node, h5py.Dataset) and len(parts) > 1 and parts[-2] == "vars":
            found.setdefault("/".join(parts[:-2]), {})[int(parts[-1])] = np.asarray(node)

    root.visititems(visit)
    return found


def stored(groups, entry, path, prefix, weights):
    counts = {}
    folder = "_layer_checkpoint_dependencies"
    old = any(folder in key for key in groups)
    for layer in entry["config"]["layers"]:
        kind = snake(layer["class_name"])
        name = layer.get("name") or layer["config"]["name"]
        number = counts.get(kind, 0)
        if old:
            # Each layer was counted twice, also those without weights.
            known = sorted(
                int(match.group(1) or 0)
                for match in (re.fullmatch(re.escape(prefix + folder + "/" + kind) + r"(?:_(\d+))?", key) for key in groups)
                if match
            )
            if not known or number >= len(known):
                continue
            counts[kind] = number + 1
            number = known[number]
            key = prefix + folder + "/" + kind + (f"_{number}" if number else "")
        else:
            counts[kind] = number + 1
            key = prefix + "layers/" + kind + (f"_{number}" if number else "")
        for i, values in sorted(groups.get(key, {}).items()):
            weights.append((path + [name], i, values))
        if "layers" in layer["config"]:
            stored(groups, layer, path + [name], key + "/", weights)


def main(file, out):
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile:
        config, weights = legacy(h5py.File(file, "r"))
    else:
        config = json.loads(archive.read("config.json"))
        weights = []
        with h5py.File(io.BytesIO(archive.read("model.weights.h5")), "r") as root:
            stored(variables(root), config, [], "", weights)
    with open(f"{out}/config.json", "w") as target:
        json.dump(config, target)
    with open(f"{out}/weights.json", "w") as target:
        json.dump([{"layer": path, "index": i, "shape": list(values.shape)} for path, i, values in weights], target)
    with open(f"{out}/weights.bin", "wb") as target:
        for _, _, values in weights:
            target.write(values.astype("<f4").tobytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
