"""Experiment: what a per-photo adaptive stage after the net would gain on luma coefficients.

Block after block, each symbol's logits get weighted corrections log2((seen + 3) / (expected + 3)) of several
contexts, `seen` counting the symbol so far in that context and `expected` summing the net's probabilities;
the weights, one for each context and diagonal, follow the gradient of the code length.
"""

import argparse
import math
from pathlib import Path

import numpy as np
import torch

import layout
from blocks import read_planes
from coding import Task, prepare
from dataset import Photo
from evaluate import FloatCoder

SLICE = 512
MAGNITUDES = np.concatenate([np.arange(16), 16 * 2 ** (np.arange(24) / 2)])


@torch.no_grad()
def log_probabilities(model, task: Task) -> np.ndarray:
    """log2 of the net's probability of every symbol, [C, SYMBOLS]."""
    context = model.context(task.context)[1]
    vector = model.group(context[task.block], task.pair_features, task.group, task.last[task.block])
    logits = model.coefficient(vector[task.pair], task.local, task.index)
    return (torch.log_softmax(logits, 1) / math.log(2)).numpy()


def contexts(logs: np.ndarray, index: np.ndarray, local: np.ndarray) -> list[np.ndarray]:
    """Context numbers [C] of each counter set: index alone, with the neighbours' or own magnitude, edge
    estimates, and the net's expected magnitude by diagonal and by index."""
    probabilities = np.exp2(logs)
    expected = probabilities[:, :40] @ MAGNITUDES + probabilities[:, 40:] @ MAGNITUDES[1:]
    level = np.clip((np.log2(expected + 0.05) * 3 + 13).astype(int), 0, 39)
    near, own = np.minimum(local[:, 16] // 12, 9), np.minimum((local[:, 20] + local[:, 21]) // 24, 7)
    top, left = (np.clip((local[:, i] + 4) // 8, -6, 6) + 6 for i in (0, 2))
    edges = (index * 13 + top) * 13 + left
    return [index, index * 16 + near, index * 16 + own, edges, level * 15 + layout.DIAGONAL[index], index * 40 + level]


class Adapter:
    """Counters and weights of one photo."""

    def __init__(self, sets: int, rate: float, start: float) -> None:
        self.seen = np.zeros((sets, 64 * 169, layout.SYMBOLS), np.float32)
        self.expected = np.zeros_like(self.seen)
        self.weights = np.full((layout.GROUPS, sets), start, np.float32)
        self.rate = rate

    def code(self, logs: np.ndarray, symbol: np.ndarray, index: np.ndarray, places: np.ndarray) -> float:
        """Bits of one block's coefficients [n], after which the counters learn them; places [sets, n]."""
        sets, rows = np.arange(len(places))[:, None], np.arange(len(symbol))
        change = np.log2((self.seen[sets, places] + 3) / (self.expected[sets, places] + 3))
        diagonal = layout.DIAGONAL[index]
        mixed = logs + np.einsum("snk,ns->nk", change, self.weights[diagonal])
        probabilities = np.exp2(mixed - mixed.max(1, keepdims=True))
        probabilities /= probabilities.sum(1, keepdims=True)
        gradient = change[:, rows, symbol] - (change * probabilities).sum(2)
        np.add.at(self.weights, diagonal, self.rate * gradient.T)
        np.add.at(self.seen, (sets, places, symbol), 1)
        np.add.at(self.expected, (sets, places), np.exp2(logs))
        return -np.log2(probabilities[rows, symbol]).sum()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", nargs="+", required=True, help="checkpoints of train.py holding both classes")
    parser.add_argument("--photos", nargs="+", required=True, help="JPEG files")
    parser.add_argument("--rate", type=float, default=0.003)
    parser.add_argument("--start", type=float, default=0.15, help="first weight of every context")
    args = parser.parse_args()
    model = FloatCoder.load(args.checkpoint).models["luma"]
    for path in args.photos:
        photo = Photo(read_planes(path))
        blocks = math.prod(photo.planes[0].blocks.shape[:2])
        adapter, plain, adapted = None, 0.0, 0.0
        for start in range(0, blocks, SLICE):
            task = prepare(photo.slice(0, start, start + SLICE))
            logs, symbol, index = log_probabilities(model, task), task.symbol.numpy(), task.index.numpy()
            places = np.stack(contexts(logs, index, task.local.numpy()))
            adapter = adapter or Adapter(len(places), args.rate, args.start)
            plain -= logs[np.arange(len(symbol)), symbol].sum()
            for rows in np.split(np.arange(len(symbol)), np.flatnonzero(np.diff(task.block[task.pair].numpy())) + 1):
                adapted += adapter.code(logs[rows], symbol[rows], index[rows], places[:, rows])
        print(f"{Path(path).name}: luma coefficients {plain / 8:.0f} bytes, adapted {adapted / 8:.0f}, {1 - adapted / plain:.2%} less")


if __name__ == "__main__":
    main()
