"""Constants of the model: order of coding, groups, alphabet, and the integer tables of its input features."""

import numpy as np

SYMBOLS = 79
DIRECT = 16
GROUPS = 15
OUTSIDE = 0

INDEX = np.arange(64)
V, U = INDEX // 8, INDEX % 8
DIAGONAL = U + V


def _zigzag() -> np.ndarray:
    """Natural index of each zigzag position."""
    order = sorted(range(64), key=lambda k: (k // 8 + k % 8, k % 8 if (k // 8 + k % 8) % 2 else k // 8))
    return np.array([k % 8 * 8 + k // 8 for k in order])


ZIGZAG = _zigzag()
POSITION = np.argsort(ZIGZAG)

# Offsets (rows, columns) of the causal neighbours.
NEAR = ((0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0))
FAR = ((0, -3), (-1, -2), (-1, -3), (-2, -1), (-2, 1), (-2, 2), (-2, -2), (-3, 0))
# Offsets in planes that are already known as a whole (co-located luma; Cb for Cr).
AROUND = ((0, -1), (-1, 0), (-1, -1), (-1, 1), (0, 1), (1, 0), (1, -1), (1, 1))

# Bands of diagonals whose magnitudes are summed for a far neighbour.
BANDS = ((1, 1), (2, 3), (4, 6), (7, 14))


def log_table() -> np.ndarray:
    """L(n) = 16 log2(1 + n) rounded to nearest, for n in 0..65535, at most 255.

    Exactly: the largest t with 2^(2t - 1) <= (1 + n)^32.
    """
    limits = [next_n(t) for t in range(1, 256)]
    return np.searchsorted(np.array(limits, dtype=np.int64), np.arange(65536), side="right").astype(np.int32)


def next_n(t: int) -> int:
    """The smallest n >= 0 with 2^(2t - 1) <= (1 + n)^32."""
    target = 1 << (2 * t - 1)
    n = max(0, int(2 ** ((2 * t - 1) / 32)) - 3)
    while (1 + n) ** 32 < target:
        n += 1
    return n


# Weight of a frequency at a block's border, in units of 2^-8: 256 / sqrt 2 for frequency 0, else 256.
BORDER = np.where(np.arange(8) == 0, 181, 256).astype(np.int64)
# Cosines [frequency, sample] in units of 2^-8, the row of frequency 0 being BORDER[0].
COSINES = np.round(256 * np.cos((2 * np.arange(8)[None] + 1) * np.arange(8)[:, None] * np.pi / 16)).astype(np.int64)
COSINES[0] = 181


def symbol_of(value: np.ndarray) -> np.ndarray:
    """Symbol of an integer in -65535..65535: 0 for zero, 1..39 positive, 40..78 negative.

    Magnitudes below 16 have a symbol each; above, a class per half octave: floor(log2) from 4 to 15 and the
    bit below the leading one; the remaining floor(log2) - 1 bits are coded raw.
    """
    magnitude = np.abs(value)
    octave = np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int64)
    half = (magnitude >> np.maximum(octave - 1, 0)) & 1
    rank = np.where(magnitude < DIRECT, magnitude, DIRECT + 2 * (octave - 4) + half)
    return np.where(value < 0, rank + 39, rank)


def raw_bits() -> np.ndarray:
    """Number of raw bits after each symbol, int [SYMBOLS]."""
    rank = np.arange(40)
    bits = np.where(rank < DIRECT, 0, (rank - DIRECT) // 2 + 3)
    return np.concatenate([bits, bits[1:]])
