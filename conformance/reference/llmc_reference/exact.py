"""The exact profile: layers of integers, the proof of their bounds, decisions from logits (spec/exact-profile.md)."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np

from .errors import LlmcError

# §1, §3

FEATURE, ACTIVATION = 255, 1023
VECTOR = 2**17
LOGIT = 2047
MAX_ROWS = 4096
RANGES = {"hidden": (0, ACTIVATION), "vector": (-VECTOR, VECTOR), "logits": (-LOGIT, LOGIT)}


@dataclass(frozen=True)
class Layer:
    """weight (rows, inputs), bias and shift (rows) as int64; outputs are clamped to low .. high."""

    weight: np.ndarray
    bias: np.ndarray
    shift: np.ndarray
    low: int
    high: int

    def __call__(self, inputs: np.ndarray, added: np.ndarray | int = 0) -> np.ndarray:
        """Outputs (n, rows) of inputs (n, inputs)."""
        sums = inputs @ self.weight.T + self.bias + added
        shifted = np.where(self.shift >= 0, sums >> np.maximum(self.shift, 0), sums << np.maximum(-self.shift, 0))
        return np.clip(shifted, self.low, self.high)


def invalid(message: str) -> LlmcError:
    return LlmcError("model-invalid", None, message)


def read_layer(
    tensors: dict[str, np.ndarray],
    name: str,
    *,
    kind: str,
    input_count: int,
    input_limit: int,
    tables: list[np.ndarray],
    vectors: int,
    rows: int | None = None,
    max_rows: int = MAX_ROWS,
) -> Layer:
    """The layer `name` of a package's tensors, with its bound proven (§4); `rows` is None where the shape gives it."""
    weight, bias, shift = (tensors[f"{name}.{part}"].astype(np.int64) for part in ("weight", "bias", "shift"))
    if weight.ndim != 2 or weight.shape[1] != input_count or not 1 <= weight.shape[0] <= max_rows:
        raise invalid(f"{name}.weight has the shape {weight.shape}")
    if rows is not None and weight.shape[0] != rows:
        raise invalid(f"{name} has {weight.shape[0]} rows, not {rows}")
    if bias.shape != weight.shape[:1] or shift.shape != weight.shape[:1]:
        raise invalid(f"{name} has a bias or shift of another shape than its weight")
    if np.abs(shift).max() > 24:
        raise invalid(f"{name} has a shift beyond 24")
    positive, negative = np.maximum(weight, 0).sum(axis=1), np.maximum(-weight, 0).sum(axis=1)
    if input_limit == FEATURE:
        bound = FEATURE * (positive + negative)
    else:
        bound = ACTIVATION * np.maximum(positive, negative)
    bound += np.abs(bias) + VECTOR * vectors
    for table in tables:
        if table.ndim != 2 or table.shape[1] != weight.shape[0]:
            raise invalid(f"a table that is added in {name} has the shape {table.shape}")
        bound += np.abs(table).max(axis=0)
    if bound.max() >= 2**24:
        raise invalid(f"{name} has a row of bound {bound.max()}")
    return Layer(weight, bias, shift, *RANGES[kind])


# §6

TWO_TO_THE = np.array([round(2 ** (24 - i / 32)) for i in range(32)], np.int64)
LOGARITHMS = [round(65536 * log(1 + (2 * m + 1) / 512)) for m in range(256)]


def weights(logits: np.ndarray) -> np.ndarray:
    """Weights (n, symbols) of logits (n, symbols)."""
    below = logits.max(axis=1, keepdims=True) - logits
    return TWO_TO_THE[below % 32] >> below // 32


def ln(x: int) -> int:
    if x == 0:
        return 0
    h = x.bit_length() - 1
    return 45426 * h + LOGARITHMS[(x - 2**h) * 256 >> h] >> 8


def logistic(one: int, zero: int) -> int:
    return max(-2047, min(ln(one) - ln(zero), 2047))


# §9


class Generator:
    """Draws the inputs of self-tests."""

    def __init__(self) -> None:
        self.state = 1

    def below(self, limit: int) -> int:
        self.state = (1664525 * self.state + 1013904223) % 2**32
        return (self.state >> 8) * limit >> 24

    def feature(self) -> int:
        value = self.below(511) - 255
        if self.below(4) == 0:
            return value
        return value // 16 if value >= 0 else -(-value // 16)
