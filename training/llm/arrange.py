"""Makes a package for another codec of a backbone's: unfitted, any tokens of its vocabulary stand for the symbols.

    python arrange.py --backbone smollm2-text --out smollm2-vq --name smollm2-vq --arrangement vq-raster --offsets 1000
"""

import argparse
import json
import shutil
from pathlib import Path

from sequences import CODECS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backbone", type=Path, required=True, help="folder of a package of the backbone")
    parser.add_argument("--out", type=Path, required=True, help="folder of the new package, which must not exist")
    parser.add_argument("--name", required=True, help="name of the package")
    parser.add_argument("--version", type=int, default=1)
    parser.add_argument("--arrangement", choices=[name for name in CODECS if name != "text"], required=True)
    parser.add_argument("--offsets", type=int, nargs="+", required=True, help="first token of each layer or component")
    arguments = parser.parse_args()

    manifest = json.loads((arguments.backbone / "model.json").read_text())
    manifest.pop("files", None)
    manifest |= {"name": arguments.name, "version": arguments.version, "codec": CODECS[arguments.arrangement]}
    manifest |= {"arrangement": arguments.arrangement, "offsets": arguments.offsets}
    arguments.out.mkdir(parents=True)
    for file in [*arguments.backbone.glob("model.onnx*"), *arguments.backbone.glob("config.json")]:
        shutil.copy(file, arguments.out)
    (arguments.out / "model.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main()
