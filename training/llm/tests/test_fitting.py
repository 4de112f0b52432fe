"""The whole recipe on a tiny random LLaMA: needs PyTorch and Optimum.

    python -m unittest tests.test_fitting     (in training/llm, with requirements.txt)
"""

import csv
import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from graph import run_step_by_step
from language_model import rows_of_texts
from sequences import Layout, load, of_plane, save

HERE = Path(__file__).resolve().parents[1]


class Fitting(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.scratch.name)
        torch.manual_seed(2)
        shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
        config = LlamaConfig(vocab_size=300, num_key_value_heads=2, tie_word_embeddings=True, **shape)
        LlamaForCausalLM(config).save_pretrained(cls.folder / "model")
        arrays = cls.folder / "arrays"
        arrays.mkdir()
        random = np.random.default_rng(1)
        for i in range(3):
            np.save(arrays / f"{i}.npy", (random.integers(0, 4, (5, 60)) + np.arange(60) % 3 * 4).astype(np.uint8))
        options = ["--codebook", 16, "--layers", 2, "--arrangement", "rvq-frames", "--context", 64]
        cls.script("extract.py", "rvq", arrays, *options, "--out", "tokens.npz")
        cls.script("backbone.py", "--model", "model", "--out", "backbone", "--name", "backbone", "--arrangement", "vq-raster")

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    @classmethod
    def script(cls, name: str, *arguments) -> str:
        command = [sys.executable, HERE / name, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=cls.folder)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return done.stdout

    def train(self, out: str, epochs: int, *more, tokens: str = "tokens.npz") -> list[dict]:
        options = ["--learning-rate", 1e-2, "--restart", 8, "--batch", 4, "--report", 4, "--precision", "float32"]
        files = ["--model", "model", "--tokens", tokens, "--held-out", tokens, "--out", out]
        self.script("train.py", *files, "--epochs", epochs, *options, "--threads", 1, *more)
        with (self.folder / out / "log.csv").open() as file:
            return list(csv.DictReader(file))

    def test_a_model_learns_and_its_delta_gives_it_back(self):
        log = self.train("run", 8)
        # 16 symbols of which 4 are likely at each place: 4 bits at first, 2 at best.
        self.assertLess(float(log[-1]["held_out_bits_per_token"]), 2.8)
        self.script("export.py", "--run", "run", "--out", "delta", "--name", "tiny")
        manifest = json.loads((self.folder / "delta/delta.json").read_text())
        self.assertEqual(manifest["offsets"], [0, 16])
        self.assertEqual(manifest["startToken"], 32)
        self.script("join.py", "--backbone", "backbone", "--delta", "delta", "--out", "joined")
        printed = self.script("check.py", "--model", "model", "--package", "joined", "--delta", "delta")
        self.assertIn("of PyTorch", printed)

    def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(self):
        straight = self.train("straight", 4)
        self.train("stopped", 2)
        resumed = self.train("stopped", 4)
        self.assertEqual(straight[-1]["held_out_bits_per_token"], resumed[-1]["held_out_bits_per_token"])

    def test_the_head_alone_learns_first_of_numbers_in_words(self):
        words = {text: token for token, text in enumerate(["?", *"0123456789", "\n"])}
        tokenizer = Tokenizer(models.WordLevel(words, unk_token="?"))
        tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
        shutil.copytree(self.folder / "model", self.folder / "worded")
        PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="?").save_pretrained(self.folder / "worded")
        first = ["--model", "worded", "--begin", "numbers", "--head-first", 3]
        log = self.train("numbers", 1, *first)
        self.assertEqual(log[0]["step"], "0")
        self.assertLess(float(log[0]["held_out_bits_per_token"]), 3.9)
        model = LlamaForCausalLM.from_pretrained(self.folder / "worded")
        old = model.get_input_embeddings().weight.detach()
        rows = rows_of_texts(model, AutoTokenizer.from_pretrained(self.folder / "worded"), ["12", "7"])
        torch.testing.assert_close(rows, torch.stack([(old[2] + old[3]) / 2, old[8]]))

    def test_the_head_first_of_like_neighbours_and_a_start_with_another_run(self):
        options = ["--begin", "neighbours", "--head-first", 5]
        straight = self.train("faster", 4, *options)
        # Of 16 equally likely symbols 4 bits at first.
        self.assertLess(float(straight[0]["held_out_bits_per_token"]), 3.5)
        self.assertLess(float(straight[-1]["held_out_bits_per_token"]), float(straight[0]["held_out_bits_per_token"]))
        self.train("faster-stopped", 2, *options)
        resumed = self.train("faster-stopped", 4, *options)
        self.assertEqual(straight[-1]["held_out_bits_per_token"], resumed[-1]["held_out_bits_per_token"])
        self.script("export.py", "--run", "faster", "--out", "delta-faster", "--name", "faster")
        manifest = json.loads((self.folder / "delta-faster/delta.json").read_text())
        self.assertEqual(manifest["training"]["headFirst"], 5)
        # A delta package keeps half of the precision.
        for start in ("faster", "delta-faster"):
            again = self.train(f"again-{start}", 1, "--start", start, "--learning-rate", 0)
            best = float(straight[-1]["held_out_bits_per_token"])
            self.assertLess(abs(float(again[-1]["held_out_bits_per_token"]) - best), 0.01)

    def test_a_bias_tells_frequencies_at_each_place_of_a_block(self):
        # Coefficients that their place alone tells, but for one bit.
        blocks = np.arange(64) % 7 * 3 + np.random.default_rng(4).integers(0, 2, (1, 24, 64))
        layout = Layout("dct", "dct-raster", 128, (256,))
        save(self.folder / "blocks.npz", of_plane(blocks, layout), layout)
        (first,) = self.train("biased", 0, "--bias", "--head-first", 12, tokens="blocks.npz")
        self.assertLess(float(first["held_out_bits_per_token"]), 1.3)
        self.script("export.py", "--run", "biased", "--out", "delta-biased", "--name", "biased")
        self.script("join.py", "--backbone", "backbone", "--delta", "delta-biased", "--out", "joined-biased")
        printed = self.script("check.py", "--model", "model", "--package", "joined-biased", "--delta", "delta-biased")
        self.assertIn("of PyTorch", printed)
        tokens, _ = load(self.folder / "blocks.npz")
        inputs = np.concatenate([np.full((len(tokens), 1), layout.start_token), tokens[:, :-1]], 1)
        logits = run_step_by_step(self.folder / "joined-biased/model.onnx", inputs)[:, :, :256]
        nats = np.log(np.exp(logits).sum(2)) - np.take_along_axis(logits, tokens[:, :, None], 2)[:, :, 0]
        self.assertAlmostEqual(nats.mean() / np.log(2), float(first["held_out_bits_per_token"]), delta=0.01)
        for start in ("biased", "delta-biased"):
            (again,) = self.train(f"again-{start}", 1, "--bias", "--start", start, "--learning-rate", 0, tokens="blocks.npz")
            self.script("export.py", "--run", f"again-{start}", "--out", f"delta-again-{start}", "--name", "again")
            training = json.loads((self.folder / f"delta-again-{start}/delta.json").read_text())["training"]
            self.assertEqual(training["start"], "biased" if start == "biased" else "biased 1")
            difference = float(again["held_out_bits_per_token"]) - float(first["held_out_bits_per_token"])
            self.assertLess(abs(difference), 0.01)
        for out, start in (("biased", []), ("unbiased", ["--start", "biased"])):
            with self.assertRaisesRegex(AssertionError, "--bias"):
                self.train(out, 1, *start, tokens="blocks.npz")

    def test_a_head_without_a_bias_is_not_begun_with_where_there_is_to_be_one(self):
        bits = {}
        self.train("plain", 1)
        for name, start in (("fresh", []), ("after-plain", ["--start", "plain"])):
            (log,) = self.train(name, 1, "--bias", "--learning-rate", 0, *start)
            bits[name] = log["held_out_bits_per_token"]
        self.assertEqual(bits["fresh"], bits["after-plain"])

    def test_a_random_backbone_is_fitted_and_joined_like_any_other(self):
        self.train("run-random", 1, "--random")
        self.script("export.py", "--run", "run-random", "--out", "delta-random", "--name", "tiny-random")
        shape = ["--model", "model", "--name", "backbone-random", "--arrangement", "vq-raster", "--random"]
        self.script("backbone.py", *shape, "--out", "backbone-random")
        self.script("join.py", "--backbone", "backbone-random", "--delta", "delta-random", "--out", "joined-random")
        with self.assertRaisesRegex(AssertionError, "random weights"):
            self.script("join.py", "--backbone", "backbone", "--delta", "delta-random", "--out", "joined-wrong")


if __name__ == "__main__":
    unittest.main()
