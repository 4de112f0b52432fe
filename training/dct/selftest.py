"""The self-test hash of a package: spec/exact-profile.md, "Self-test", and spec/exact-dct.md, "Self-test"."""

import hashlib

import numpy as np

import layout
from integer import IntegerModel
from model import CONTEXT, LOCAL, PAIR

BLOCKS = 3
PAIRS = 5
COEFFICIENTS = 11


class Generator:
    def __init__(self) -> None:
        self.state = 1

    def below(self, limit: int) -> int:
        self.state = (1664525 * self.state + 1013904223) % 2**32
        return ((self.state >> 8) * limit) >> 24

    def feature(self) -> int:
        value = self.below(511) - 255
        if self.below(4) == 0:
            return value
        return value // 16 if value >= 0 else -(-value // 16)

    def features(self, count: int) -> list[int]:
        return [self.feature() for _ in range(count)]


def self_test_hash(tensors: dict[str, np.ndarray]) -> str:
    """SHA-256, in hexadecimal, of what the nets of both classes answer to the inputs of the self-test."""
    generator = Generator()
    digest = hashlib.sha256()
    for kind in CONTEXT:
        own = {name.removeprefix(f"{kind}."): value for name, value in tensors.items() if name.startswith(f"{kind}.")}
        model = IntegerModel(own, np.int64)
        for outputs in _answers(model, kind, generator):
            digest.update(outputs.astype("<i4").tobytes())
    return digest.hexdigest()


def _answers(model: IntegerModel, kind: str, generator: Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logits of `last` [BLOCKS, 64], carries [BLOCKS, g1], logits of values [COEFFICIENTS, 79]."""
    context = np.array([generator.features(CONTEXT[kind]) for _ in range(BLOCKS)])
    groups, lasts, group_features, indices, pairs, coefficient_features = [], [], [], [], [], []
    for n in range(PAIRS):
        groups.append(generator.below(layout.GROUPS))
        group_features.append(generator.features(PAIR))
        lasts.append(generator.below(64))
        for _ in range(COEFFICIENTS * (n + 1) // PAIRS - COEFFICIENTS * n // PAIRS):
            indices.append(generator.below(64))
            pairs.append(n)
            coefficient_features.append(generator.features(LOCAL[kind]))
    last_logits, carries = model.context(context)
    vectors = model.group(np.int64(0), np.array(group_features), groups, lasts)
    logits = model.coefficient(vectors[pairs], np.array(coefficient_features), indices)
    return last_logits, carries, logits
