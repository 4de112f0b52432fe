"""8-bit rounding of weights with a power of two per row: quantize.py stores it, train.py can train under it."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

import bounds


def row_bits(weight: torch.Tensor) -> torch.Tensor:
    """Fraction bits of each row [rows], the most with which its weights [rows, inputs] fit 8 bits."""
    return torch.floor(torch.log2((bounds.WEIGHT_MAX + 0.49) / weight.abs().amax(1)))


@contextmanager
def rounded_weights(model: nn.Module) -> Iterator[None]:
    """Rounds the weights of all layers within the block: gradients taken there are for the weights as they were
    (straight-through estimation; Bengio et al., arXiv:1308.3432)."""
    kept = []
    with torch.no_grad():
        for layer in bounds.INPUTS:
            weight = getattr(model, layer).weight
            kept.append((weight, weight.detach().clone()))
            # Integer logits are base 2.
            base = math.log(2) if layer in bounds.LOGITS else 1
            unit = base * torch.exp2(-row_bits(weight / base))[:, None]
            weight.copy_(torch.round(weight / unit) * unit)
    try:
        yield
    finally:
        with torch.no_grad():
            for weight, value in kept:
                weight.copy_(value)
