"""Golden values of the exact DCT model's features: small random frames, and CRC-32s of what features.py makes of them.

    python make_features.py TRAINING_DCT_FOLDER > features.json

Coefficients, steps: from the generator x -> 1664525 x + 1013904223 mod 2^32, as test/lm/exact/random-frame.ts has it.
"""

import json
import sys
import zlib

import numpy as np

sys.path.insert(0, sys.argv[1])

import torch  # noqa: E402
from blocks import Plane  # noqa: E402
from dataset import Photo  # noqa: E402
from features import BlockFeatures, PairFeatures, coded_coefficients, coded_pairs, coefficient_features  # noqa: E402

# seed, MCUs (wide, high), sampling (h, v) of each component, size of the steps, density, size of the coefficients
FRAMES = [
    (1, (4, 3), [(2, 2), (1, 1), (1, 1)], 60, 12, 6),
    (2, (5, 4), [(1, 1), (1, 1), (1, 1)], 8, 20, 40),
    (3, (3, 4), [(2, 1), (1, 1), (1, 1)], 200, 6, 3),
    (4, (7, 5), [(1, 1)], 30, 30, 10),
    (5, (3, 3), [(3, 3), (2, 1), (2, 1)], 30, 10, 200),
    (6, (2, 3), [(4, 2), (1, 1), (1, 1)], 65535, 40, 32767),
    (7, (4, 3), [(1, 2), (1, 1), (1, 1)], 1, 64, 3000),
]


class Random:
    def __init__(self, seed: int) -> None:
        self.state = seed

    def below(self, limit: int) -> int:
        self.state = (1664525 * self.state + 1013904223) % 2**32
        return (self.state >> 8) * limit >> 24


def frame(seed, mcus, samplings, step_size, density, size) -> list[Plane]:
    random = Random(seed)
    tables = [np.array([1 + random.below(step_size) for _ in range(64)], np.int32) for _ in range(2)]
    planes = []
    for component, (h, v) in enumerate(samplings):
        rows, columns = mcus[1] * v, mcus[0] * h
        blocks = np.zeros((rows, columns, 64), np.int64)
        for block in blocks.reshape(-1, 64):
            block[0] = random.below(2 * size + 1) - size
            for _ in range(random.below(density + 1)):
                k = random.below(1 + random.below(64))
                block[k] = random.below(1 + random.below(2 * size + 1)) - random.below(1 + random.below(size + 1))
        planes.append(Plane(np.clip(blocks, -32768, 32767).astype(np.int16), tables[min(component, 1)], (v, h)))
    return planes


def crc(tensor: torch.Tensor, before: int = 0) -> int:
    return zlib.crc32(tensor.numpy().astype("<i2").tobytes(), before)


def main() -> None:
    result = []
    for parameters in FRAMES:
        planes = frame(*parameters)
        photo = Photo(planes)
        components = []
        for component in range(len(planes)):
            rows, columns = planes[component].blocks.shape[:2]
            of_blocks = BlockFeatures(photo.slice(component, 0, rows * columns))
            last = of_blocks.last.long()
            block, group = coded_pairs(last)
            pairs = PairFeatures(of_blocks, block, group)
            pair, index = coded_coefficients(last[block], group)
            local = coefficient_features(pairs, pair, index)
            components.append({
                "context": crc(of_blocks.context()), "group": crc(pairs.inputs()), "coefficient": crc(local),
                "prediction": crc(of_blocks.dc_prediction), "counts": [len(last), len(block), len(pair)],
            })
            if len(sys.argv) > 2:
                np.savez(f"{sys.argv[2]}/{parameters[0]}-{component}.npz", context=of_blocks.context().numpy(),
                         group=pairs.inputs().numpy(), coefficient=local.numpy(), block=block, group_of=group,
                         pair=pair, index=index, prediction=of_blocks.dc_prediction)
        seed, mcus, samplings, step_size, density, size = parameters
        result.append({"seed": seed, "mcus": mcus, "samplings": samplings, "stepSize": step_size,
                       "density": density, "size": size, "components": components})
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
