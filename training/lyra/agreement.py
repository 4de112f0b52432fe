"""Compares the ONNX networks of rvq-lyra with TFLite's on recordings: indices that agree, and the decoded sound.

TFLite computes with XNNPACK unless told otherwise, as Lyra does; its plain kernels are compared with that too.

    python agreement.py --lyra FOLDER --codec ../../codecs/rvq-lyra RECORDINGS [--files 40]
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from ai_edge_litert.interpreter import Interpreter, OpResolverType

sys.path.append(str(Path(__file__).parent.parent / "rvq"))
from extract import FRAME, LAYERS, Lyra, read_samples  # noqa: E402


class Network:
    """An ONNX network with its state, which begins as zeros."""

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options)
        self.state = {i.name: np.zeros(i.shape, np.float32) for i in self.session.get_inputs() if i.name.startswith("state.")}
        self.outputs = [output.name for output in self.session.get_outputs()]

    def run(self, **inputs: np.ndarray) -> np.ndarray:
        results = dict(zip(self.outputs, self.session.run(self.outputs, {**inputs, **self.state}), strict=True))
        self.state = {name: results[name.replace("state.", "next.")] for name in self.state}
        return results.get("indices", results.get("samples"))


class PlainLyra(Lyra):
    """Lyra without XNNPACK."""

    def open_encoder(self) -> Interpreter:
        plain = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        return Interpreter(model_path=self.encoder_path, num_threads=1, experimental_op_resolver_type=plain)


def tflite_decode(path: Path, quantizer: Interpreter, indices: np.ndarray) -> np.ndarray:
    """Samples by TFLite's decoder."""
    decode = quantizer.get_signature_runner("decode")
    vocoder = Interpreter(model_path=str(path), num_threads=1)
    vocoder.allocate_tensors()
    (source,), (target,) = vocoder.get_input_details(), vocoder.get_output_details()
    samples = []
    for frame in indices.T:
        (features,) = decode(encoding_indices=frame.astype(np.int32).reshape(-1, 1, 1)).values()
        vocoder.set_tensor(source["index"], features)
        vocoder.invoke()
        samples.append(vocoder.get_tensor(target["index"])[0])
    return np.concatenate(samples)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", type=Path)
    parser.add_argument("--lyra", type=Path, required=True)
    parser.add_argument("--codec", type=Path, required=True)
    parser.add_argument("--files", type=int, default=40, help="recordings, evenly spaced among all")
    arguments = parser.parse_args()
    files = arguments.lyra / "soundstream_encoder.tflite", arguments.lyra / "quantizer.tflite"
    lyra, plain = Lyra(*files), PlainLyra(*files)
    paths = sorted(path for path in arguments.recordings.rglob("*") if path.is_file())
    paths = paths[:: max(1, len(paths) // arguments.files)]
    equal, equal_plain, power, noise = np.zeros(LAYERS), np.zeros(LAYERS), 0.0, 0.0
    frames = 0
    for path in paths:
        samples = read_samples(path)
        samples = samples[: len(samples) // FRAME * FRAME]
        if len(samples) == 0:
            continue
        expected = lyra.encode(samples)
        found = Network(arguments.codec / "encoder.onnx").run(samples=samples[None].astype(np.float32) / 32768)
        equal += (expected == found).sum(axis=1)
        equal_plain += (expected == plain.encode(samples)).sum(axis=1)
        frames += expected.shape[1]
        sound = tflite_decode(arguments.lyra / "lyragan.tflite", lyra.quantizer, expected)
        decoder = Network(arguments.codec / "decoder.onnx")
        ours = np.concatenate([decoder.run(indices=frame[:, None].astype(np.int64))[0] for frame in expected.T])
        power += float((sound.astype(np.float64) ** 2).sum())
        noise += float(((sound.astype(np.float64) - ours) ** 2).sum())
    print(f"{len(paths)} recordings, {frames} frames")
    for layers in (1, 2, 4, 8, 16, LAYERS):
        ours, theirs = (100 * counts[:layers].sum() / layers / frames for counts in (equal, equal_plain))
        print(f"layers 1 to {layers}: {ours:.3f} % of indices agree; TFLite's plain kernels with XNNPACK: {theirs:.3f} %")
    print(f"decoded sound: {10 * np.log10(power / max(noise, 1e-30)):.1f} dB of signal to difference")


if __name__ == "__main__":
    main()
