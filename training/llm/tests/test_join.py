"""Sequences, deltas and graphs: all that needs no PyTorch.

    python -m unittest tests.test_join        (in training/llm, with requirements-join.txt)
"""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

import delta
from graph import add_bias, head_of, run_step_by_step
from sequences import ZIGZAG, Layout, load, of_grid, of_plane, of_stream, save

HERE = Path(__file__).resolve().parents[1]
TINY = HERE / "../../fixtures/llm/llama-half.onnx"


def run(script: str, *arguments) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, HERE / script, *map(str, arguments)], capture_output=True, text=True)


class Sequences(unittest.TestCase):
    def test_blocks_stay_whole_in_sequences_of_nearly_equal_length(self):
        layout = Layout("dct", "dct-raster", 200, (256,))
        blocks = np.arange(5 * 64).reshape(1, 5, 64) - 140
        sequences = of_plane(blocks, layout)
        self.assertEqual([len(sequence) for sequence in sequences], [128, 192])
        symbols = np.concatenate(sequences)
        self.assertEqual(list(symbols[:15]), [255] * 13 + [0, 1])
        self.assertEqual(list(symbols[266:269]), [253, 254, 255])

    def test_zigzag_order(self):
        layout = Layout("dct", "dct-zigzag", 64, (256,))
        (sequence,) = of_plane(np.arange(64).reshape(1, 1, 64), layout)
        self.assertEqual(list(sequence - 127), ZIGZAG)
        self.assertEqual(ZIGZAG[:10], [0, 1, 8, 16, 9, 2, 3, 10, 17, 24])
        self.assertEqual(ZIGZAG[-3:], [55, 62, 63])

    def test_grids_in_raster_order(self):
        sequences = of_grid(np.arange(12).reshape(3, 4), Layout("vq", "vq-raster", 5, (16,)))
        self.assertEqual([list(s) for s in sequences], [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]])

    def test_layers_have_tokens_of_their_own(self):
        indices = np.array([[1, 2, 3], [3, 2, 1]])
        frames = Layout("rvq", "rvq-frames", 4, (4, 4))
        self.assertEqual([list(s) for s in of_stream(indices, frames)], [[1, 7], [2, 6, 3, 5]])
        layers = Layout("rvq", "rvq-layers", 4, (4, 4))
        self.assertEqual([list(s) for s in of_stream(indices, layers)], [[1, 2, 3], [7, 6, 5]])
        self.assertEqual(list(frames.layer_of_token()), [0, 0, 0, 0, 1, 1, 1, 1, -1])

    def test_files_come_back(self):
        layout = Layout("rvq", "rvq-frames", 6, (4, 2))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "tokens.npz")
            save(path, [np.array([1, 2, 3]), np.array([5])], layout)
            tokens, found = load(path)
        self.assertEqual(found, layout)
        self.assertEqual(tokens.tolist(), [[1, 2, 3, -1, -1, -1], [5, -1, -1, -1, -1, -1]])

    def test_extraction_takes_the_layers_and_files_that_are_asked_for(self):
        with tempfile.TemporaryDirectory() as folder:
            arrays = Path(folder, "arrays")
            arrays.mkdir()
            for i in range(3):
                np.save(arrays / f"{i}.npy", np.full((5, 7), i, np.uint8))
            Path(folder, "names").write_text("1.npy\n")
            out = Path(folder, "tokens.npz")
            options = ["--codebook", 4, "--layers", 2, "--context", 8, "--leave-out", Path(folder, "names"), "--out", out]
            done = run("extract.py", "rvq", arrays, *options)
            self.assertEqual(done.stdout, "4 sequences, 28 tokens\n", done.stderr)
            tokens, layout = load(out)
        self.assertEqual(layout, Layout("rvq", "rvq-layers", 8, (4, 4)))
        self.assertEqual(tokens[:, 0].tolist(), [0, 4, 2, 6])


class Joining(unittest.TestCase):
    """A tiny random LLaMA, whose own rows, picked and turned round, must give its own logits so."""

    PICKED = np.arange(40, 3, -2)

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.backbone = Path(self.folder.name, "backbone")
        self.backbone.mkdir()
        (self.backbone / "model.onnx").write_bytes(TINY.read_bytes())
        (self.backbone / "model.json").write_text(json.dumps({"backbone": {"name": "tiny", "sha256": "ab"}}))
        graph = onnx.load(TINY).graph
        weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        embedding = next(weights[node.input[0]] for node in graph.node if list(node.input)[1:] == ["input_ids"])
        head = weights[head_of(graph).input[1]].T
        self.delta = Path(self.folder.name, "delta")
        self.manifest = {"name": "picked", "backbone": {"name": "tiny", "sha256": "ab"}}
        self.weights = {"embedding": embedding[self.PICKED], "head": head[self.PICKED]}
        delta.write(self.delta, self.manifest, self.weights)

    def tearDown(self):
        self.folder.cleanup()

    def join(self, out: Path | None = None) -> tuple[Path, subprocess.CompletedProcess]:
        out = out or Path(self.folder.name, "out")
        return out, run("join.py", "--backbone", self.backbone, "--delta", self.delta, "--out", out)

    def test_a_joined_graph_computes_what_the_backbone_does(self):
        out, done = self.join()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads((out / "model.json").read_text()), self.manifest)
        tokens = np.random.default_rng(1).integers(0, len(self.PICKED), (3, 9))
        expected = run_step_by_step(TINY, self.PICKED[tokens])[:, :, self.PICKED]
        found = run_step_by_step(out / "model.onnx", tokens)
        self.assertEqual(found.shape, (3, 9, len(self.PICKED)))
        # The weights were rounded to float16, of the cache and the logits too.
        np.testing.assert_allclose(found, expected, atol=0.05)
        self.assertGreater(np.abs(expected).max(), 2)
        onnx.checker.check_model(onnx.load(out / "model.onnx"), full_check=True)

    def test_a_bias_follows_positions(self):
        plain, _ = self.join()
        bias = np.random.default_rng(2).normal(size=(3, len(self.PICKED)))
        self.delta = self.delta.with_name("biased")
        delta.write(self.delta, self.manifest, self.weights | {"bias": bias})
        out, done = self.join(self.delta.with_name("out-biased"))
        self.assertEqual(done.returncode, 0, done.stderr)
        tokens = np.random.default_rng(1).integers(0, len(self.PICKED), (2, 8))
        expected = run_step_by_step(plain / "model.onnx", tokens) + bias[np.arange(8) % 3]
        np.testing.assert_allclose(run_step_by_step(out / "model.onnx", tokens), expected, atol=0.02)
        onnx.checker.check_model(onnx.load(out / "model.onnx"), full_check=True)

    def test_nothing_of_the_old_vocabulary_is_left(self):
        out, _ = self.join()
        graph = onnx.load(out / "model.onnx").graph
        self.assertNotIn(48, {size for tensor in graph.initializer for size in tensor.dims})

    def test_another_backbone_is_refused(self):
        (self.backbone / "model.json").write_text(json.dumps({"backbone": {"name": "other", "sha256": "cd"}}))
        out, done = self.join()
        self.assertEqual(done.returncode, 1)
        self.assertIn("fitted to tiny with weights of SHA-256 ab", done.stderr)
        self.assertFalse(out.exists())


class Biases(unittest.TestCase):
    """Of graphs that are given no position_ids."""

    def test_the_mask_tells_the_position(self):
        weights = np.random.default_rng(3).normal(size=(5, 4)).astype(np.float32)
        entries = [("input_ids", onnx.TensorProto.INT64, ["rows", 1]), ("attention_mask", onnx.TensorProto.INT64, ["rows", "all"])]
        logits = helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, ["rows", 1, 5])
        nodes = [
            helper.make_node("Gather", ["embedding", "input_ids"], ["state"]),
            helper.make_node("MatMul", ["state", "head"], ["logits"]),
        ]
        graph = helper.make_graph(
            nodes,
            "masked",
            [helper.make_tensor_value_info(*entry) for entry in entries],
            [logits],
            [numpy_helper.from_array(weights, "embedding"), numpy_helper.from_array(weights.T.copy(), "head")],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        bias = np.random.default_rng(4).normal(size=(4, 5)).astype(np.float32)
        add_bias(model.graph, bias)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "masked.onnx")
            onnx.save(model, path)
            tokens = np.random.default_rng(5).integers(0, 5, (2, 9))
            found = run_step_by_step(path, tokens)
        np.testing.assert_allclose(found, (weights @ weights.T)[tokens] + bias[np.arange(9) % 4], atol=1e-5)

    def test_a_graph_that_is_told_no_position_takes_none(self):
        with self.assertRaisesRegex(SystemExit, "neither position_ids nor attention_mask"):
            add_bias(onnx.load(TINY.with_name("recurrent.onnx")).graph, np.zeros((2, 16)))


if __name__ == "__main__":
    unittest.main()
