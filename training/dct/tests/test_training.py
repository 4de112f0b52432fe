"""The whole recipe on a few made images, and what turns nets into other nets that say the same.

    python -m unittest tests.test_training     (in training/dct, with requirements.txt)
"""

import csv
import json
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
from PIL import Image

import bounds
import model
from coding import prepare
from dataset import Cache
from integer import LOGITS_A_BIT, IntegerModel

HERE = Path(__file__).resolve().parents[1]
KINDS = ("luma", "chroma")


def draw(path: Path, seed: int) -> None:
    """A picture of soft shapes with some grain."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:96, 0:128] / 16.0
    waves = [np.sin(rows * random.uniform(0.3, 2) + columns * random.uniform(0.3, 2) + phase) for phase in range(3)]
    pixels = 128 + 60 * np.stack(waves, axis=2) + random.normal(0, 6, (96, 128, 3))
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(path, quality=92)


class Recipe(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.scratch.name)
        photos = cls.folder / "photos"
        photos.mkdir()
        for seed in range(4):
            draw(photos / f"{seed}.jpg", seed)
        (cls.folder / "held-out.txt").write_text("3.jpg\n")
        cls.script("extract.py", "--photos", photos, "--held-out", "held-out.txt", "--variants", 1, "--out", "cache")
        cls.train("--minutes", 0.05, "--rounded")
        cls.script("quantize.py", "--checkpoint", "run/checkpoint.pt", "--cache", "cache", "--out", "package")
        cls.script("export.py", "--package", "package")

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    @classmethod
    def script(cls, name: str, *arguments) -> str:
        command = [sys.executable, HERE / name, *arguments]
        done = subprocess.run([str(part) for part in command], cwd=cls.folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(f"{name} failed:\n{done.stderr}")
        return done.stdout

    @classmethod
    def train(cls, *options) -> None:
        sizes = ["--luma-blocks", 64, "--chroma-blocks", 64]
        cls.script("train.py", "--cache", "cache", "--out", "run", *sizes, *options)

    def task(self, kind: str):
        return prepare(Cache(str(self.folder / "cache"), kind).sample(100, np.random.default_rng(1)))

    def test_photo_held_out_is_not_in_the_cache(self):
        planes = np.load(self.folder / "cache" / "planes.npz")
        # Of three photos: as it is, transposed, and three variants; chroma has two planes of each.
        self.assertEqual((len(planes["luma_first"]), len(planes["chroma_first"])), (15, 30))

    def test_share_of_photos_as_they_are(self):
        for kind, planes in {"luma": 1, "chroma": 2}.items():
            for share in (0.2, 0.9):
                cache = Cache(str(self.folder / "cache"), kind, own=share)
                # Of each photo the first two are its own: as it is, and transposed.
                own = np.arange(len(cache.first)) // planes % 5 < 2
                self.assertAlmostEqual(np.diff(cache.cumulative, prepend=0)[own].sum(), share)

    def test_graphs_compute_what_integers_do(self):
        said = self.script("check.py", "--package", "package", "--photo", "photos/3.jpg")
        self.assertEqual(said.count("agree"), 2)
        manifest = json.loads((self.folder / "package" / "model.json").read_text())
        self.assertEqual(manifest["arrangement"], "dct-wavefront")
        self.assertLess(max(max(sums.values()) for sums in manifest["largestSums"].values()), 2**24)

    def test_integers_cost_little(self):
        rows = {}
        for name, source in {"float": ["--rounded", "--checkpoint", "run/checkpoint.pt"], "integers": ["--package", "package"]}.items():
            self.script("evaluate.py", *source, "--photos", "photos", "--csv", f"{name}.csv")
            with (self.folder / f"{name}.csv").open(newline="") as file:
                rows[name] = list(csv.DictReader(file))
        self.assertEqual(len(rows["float"]), 4)
        for floats, integers in zip(rows["float"], rows["integers"]):
            coded = [key for key in floats if "coded" in key]
            self.assertTrue(coded)
            for key in coded:
                self.assertAlmostEqual(float(integers[key]) / float(floats[key]), 1, delta=0.01)

    def progress(self) -> tuple[int, float]:
        state = torch.load(self.folder / "run" / "checkpoint.pt", weights_only=True)
        return state["steps"], state["seconds"]

    def test_training_goes_on_where_it_stopped(self):
        before = self.progress()
        self.train("--minutes", 0.05, "--rounded")
        self.assertEqual(self.progress(), before)
        # A step counts for two seconds at most.
        self.train("--minutes", 0.12, "--rounded")
        self.assertGreater(self.progress()[0], before[0])

    def test_pruned_nets_say_the_same(self):
        said = self.script("prune.py", "--package", "package", "--cache", "cache", "--blocks", 2000, "--out", "pruned")
        kept = [tuple(map(int, numbers)) for numbers in re.findall(r"(\d+) of (\d+) units kept", said)]
        self.assertTrue(any(some < all_units for some, all_units in kept), said)
        for kind in KINDS:
            whole, pruned = (IntegerModel.load(str(self.folder / name), kind) for name in ("package", "pruned"))
            # The first of the blocks that the units were tried on: what only other blocks wake may be missing.
            task = prepare(Cache(str(self.folder / "cache"), kind).sample(512, np.random.default_rng(6)))
            for found, expected in zip(pruned.run(task), whole.run(task)):
                np.testing.assert_array_equal(found, expected)

    def test_mean_of_checkpoints(self):
        self.script("dequantize.py", "--package", "package", "--out", "rounded.pt")
        self.script("mean.py", "run/checkpoint.pt", "rounded.pt", "--out", "mean.pt")
        run, rounded, mean = (
            torch.load(self.folder / name, weights_only=True) for name in ("run/checkpoint.pt", "rounded.pt", "mean.pt")
        )
        for kind in KINDS:
            self.assertEqual(mean[kind]["model"].keys(), run[kind]["model"].keys())
            for name, found in mean[kind]["model"].items():
                torch.testing.assert_close(found, (run[kind]["model"][name] + rounded[kind]["model"][name].float()) / 2)

    def test_package_turns_back_into_a_checkpoint(self):
        self.script("dequantize.py", "--package", "package", "--out", "back.pt")
        state = torch.load(self.folder / "back.pt", weights_only=True)
        for kind in KINDS:
            task = self.task(kind)
            floats = model.BlockModel(kind)
            floats.load_state_dict(state[kind]["model"])
            with torch.no_grad():
                last, context = floats.context(task.context)
                vector = floats.group(context[task.block], task.pair_features, task.group, task.last[task.block])
                logits = floats.coefficient(vector[task.pair], task.local, task.index)
            integers = IntegerModel.load(str(self.folder / "package"), kind).run(task)
            for found, expected in zip((last, logits), integers):
                self.assertLess(np.abs(found.numpy() / np.log(2) - expected / LOGITS_A_BIT).mean(), 0.1)


class Widening(unittest.TestCase):
    def test_wider_nets_say_the_same(self):
        random = torch.Generator().manual_seed(3)
        for kind in KINDS:
            narrow = {"context": (20, 24), "last": 8, "group": (30, 16), "coefficient": (12, 10)}
            with patch.dict(model.WIDTHS, {kind: narrow}):
                small = model.BlockModel(kind)
            for parameter in small.parameters():
                parameter.data = torch.randn(parameter.shape, generator=random) / 4
            large = model.BlockModel(kind)
            large.load_state_dict(model.grown(small.state_dict(), kind))

            def whole(values: int, columns: int) -> torch.Tensor:
                return torch.randint(-60, 60, (values, columns), generator=random)

            blocks, pairs, local = whole(5, model.CONTEXT[kind]), whole(9, model.PAIR), whole(14, model.LOCAL[kind])
            block, group, last = (torch.randint(n, (9,), generator=random) for n in (5, 15, 64))
            pair, index = (torch.randint(n, (14,), generator=random) for n in (9, 64))
            answers = []
            with torch.no_grad():
                for nets in (small, large):
                    last_logits, context = nets.context(blocks)
                    vector = nets.group(context[block], pairs, group, last)
                    answers.append((last_logits, nets.coefficient(vector[pair], local, index)))
            for found, expected in zip(answers[1], answers[0]):
                torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-3)
                self.assertGreater(expected.std().item(), 0.1)
            self.assertGreater(len(large.context_1.weight), len(small.context_1.weight))


class Bounds(unittest.TestCase):
    def test_too_large_a_sum_is_refused(self):
        tensors = {f"{layer}.weight": np.ones((1, 1), np.int8) for layer in bounds.INPUTS}
        tensors |= {table: np.zeros((1, 1), np.int32) for tables in bounds.TABLES.values() for table in tables}
        bounds.prove(tensors)
        tensors["coefficient_2.bias"] = np.array([bounds.EXACT - bounds.ACTIVATION_MAX - 1], np.int32)
        bounds.prove(tensors)
        tensors["coefficient_2.bias"] += 1
        with self.assertRaisesRegex(ValueError, "coefficient_2"):
            bounds.prove(tensors)


if __name__ == "__main__":
    unittest.main()
