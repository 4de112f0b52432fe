"""Makes RVQ index streams of recordings with Lyra's SoundStream encoder and quantiser (TFLite).

    python extract.py --encoder soundstream_encoder.tflite --quantizer quantizer.tflite --out streams/en recordings/en

Every file below the folder that FFmpeg can read becomes one .npy of shape [46, T]: 46 layers of 16 entries, 50 frames a
second at 16 kHz, type uint8. `llmc encode` takes them with `--codec rvq --codebook 16 --frame-rate 50 --sample-rate 16000`.
"""

import argparse
import random
import subprocess
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

SAMPLE_RATE = 16000
FRAME = 320  # samples
LAYERS = 46
FORMATS = {".g722": "g722"}  # of files that FFmpeg does not recognise by their beginning


def read_samples(path: Path, variation: random.Random | None = None) -> np.ndarray:
    """Mono samples at 16 kHz as integers of 16 bits; with a variation, played slower or faster, softer or louder."""
    source = ["-f", FORMATS[path.suffix]] if path.suffix in FORMATS else []
    filters = []
    if variation:
        rate = SAMPLE_RATE * variation.choice([0.8, 0.86, 0.92, 1.08, 1.16, 1.25])
        filters = ["-af", f"aresample={SAMPLE_RATE},asetrate={rate:.0f},volume={variation.uniform(-12, 4):.1f}dB"]
    target = ["-ar", str(SAMPLE_RATE), "-ac", "1", "-f", "s16le", "-"]
    command = ["ffmpeg", "-v", "error", *source, "-i", path, *filters, *target]
    return np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, dtype="<i2")


class Lyra:
    """The encoder, which keeps state from frame to frame, and the quantiser, which has none."""

    def __init__(self, encoder: Path, quantizer: Path) -> None:
        self.encoder_path = str(encoder)
        self.quantizer = Interpreter(model_path=str(quantizer), num_threads=1)
        self.quantize = self.quantizer.get_signature_runner("encode")

    def open_encoder(self) -> Interpreter:
        return Interpreter(model_path=self.encoder_path, num_threads=1)

    def encode(self, samples: np.ndarray) -> np.ndarray:
        """Indices [46, T] of whole frames; a remainder of less than 20 ms is dropped."""
        # A new interpreter: reset_all_variables leaves state of the recording before.
        encoder = self.open_encoder()
        encoder.allocate_tensors()
        (audio,) = encoder.get_input_details()
        (features,) = encoder.get_output_details()
        frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, 1, FRAME).astype(np.float32) / 32768
        streams = np.empty((LAYERS, len(frames)), np.uint8)
        for t, frame in enumerate(frames):
            encoder.set_tensor(audio["index"], frame)
            encoder.invoke()
            latents = encoder.get_tensor(features["index"])
            outputs = self.quantize(input_frames=latents, num_quantizers=np.int32(LAYERS))
            streams[:, t] = next(value for value in outputs.values() if value.size == LAYERS).reshape(LAYERS)
        return streams


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", type=Path)
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--quantizer", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=1, help="shortest recording that is taken")
    parser.add_argument("--vary", type=int, metavar="SEED", help="vary pitch, speed and level of each at random, to train on")
    arguments = parser.parse_args()
    variation = None if arguments.vary is None else random.Random(arguments.vary)
    lyra = Lyra(arguments.encoder, arguments.quantizer)
    arguments.out.mkdir(parents=True, exist_ok=True)
    total = 0
    for path in sorted(path for path in arguments.recordings.rglob("*") if path.is_file()):
        samples = read_samples(path, variation)
        if len(samples) < arguments.seconds * SAMPLE_RATE:
            continue
        name = "-".join(path.relative_to(arguments.recordings).with_suffix("").parts)
        streams = lyra.encode(samples)
        np.save(arguments.out / f"{name}.npy", streams)
        total += streams.shape[1]
    print(f"{total * FRAME / SAMPLE_RATE:.0f} seconds")


if __name__ == "__main__":
    main()
