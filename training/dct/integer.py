"""The integer model in numpy: the reference that every engine must equal bit for bit."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

import bounds
from coding import Task

LOGITS_A_BIT = 32


@dataclass
class IntegerModel:
    """One class of a package. dtype is float32 (fast; exact by bounds.py) or int64 (plain integers)."""

    tensors: dict[str, np.ndarray]
    dtype: type = np.float32

    @classmethod
    def load(cls, package: str, kind: str, dtype: type = np.float32) -> "IntegerModel":
        tensors = load_file(Path(package) / "weights.safetensors")
        return cls({k.removeprefix(f"{kind}."): v for k, v in tensors.items() if k.startswith(f"{kind}.")}, dtype)

    def sums(self, layer: str, inputs: np.ndarray) -> np.ndarray:
        """weight @ input + bias, exact; inputs [n, in] to [n, out]."""
        weight = self.tensors[f"{layer}.weight"].astype(self.dtype)
        result = inputs.astype(self.dtype) @ weight.T
        return result + self.tensors.get(f"{layer}.bias", np.zeros(1)).astype(self.dtype)

    def requantised(self, layer: str, sums: np.ndarray, low: int, high: int) -> np.ndarray:
        """floor(sum / 2^shift) clipped to low..high, the shift being the row's."""
        shift = self.tensors[f"{layer}.shift"].astype(np.int32)
        if self.dtype is np.int64:
            scaled = (sums >> np.maximum(shift, 0)) << np.maximum(-shift, 0)
        else:
            scaled = np.floor(sums * np.ldexp(np.float32(1), -shift))
        return np.clip(scaled, low, high)

    def hidden(self, layer: str, sums: np.ndarray) -> np.ndarray:
        return self.requantised(layer, sums, 0, bounds.ACTIVATION_MAX)

    def carry(self, layer: str, inputs: np.ndarray) -> np.ndarray:
        return self.requantised(layer, self.sums(layer, inputs), -bounds.CARRY_MAX, bounds.CARRY_MAX)

    def logits(self, layer: str, inputs: np.ndarray) -> np.ndarray:
        return self.requantised(layer, self.sums(layer, inputs), -bounds.LOGIT_MAX, bounds.LOGIT_MAX)

    def context(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Features [B, CONTEXT] to logits of `last` [B, 64] and the carry of the group net [B, g1]."""
        hidden = self.hidden("context_1", self.sums("context_1", features))
        hidden = self.hidden("context_2", self.sums("context_2", hidden))
        last = self.hidden("last_1", self.sums("last_1", hidden))
        return self.logits("last_2", last), self.carry("context_to_group", hidden)

    def group(self, context, features, group, last) -> np.ndarray:
        """Carry [P, g1], features [P, PAIR], group [P], last [P] to the carry of the coefficient net [P, k1]."""
        sums = context + self.sums("group_1", features)
        sums = sums + self.tensors["group_index"][group].astype(self.dtype)
        sums = sums + self.tensors["group_last"][last].astype(self.dtype)
        hidden = self.hidden("group_1", sums)
        return self.carry("group_to_coefficient", self.hidden("group_2", self.sums("group_2", hidden)))

    def coefficient(self, vector, features, index) -> np.ndarray:
        """Carry [C, k1], features [C, LOCAL], natural index [C] to logits [C, SYMBOLS]."""
        sums = vector + self.sums("coefficient_1", features)
        sums = sums + self.tensors["coefficient_index"][index].astype(self.dtype)
        hidden = self.hidden("coefficient_1", sums)
        hidden = self.hidden("coefficient_2", self.sums("coefficient_2", hidden))
        return self.logits("coefficient_3", hidden)

    def run(self, task: Task) -> tuple[np.ndarray, np.ndarray]:
        """Logits of all of a task: [B, 64] and [C, SYMBOLS]."""
        last_logits, context = self.context(task.context.numpy())
        block, pair = task.block.numpy(), task.pair.numpy()
        last = task.last.numpy()[block]
        vector = self.group(context[block], task.pair_features.numpy(), task.group.numpy(), last)
        return last_logits, self.coefficient(vector[pair], task.local.numpy(), task.index.numpy())


def cost_bits(logits: np.ndarray, symbol: np.ndarray) -> np.ndarray:
    """Bits of each symbol [n] under probabilities proportional to 2^(logit / 32); logits [n, symbols]."""
    scaled = logits.astype(np.float64) / LOGITS_A_BIT
    return np.log2(np.exp2(scaled - scaled.max(1, keepdims=True)).sum(1)) + scaled.max(1) - scaled[np.arange(len(symbol)), symbol]
