"""Photos as training crops and as test images."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

CROP = 128
"""Side of a training crop, in pixels."""


def listed(folder: str, held_out: set[str], wanted: bool) -> list[Path]:
    """The images of `folder` that are (`wanted`) or are not named in `held_out`."""
    paths = sorted(p for p in Path(folder).iterdir() if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
    return [p for p in paths if (p.stem in held_out or p.name in held_out) == wanted]


def scaled(path: Path, side: int) -> np.ndarray:
    """uint8 [height, width, 3], the shorter side scaled down to `side` pixels, if it is longer."""
    with Image.open(path) as image:
        image.draft("RGB", (side, side))
        image = image.convert("RGB")
        factor = side / min(image.size)
        if factor < 1:
            image = image.resize([max(side, round(n * factor)) for n in image.size], Image.Resampling.LANCZOS)
        return np.asarray(image)


class Crops:
    """Draws crops of photos, each held at a scale of its own: the shorter side of 160 to 448 pixels."""

    def __init__(self, paths: list[Path], rng: np.random.Generator):
        self.rng = rng
        self.photos = [scaled(path, int(rng.integers(160, 449))) for path in paths]
        self.photos = [photo for photo in self.photos if min(photo.shape[:2]) >= CROP]

    def draw(self, count: int) -> torch.Tensor:
        """float32 [count, 3, CROP, CROP], 0 to 1."""
        crops = np.empty((count, CROP, CROP, 3), np.uint8)
        for crop in crops:
            photo = self.photos[self.rng.integers(len(self.photos))]
            y, x = (int(self.rng.integers(n - CROP + 1)) for n in photo.shape[:2])
            crop[:] = photo[y : y + CROP, x : x + CROP]
            if self.rng.random() < 0.5:
                crop[:] = crop[:, ::-1].copy()
        return torch.from_numpy(crops).permute(0, 3, 1, 2).float() / 255
