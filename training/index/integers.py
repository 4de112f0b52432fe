"""The nets of an index model in integers: from float weights, the proof of their bounds, and what they compute.

Needs numpy alone. spec/exact-index.md names the tensors; spec/exact-profile.md says what layers compute.
"""

import hashlib

import numpy as np

import layout

EXACT = 2**24
WEIGHT_MAX = 127
ENTRY_MAX = 65535
# Fraction bits of features and activations, and most fraction bits of a weight: model.py trains with the same.
FEATURE_BITS = 4
ACTIVATION_BITS = 6
WEIGHT_BITS = 9

# Layers, in order of evaluation: kind of input, kind of output, the table whose rows are added.
LAYERS = {
    "context_1": ("features", "hidden", "context_depth"),
    "context_2": ("hidden", "hidden", None),
    "context_to_token": ("hidden", "vector", None),
    "token_1": ("features", "hidden", "token_layer"),
    "token_2": ("hidden", "hidden", None),
    "token_3": ("hidden", "logits", None),
}
RANGES = {
    "hidden": (0, layout.ACTIVATION_MAX),
    "vector": (-layout.CARRY_MAX, layout.CARRY_MAX),
    "logits": (-layout.LOGIT_MAX, layout.LOGIT_MAX),
}
OUTPUT_BITS = {"hidden": ACTIVATION_BITS, "logits": int(np.log2(layout.LOGITS_A_BIT))}
Tensors = dict[str, np.ndarray]


def quantise(weights: Tensors, codebooks: tuple[int, ...]) -> Tensors:
    """Integer tensors of float weights: 8 bits with a power of two per row, such that the bounds hold."""
    tensors = {"codebooks": np.array(codebooks, np.int32)}
    for table in ("cell", "own"):
        tensors[table] = np.clip(np.round(np.ldexp(weights[table], FEATURE_BITS)), -ENTRY_MAX, ENTRY_MAX).astype(np.int32)
    # A vector is handed over in the unit of the sums that it is added to, so that these come first.
    sum_bits = {}
    for layer in ("context_1", "context_2", "token_1", "context_to_token", "token_2", "token_3"):
        source, output, _ = LAYERS[layer]
        input_bits = FEATURE_BITS if source == "features" else ACTIVATION_BITS
        weight = weights[f"{layer}.weight"].astype(np.float64)
        largest = np.maximum(np.abs(weight).max(1), 1e-9)
        scale = np.minimum(np.floor(np.log2((WEIGHT_MAX + 0.49) / largest)), WEIGHT_BITS).astype(int)
        while True:
            bits = scale + input_bits
            output_bits = sum_bits["token_1"] if output == "vector" else np.full_like(bits, OUTPUT_BITS[output])
            _put(tensors, layer, weights, np.round(np.ldexp(weight, scale[:, None])), bits, bits - output_bits)
            beyond = layer_bound(tensors, layer) >= EXACT
            if not beyond.any():
                break
            scale = scale - beyond
        sum_bits[layer] = bits
    return tensors


def _put(tensors: Tensors, layer: str, weights: Tensors, integers: np.ndarray, bits: np.ndarray, shift: np.ndarray) -> None:
    """Stores a layer whose sums have `bits` fraction bits, per row."""
    # Half a unit of the output makes the floor a rounding.
    half = np.where(shift > 0, np.ldexp(0.5, shift), 0)
    bias = weights.get(f"{layer}.bias", np.zeros(len(bits))).astype(np.float64)
    tensors[f"{layer}.weight"] = integers.astype(np.int8)
    tensors[f"{layer}.bias"] = np.round(half + np.ldexp(bias, bits)).astype(np.int32)
    tensors[f"{layer}.shift"] = shift.astype(np.int8)
    table = LAYERS[layer][2]
    if table:
        tensors[table] = np.round(np.ldexp(weights[table].astype(np.float64), bits)).astype(np.int32)


def layer_bound(tensors: Tensors, layer: str) -> np.ndarray:
    """Largest magnitude of any partial sum of each row of a layer."""
    source, _, table = LAYERS[layer]
    weight = tensors[f"{layer}.weight"].astype(np.int64)
    positive, negative = np.maximum(weight, 0).sum(1), np.maximum(-weight, 0).sum(1)
    if source == "features":
        bound = layout.FEATURE_MAX * (positive + negative)
    else:
        bound = layout.ACTIVATION_MAX * np.maximum(positive, negative)
    bound = bound + np.abs(tensors[f"{layer}.bias"].astype(np.int64))
    if table:
        bound = bound + np.abs(tensors[table].astype(np.int64)).max(0)
    return bound + layout.CARRY_MAX if layer == "token_1" else bound


def prove(tensors: Tensors) -> dict[str, int]:
    """The largest bound of each layer; raises where one is not below 2^24 or an integer is out of range."""
    found = {}
    for layer in LAYERS:
        found[layer] = int(layer_bound(tensors, layer).max())
        if found[layer] >= EXACT:
            raise ValueError(f"{layer}: a sum may reach {found[layer]}, not below 2^24")
        if np.abs(tensors[f"{layer}.shift"].astype(int)).max() > 24:
            raise ValueError(f"{layer}: a shift beyond 24")
    for table in ("cell", "own"):
        if np.abs(tensors[table].astype(np.int64)).max() > ENTRY_MAX:
            raise ValueError(f"{table}: an entry beyond {ENTRY_MAX}")
    return found


def evaluate(tensors: Tensors, layer: str, inputs: np.ndarray, added: np.ndarray | int = 0, rows: slice = slice(None)) -> np.ndarray:
    """A layer for inputs [n, in], in 64-bit integers; `rows` of its outputs."""
    weight = tensors[f"{layer}.weight"][rows].astype(np.int64)
    shift = tensors[f"{layer}.shift"][rows].astype(np.int64)
    sums = inputs.astype(np.int64) @ weight.T + tensors[f"{layer}.bias"][rows].astype(np.int64) + added
    return np.clip((sums >> np.maximum(shift, 0)) << np.maximum(-shift, 0), *RANGES[LAYERS[layer][1]])


def context(tensors: Tensors, features: np.ndarray, depth: int) -> np.ndarray:
    """Cell features [n, inputs] to the cells' vectors [n, rows of token_1]."""
    hidden = evaluate(tensors, "context_1", features, tensors["context_depth"][depth - 1].astype(np.int64))
    return evaluate(tensors, "context_to_token", evaluate(tensors, "context_2", hidden))


def token(tensors: Tensors, layer: int, features: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Own features [n, e] of indices of a layer, and vectors [n, rows of token_1], to logits [n, codebook size]."""
    added = vectors + tensors["token_layer"][layer].astype(np.int64)
    hidden = evaluate(tensors, "token_2", evaluate(tensors, "token_1", features, added))
    first = int(tensors["codebooks"][:layer].sum())
    return evaluate(tensors, "token_3", hidden, rows=slice(first, first + int(tensors["codebooks"][layer])))


class Generator:
    """Inputs of the self-test: spec/exact-profile.md, 9."""

    def __init__(self) -> None:
        self.state = 1

    def below(self, limit: int) -> int:
        self.state = (1664525 * self.state + 1013904223) % 2**32
        return ((self.state >> 8) * limit) >> 24

    def features(self, count: int) -> np.ndarray:
        return np.array([self._feature() for _ in range(count)])

    def _feature(self) -> int:
        value = self.below(511) - 255
        if self.below(4) == 0:
            return value
        return value // 16 if value >= 0 else -(-value // 16)


def self_test_hash(tensors: Tensors) -> str:
    """SHA-256, in hexadecimal, of what the nets answer to the self-test: spec/exact-index.md, 6."""
    generator, layers = Generator(), len(tensors["codebooks"])
    digest, vectors = hashlib.sha256(), []
    for _ in range(3):
        depth = 1 + generator.below(layers)
        features = generator.features(tensors["context_1.weight"].shape[1])
        vectors.append(context(tensors, features[None], depth))
        digest.update(vectors[-1].astype("<i4").tobytes())
    for i in range(5):
        layer = generator.below(layers)
        features = generator.features(tensors["token_1.weight"].shape[1])
        digest.update(token(tensors, layer, features[None], vectors[i % 3]).astype("<i4").tobytes())
    return digest.hexdigest()
