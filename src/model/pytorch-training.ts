/** train.py beside a model of PyTorch: one process or several, with the optimizer and the loss that the model was compiled with. */

import { isObject } from '../json.ts'
import { LOSS_ALIASES, LOSS_NAMES } from '../losses/table.ts'
import { findName } from '../names.ts'
import type { LayersModel } from './model.ts'
import { leavesOf } from './pair-weights.ts'
import type { Ending } from './to-pytorch.ts'

export interface Training {
  readonly model: LayersModel
  readonly className: string
  readonly ending: Ending | undefined
  readonly notes: string[]
}

interface Loss {
  /** The criterion of torch.nn. */
  readonly code: string
  /** Whether targets are numbers of classes. */
  readonly classes: boolean
}

/** The text of train.py; undefined, with a note, where there is none to be had. */
export function trainScript({ model, ending, notes, className }: Training): string | undefined {
  if (model.inputs.length !== 1 || model.outputs.length !== 1) {
    notes.push('train.py is for models of one input and one output: there is none')
    return undefined
  }
  const loss = lossOf(model, ending, notes)
  if (loss === undefined) return undefined
  const shape = model.inputs[0]!.shape.slice(1).map((size) => size ?? -1)
  const hasNorm = leavesOf(model.layers, []).some(({ layer }) => layer.className === 'BatchNormalization')
  if (model.weights.some(({ regularizer }) => regularizer !== undefined)) {
    notes.push('penalties on weights (regularizers) are left out of train.py')
  }
  return script({ className, shape, loss, optimizer: optimizerOf(model, notes), clip: clipOf(model), hasNorm })
}

function lossOf({ compileArgs }: LayersModel, ending: Ending | undefined, notes: string[]): Loss | undefined {
  const given = compileArgs?.loss
  const name = findName(given, LOSS_NAMES, LOSS_ALIASES)
  const classes = { code: 'nn.CrossEntropyLoss()', classes: true }
  if (given === undefined) {
    if (ending?.activation === 'softmax') return classes
    return ending === undefined
      ? { code: 'nn.MSELoss()', classes: false }
      : { code: 'nn.BCEWithLogitsLoss()', classes: false }
  }
  if (/^(sparseC|c)ategoricalCrossentropy$/.test(name ?? '') && ending?.activation === 'softmax') return classes
  if (name === 'binaryCrossentropy' && ending?.activation === 'sigmoid') {
    return { code: 'nn.BCEWithLogitsLoss()', classes: false }
  }
  const others: Readonly<Record<string, string>> = {
    meanSquaredError: 'nn.MSELoss()',
    meanAbsoluteError: 'nn.L1Loss()',
    huber: 'nn.HuberLoss()',
  }
  if (name !== undefined && Object.hasOwn(others, name) && ending === undefined) {
    return { code: others[name]!, classes: false }
  }
  notes.push(`train.py has no loss like ${name ?? 'the function that the model was compiled with'}: there is none`)
  return undefined
}

function optimizerOf({ optimizer }: LayersModel, notes: string[]): string {
  if (optimizer === undefined) return 'torch.optim.Adam(model.parameters(), lr=0.001, eps=1e-7)'
  const config = optimizer.getConfig() as Record<string, number | boolean | object | null>
  if (isObject(config.learningRate)) notes.push('the schedule of the learning rate is left out of train.py')
  const lr = `lr=${optimizer.learningRate}`
  const { beta1, beta2, epsilon } = config
  const betas = `betas=(${beta1}, ${beta2}), eps=${epsilon}`
  const amsgrad = config.amsgrad === true ? ', amsgrad=True' : ''
  const made: Readonly<Record<string, () => string>> = {
    SGD: () => `SGD(model.parameters(), ${lr})`,
    Momentum: () =>
      `SGD(model.parameters(), ${lr}, momentum=${config.momentum}${config.useNesterov === true ? ', nesterov=True' : ''})`,
    Adam: () => `Adam(model.parameters(), ${lr}, ${betas}${amsgrad})`,
    AdamW: () => `AdamW(model.parameters(), ${lr}, ${betas}, weight_decay=${config.weightDecay}${amsgrad})`,
    Adamax: () => `Adamax(model.parameters(), ${lr}, ${betas})`,
    RMSProp: () => {
      const centered = config.centered === true ? ', centered=True' : ''
      return `RMSprop(model.parameters(), ${lr}, alpha=${config.decay}, eps=${epsilon}, momentum=${config.momentum}${centered})`
    },
    Adagrad: () => {
      const initial = config.initialAccumulatorValue
      return `Adagrad(model.parameters(), ${lr}, initial_accumulator_value=${initial}, eps=${epsilon})`
    },
    Adadelta: () => `Adadelta(model.parameters(), ${lr}, rho=${config.rho}, eps=${epsilon})`,
  }
  return `torch.optim.${made[optimizer.className]!()}`
}

/** Lines that bound the gradients. */
function clipOf({ optimizer }: LayersModel): readonly string[] {
  const { clipNorm, clipValue, globalClipNorm } = (optimizer?.getConfig() ?? {}) as Record<string, number | undefined>
  if (typeof clipValue === 'number') return [`nn.utils.clip_grad_value_(model.parameters(), ${clipValue})`]
  if (typeof globalClipNorm === 'number') return [`nn.utils.clip_grad_norm_(model.parameters(), ${globalClipNorm})`]
  if (typeof clipNorm !== 'number') return []
  return ['for parameter in model.parameters():', `    nn.utils.clip_grad_norm_(parameter, ${clipNorm})`]
}

interface Parts {
  readonly className: string
  /** Of a sample, with its channels last. */
  readonly shape: readonly number[]
  readonly loss: Loss
  readonly optimizer: string
  readonly clip: readonly string[]
  readonly hasNorm: boolean
}

function script({ className, shape, loss, optimizer, clip, hasNorm }: Parts): string {
  const sample = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`
  const toFirst =
    shape.length === 3 ? '    return x.permute(0, 3, 1, 2).contiguous()  # channels first' : '    return x'
  const targets = loss.classes
    ? [
        '    y = y.argmax(-1) if y.ndim == 2 and y.shape[1] > 1 else y.reshape(-1)',
        '    return torch.from_numpy(y.astype(np.int64))',
      ]
    : ['    y = y.reshape(len(y), -1).astype(np.float32)', '    return torch.from_numpy(y)']
  const score = loss.classes
    ? `

@torch.no_grad()
def accuracy(model, x, y, batch_size=256):
    model.eval()
    right = 0
    for i in range(0, len(x), batch_size):
        right += (model(x[i : i + batch_size]).argmax(-1) == y[i : i + batch_size]).sum().item()
    model.train()
    return right / len(x)
`
    : ''
  const sync = hasNorm
    ? `    if world > 1 and gpu:  # statistics of the whole batch; on processors, of each process's part
        net = nn.SyncBatchNorm.convert_sync_batchnorm(net)
`
    : ''
  const tell = loss.classes
    ? [
        '        if rank == 0 and test is not None:',
        '            print(f"epoch {epoch + 1}: accuracy {accuracy(net, *test):.4f}", flush=True)',
      ]
    : []
  return `"""Trains ${className} on one process or on several.

    python train.py --data mnist/                          # the IDX files of MNIST, gzipped or not
    python train.py --data data.npz                        # x_train, y_train and, if there, x_test, y_test
    torchrun --nproc_per_node 4 train.py --data data.npz   # or RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT in the environment

Each process takes its part of every batch; gradients are averaged, so that a step is the same whatever their number.
"""

import argparse
import gzip
import os
import struct
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.nn as nn
from torch.nn.parallel import DistributedDataParallel

from model import load

SAMPLE = ${sample}  # a sample, its channels last


def read_idx(folder, name):
    path = Path(folder) / name
    if not path.exists():
        path = path.with_name(path.name + ".gz")
    data = gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()
    rank = data[3]
    shape = struct.unpack(f">{rank}I", data[4 : 4 + 4 * rank])
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape)


def read(data):
    """Arrays for training and, if there are any, for testing."""
    if Path(data).is_dir():
        names = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
        train_x, train_y, test_x, test_y = (read_idx(data, name) for name in names)
        return (train_x, train_y), (test_x, test_y)
    arrays = np.load(data)
    x, y = ("x_train", "y_train") if "x_train" in arrays else ("x", "y")
    test = (arrays["x_test"], arrays["y_test"]) if "x_test" in arrays else None
    return (arrays[x], arrays[y]), test


def inputs(x):
    scale = 255 if x.dtype == np.uint8 else 1
    x = torch.from_numpy((x / scale).astype(np.float32)).reshape(-1, *SAMPLE)
${toFirst}


def targets(y):
${targets.join('\n')}
${score}

def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="a folder of IDX files, or an .npz")
    parser.add_argument("--weights", default=str(Path(__file__).with_name("model.pt")), help="what to start from")
    parser.add_argument("--out", default="trained.pt")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--steps", type=int, help="stop after so many")
    parser.add_argument("--batch-size", type=int, default=32, help="of all processes together")
    parser.add_argument("--log-every", type=int, default=100, help="steps between lines")
    parser.add_argument("--seed", type=int, default=0, help="of the order of samples")
    parser.add_argument("--in-order", action="store_true", help="samples as they come")
    args = parser.parse_args()

    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    gpu = torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if gpu else torch.device("cpu")
    if world > 1:
        dist.init_process_group("nccl" if gpu else "gloo")
    torch.manual_seed(args.seed)

    train, test = read(args.data)
    x, y = inputs(train[0]).to(device), targets(train[1]).to(device)
    test = None if test is None else (inputs(test[0]).to(device), targets(test[1]).to(device))

    net = load(args.weights).to(device)
${sync}    model = DistributedDataParallel(net) if world > 1 else net
    criterion = ${loss.code}
    optimizer = ${optimizer}

    step = 0
    for epoch in range(args.epochs):
        generator = torch.Generator().manual_seed(args.seed + epoch)
        order = torch.arange(len(x)) if args.in_order else torch.randperm(len(x), generator=generator)
        for batch in order.split(args.batch_size):
            if len(batch) < world:
                continue
            # Parts of one size, whose means are the mean of the batch.
            own = batch[: len(batch) // world * world][rank::world]
            optimizer.zero_grad()
            loss = criterion(model(x[own]), y[own])
            loss.backward()
${clip.map((line) => `            ${line}\n`).join('')}            optimizer.step()
            step += 1
            if step % args.log_every == 0:
                loss = loss.detach()
                if world > 1:
                    dist.all_reduce(loss)
                if rank == 0:
                    print(f"step {step}: loss {loss.item() / world:.7f}", flush=True)
            if step == args.steps:
                break
${tell.map((line) => `${line}\n`).join('')}        if step == args.steps:
            break

    if rank == 0:
        torch.save(net.state_dict(), args.out)
    if world > 1:
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
`
}
