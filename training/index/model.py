"""The nets of an index model in float, as spec/exact-index.md has them in integers: what is trained."""

from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

import layout
from integers import ACTIVATION_BITS, FEATURE_BITS, WEIGHT_BITS, WEIGHT_MAX


def straight_through(value: torch.Tensor, rounded: torch.Tensor) -> torch.Tensor:
    """Rounded going forward, not rounded for gradients (Bengio et al., arXiv:1308.3432)."""
    return value + (rounded - value).detach()


def row_bits(weight: torch.Tensor) -> torch.Tensor:
    """Fraction bits of each row [rows], the most with which its weights [rows, inputs] fit 8 bits."""
    bits = torch.floor(torch.log2((WEIGHT_MAX + 0.49) / weight.abs().amax(1).clamp(min=1e-9)))
    return bits.clamp(max=WEIGHT_BITS)


class RoundedLinear(nn.Linear):
    """A layer that computes with weights of 8 bits and a power of two per row."""

    def rounded(self) -> torch.Tensor:
        with torch.no_grad():
            unit = torch.exp2(-row_bits(self.weight))[:, None]
            rounded = torch.round(self.weight / unit) * unit
        return straight_through(self.weight, rounded)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return functional.linear(inputs, self.rounded(), self.bias)


def activation(sums: torch.Tensor) -> torch.Tensor:
    return sums.clamp(0, layout.ACTIVATION_MAX / 2**ACTIVATION_BITS)


def feature(sums: torch.Tensor) -> torch.Tensor:
    limit = layout.FEATURE_MAX / 2**FEATURE_BITS
    return sums.clamp(-limit, limit)


def rounded_table(table: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        rounded = torch.round(table * 2**FEATURE_BITS) / 2**FEATURE_BITS
    return straight_through(table, rounded)


@dataclass
class Batch:
    """Whole items, one after another."""

    # [cells, layers], the first `depth` layers of each cell.
    indices: torch.Tensor
    # [cells, neighbours], the place of each in `indices`; `cells` where there is none.
    neighbours: torch.Tensor
    lengths: list[int]


def make_batch(items: list[np.ndarray], shape: layout.Shape, depth: int) -> Batch:
    """A batch of items [rows, columns, layers], of which the first `depth` layers are taken."""
    lengths = [item.shape[0] * item.shape[1] for item in items]
    cells, places = sum(lengths), []
    for start, item in zip(np.cumsum([0, *lengths]), items):
        near = layout.neighbours(*item.shape[:2], shape.offsets)
        places.append(np.where(near < 0, cells, near + start))
    flat = np.concatenate([item[:, :, :depth].reshape(-1, depth).astype(np.int64) for item in items])
    return Batch(torch.from_numpy(flat), torch.from_numpy(np.concatenate(places)), lengths)


def averages(cells: torch.Tensor, lengths: list[int]) -> list[torch.Tensor]:
    """For each running average, what it is before each cell; cells [n, cell]."""
    padded = nn.utils.rnn.pad_sequence(cells.split(lengths), batch_first=True)
    longest = padded.shape[1]
    back = torch.arange(longest)[:, None] - 1 - torch.arange(longest)
    keep = (torch.arange(longest) < torch.tensor(lengths)[:, None]).flatten()
    found = []
    for shift in layout.AVERAGES:
        rate = 2.0**-shift
        decay = torch.where(back >= 0, rate * (1 - rate) ** back.clamp(min=0), torch.zeros(()))
        found.append((decay @ padded).flatten(0, 1)[keep])
    return found


class IndexModel(nn.Module):
    """Two nets: context (once a cell), token (once an index)."""

    def __init__(self, shape: layout.Shape, context: tuple[int, int], token: tuple[int, int], own: int) -> None:
        super().__init__()
        self.shape = shape
        self.widths = {"context": list(context), "token": list(token), "own": own}
        layers, entries = len(shape.codebooks), shape.entries
        self.register_buffer("first", torch.tensor(np.cumsum([0, *shape.codebooks[:-1]])), persistent=False)
        self.cell = nn.Parameter(torch.randn(entries + 1, shape.cell) * 0.5)
        self.own = nn.Parameter(torch.randn(entries, own) * 0.5)
        self.context_1 = RoundedLinear(shape.context_inputs, context[0])
        self.context_depth = nn.Parameter(torch.zeros(layers, context[0]))
        self.context_2 = RoundedLinear(context[0], context[1])
        self.context_to_token = RoundedLinear(context[1], token[0])
        self.token_1 = RoundedLinear(own, token[0], bias=False)
        self.token_layer = nn.Parameter(torch.zeros(layers, token[0]))
        self.token_2 = RoundedLinear(token[0], token[1])
        self.token_3 = RoundedLinear(token[1], entries)
        nn.init.zeros_(self.token_3.bias)
        self.dropout = nn.Dropout(0.1)

    def context(self, batch: Batch) -> torch.Tensor:
        """The vector of each cell [cells, token_1's rows], before any of its layers."""
        depth = batch.indices.shape[1]
        table = rounded_table(self.cell)
        rows = batch.indices + self.first[:depth]
        cells = feature(functional.embedding_bag(rows, table, mode="sum"))
        known = torch.cat([cells, feature(table[-1:])])
        near = functional.embedding(batch.neighbours, known).flatten(1)
        inputs = torch.cat([near, *averages(cells, batch.lengths)], 1)
        hidden = activation(self.context_1(inputs) + self.context_depth[depth - 1])
        hidden = activation(self.context_2(self.dropout(hidden)))
        return self.context_to_token(self.dropout(hidden))

    def logits(self, batch: Batch, layers: list[int]) -> list[torch.Tensor]:
        """For each of some layers, the logits [cells, codebook size] of its indices, in bits."""
        vector = self.context(batch)
        rows = batch.indices + self.first[: batch.indices.shape[1]]
        table = rounded_table(self.own)
        weight, bias = self.token_3.rounded(), self.token_3.bias
        sums = torch.zeros(len(rows), table.shape[1])
        results = []
        for layer in range(max(layers) + 1):
            if layer in layers:
                hidden = activation(self.token_1(feature(sums)) + vector + self.token_layer[layer])
                hidden = activation(self.token_2(hidden))
                first = int(self.first[layer])
                last = first + self.shape.codebooks[layer]
                results.append(functional.linear(hidden, weight[first:last], bias[first:last]))
            sums = sums + functional.embedding(rows[:, layer], table)
        return results

    def bits(self, batch: Batch, layers: list[int]) -> torch.Tensor:
        """Mean bits of an index of each of some layers."""
        costs = [
            functional.cross_entropy(logits * np.log(2), batch.indices[:, layer]) / np.log(2)
            for layer, logits in zip(layers, self.logits(batch, layers))
        ]
        return torch.stack(costs)


@contextmanager
def evaluating(model: nn.Module):
    """Without dropout and gradients."""
    model.eval()
    with torch.no_grad():
        yield
    model.train()
