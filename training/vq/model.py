"""The networks: pixels to a grid of vectors, the codebook, and back (van den Oord et al., 2017, "Neural Discrete Representation Learning")."""

import torch
from torch import nn
from torch.nn import functional as F

CELL = 16
"""Pixels across and down that an index stands for."""


class Residual(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.second(F.relu(self.first(F.relu(x))))


def encoder(dimensions: int) -> nn.Module:
    """[N, 3, 16 h, 16 w] of 0 to 1 to [N, dimensions, h, w]."""
    return nn.Sequential(
        nn.PixelUnshuffle(8), nn.Conv2d(192, 96, 1), Residual(96), Residual(96),
        nn.Conv2d(96, 160, 2, stride=2), Residual(160), Residual(160), nn.ReLU(), nn.Conv2d(160, dimensions, 1),
    )  # fmt: skip


def decoder(dimensions: int) -> nn.Module:
    """[N, dimensions, h, w] to [N, 3, 16 h, 16 w]."""
    return nn.Sequential(
        nn.Conv2d(dimensions, 160, 3, padding=1), Residual(160), Residual(160), nn.Conv2d(160, 4 * 96, 1),
        nn.PixelShuffle(2), Residual(96), Residual(96), nn.ReLU(), nn.Conv2d(96, 192, 1), nn.PixelShuffle(8),
    )  # fmt: skip


class Codebook(nn.Module):
    """Vectors that follow the mean of what is nearest to them; those that nothing is near to are drawn anew."""

    DECAY = 0.97
    LEAST = 0.05
    """Vectors of the batch, on average, below which an entry is drawn anew."""

    def __init__(self, entries: int, dimensions: int):
        super().__init__()
        self.register_buffer("vectors", torch.randn(entries, dimensions))
        self.register_buffer("counts", torch.zeros(entries))
        self.register_buffer("sums", torch.zeros(entries, dimensions))

    def nearest(self, flat: torch.Tensor) -> torch.Tensor:
        """Index of the nearest entry to each of [M, dimensions]."""
        return (self.vectors.square().sum(1) - 2 * flat @ self.vectors.T).argmin(1)

    @torch.no_grad()
    def follow(self, flat: torch.Tensor, indices: torch.Tensor) -> None:
        """Moves the entries to a batch's vectors."""
        counts = torch.bincount(indices, minlength=len(self.counts)).float()
        sums = torch.zeros_like(self.sums).index_add_(0, indices, flat)
        self.counts.lerp_(counts, 1 - self.DECAY)
        self.sums.lerp_(sums, 1 - self.DECAY)
        dead = self.counts < self.LEAST
        drawn = flat[torch.randint(len(flat), (int(dead.sum()),))]
        self.counts[dead] = 1
        self.sums[dead] = drawn
        self.vectors.copy_(self.sums / self.counts[:, None])


class VqAutoencoder(nn.Module):
    def __init__(self, entries: int, dimensions: int = 24):
        super().__init__()
        self.encoder = encoder(dimensions)
        self.decoder = decoder(dimensions)
        self.codebook = Codebook(entries, dimensions)

    def quantized(self, z: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The nearest entries to [N, dimensions, h, w], and their indices [N, h, w]."""
        flat = z.permute(0, 2, 3, 1).reshape(-1, z.shape[1])
        indices = self.codebook.nearest(flat)
        shape = (z.shape[0], *z.shape[2:])
        return self.codebook.vectors[indices].reshape(*shape, -1).permute(0, 3, 1, 2), indices.reshape(shape)
