"""The code length of blocks under a model: which symbols are coded, and their cost in bits."""

from dataclasses import dataclass

import numpy as np
import torch

import layout
from features import BlockFeatures, Blocks, PairFeatures, coded_coefficients, coded_pairs, coefficient_features

RAW_BITS = torch.from_numpy(layout.raw_bits())


@dataclass
class Task:
    """Inputs of the three nets and the symbols to code, for some blocks."""

    context: torch.Tensor
    last: torch.Tensor
    block: torch.Tensor
    group: torch.Tensor
    pair_features: torch.Tensor
    pair: torch.Tensor
    index: torch.Tensor
    local: torch.Tensor
    symbol: torch.Tensor


def prepare(blocks: Blocks) -> Task:
    of_blocks = BlockFeatures(blocks)
    last = of_blocks.last.long()
    block, group = coded_pairs(last)
    pairs = PairFeatures(of_blocks, block, group)
    pair, index = coded_coefficients(last[block], group)
    value = blocks.own[block[pair], index] - of_blocks.dc_prediction[block[pair]] * (index == 0)
    symbol = torch.from_numpy(layout.symbol_of(value.numpy().astype(np.int64)))
    local = coefficient_features(pairs, pair, index)
    return Task(of_blocks.context(), last, block, group, pairs.inputs(), pair, index, local, symbol)


def losses(model, task: Task) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Cost in nats of each `last` [B] and of each coefficient's symbol [C], without raw bits; and the drift of the
    logits: the sum of their squared log-sum-exp, which no probability depends on."""
    last_logits, context = model.context(task.context)
    vector = model.group(context.index_select(0, task.block), task.pair_features, task.group, task.last[task.block])
    logits = model.coefficient(vector.index_select(0, task.pair), task.local, task.index)
    last_sum, sums = last_logits.logsumexp(1), logits.logsumexp(1)
    last = last_sum - last_logits.gather(1, task.last[:, None])[:, 0]
    symbols = sums - logits.gather(1, task.symbol[:, None])[:, 0]
    return last, symbols, last_sum.square().sum() + sums.square().sum()


def raw_bits(task: Task) -> int:
    return int(RAW_BITS[task.symbol].sum())
