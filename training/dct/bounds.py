"""The proof that binary32 computes the integer model exactly: every partial sum stays below 2^24."""

import numpy as np

EXACT = 2**24
FEATURE_MAX = 255
ACTIVATION_MAX = 1023
CARRY_MAX = 2**17
LOGIT_MAX = 2047
WEIGHT_MAX = 127

# Layer name to the layer its input comes from: "features" (-255..255) or a hidden layer (0..1023).
INPUTS = {
    "context_1": "features",
    "context_2": "context_1",
    "last_1": "context_2",
    "last_2": "last_1",
    "context_to_group": "context_2",
    "group_1": "features",
    "group_2": "group_1",
    "group_to_coefficient": "group_2",
    "coefficient_1": "features",
    "coefficient_2": "coefficient_1",
    "coefficient_3": "coefficient_2",
}
# Tables whose rows are added to a layer's sums; "carry" is a vector handed over by an earlier net.
TABLES = {"group_1": ("group_index", "group_last"), "coefficient_1": ("coefficient_index",)}
HIDDEN = ("context_1", "context_2", "last_1", "group_1", "group_2", "coefficient_1", "coefficient_2")
CARRIES = ("context_to_group", "group_to_coefficient")
# The layer whose vector is added to a layer's sums.
CARRIED_BY = dict(zip(TABLES, CARRIES))
LOGITS = ("last_2", "coefficient_3")


def product_bound(weight: np.ndarray, source: str) -> np.ndarray:
    """Largest magnitude any partial sum of weight @ input can take, per row; weight [rows, inputs]."""
    weight = weight.astype(np.int64)
    if source == "features":
        return FEATURE_MAX * np.abs(weight).sum(1)
    positive, negative = np.maximum(weight, 0).sum(1), np.maximum(-weight, 0).sum(1)
    return ACTIVATION_MAX * np.maximum(positive, negative)


def layer_bound(tensors: dict[str, np.ndarray], layer: str) -> np.ndarray:
    """Largest magnitude of any partial sum of a layer's row, tables, carry and bias included."""
    bound = product_bound(tensors[f"{layer}.weight"], INPUTS[layer])
    if f"{layer}.bias" in tensors:
        bound = bound + np.abs(tensors[f"{layer}.bias"].astype(np.int64))
    for table in TABLES.get(layer, ()):
        bound = bound + np.abs(tensors[table].astype(np.int64)).max(0)
    if layer in TABLES:
        bound = bound + CARRY_MAX
    return bound


def prove(tensors: dict[str, np.ndarray]) -> dict[str, int]:
    """The largest bound of each layer; raises if one is not below 2^24 or a weight needs more than 8 bits."""
    found = {}
    for layer in INPUTS:
        if np.abs(tensors[f"{layer}.weight"].astype(np.int64)).max() > WEIGHT_MAX:
            raise ValueError(f"{layer}: a weight is beyond +-{WEIGHT_MAX}")
        found[layer] = int(layer_bound(tensors, layer).max())
        if found[layer] >= EXACT:
            raise ValueError(f"{layer}: a sum may reach {found[layer]}, not below 2^24; quantise with coarser rows")
    return found
