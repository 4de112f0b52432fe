"""Beginnings of a fitting: needs PyTorch.

    python -m unittest tests.test_beginnings     (in training/llm, with requirements.txt)
"""

import unittest

import numpy as np
import torch

from beginnings import head_of_frequencies, places_of_tokens, rows_of_neighbours

VOCABULARY = 9


def sequences() -> np.ndarray:
    """0 and 1 stand where the other one could; so do 2 and 3; what follows 0 or 1 is 2 or 3. The last row is short."""
    random = np.random.default_rng(1)
    tokens = random.integers(0, 2, (40, 30)) + np.arange(30) % 2 * 2
    tokens[-1, 5:] = -1
    return tokens


class Beginnings(unittest.TestCase):
    def test_tokens_with_like_neighbours_are_alike(self):
        places = places_of_tokens(sequences(), VOCABULARY)
        apart = torch.cdist(places, places)
        self.assertLess(apart[0, 1], apart[0, 2] / 3)
        self.assertLess(apart[2, 3], apart[1, 3] / 3)

    def test_rows_lie_as_the_old_ones_do(self):
        old = torch.randn(500, 16, generator=torch.Generator().manual_seed(1)) * torch.linspace(3, 0.1, 16) + 5
        rows = rows_of_neighbours(sequences(), old, VOCABULARY)
        self.assertEqual(rows.shape, (VOCABULARY, 16))
        far = (rows - old.mean(0)).norm(dim=1).mean() / (old - old.mean(0)).norm(dim=1).mean()
        self.assertTrue(0.5 < far < 2, far)

    def test_a_head_of_frequencies_gives_them(self):
        tokens = sequences()
        mean = torch.randn(16, generator=torch.Generator().manual_seed(2))
        shares = (head_of_frequencies(tokens, mean, VOCABULARY) @ mean).softmax(0)
        counts = np.bincount(tokens[tokens >= 0], minlength=VOCABULARY) + 0.5
        np.testing.assert_allclose(shares, counts / counts.sum(), atol=1e-5)


if __name__ == "__main__":
    unittest.main()
