"""Makes a delta package of a run of `train.py`.

    python export.py --run run --out deltas/mine --name mine
"""

import argparse
import csv
from pathlib import Path

import torch

import delta


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="folder that train.py wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder of the delta package, which must not exist")
    parser.add_argument("--name", required=True, help="name of the fitted model")
    parser.add_argument("--version", type=int, default=1)
    parser.add_argument("--context", type=int, help="most tokens of a sequence (default: as trained)")
    arguments = parser.parse_args()
    state = torch.load(arguments.run / "checkpoint.pt", weights_only=False)
    with (arguments.run / "log.csv").open() as file:
        last = list(csv.DictReader(file))[-1]
    manifest = {
        "name": arguments.name,
        "version": arguments.version,
        "profile": "float",
        **state["layout"].members(),
        "backbone": state["backbone"],
        "training": {
            **state["recipe"],
            "context": state["layout"].context,
            "steps": state["step"],
            "tokens": state["tokens"],
            "seconds": round(state["seconds"]),
        },
        "results": {name: float(last[name]) for name in ("bits_per_token", "held_out_bits_per_token") if last[name]},
    }
    if arguments.context:
        manifest["contextLength"] = arguments.context
    delta.write(arguments.out, manifest, {name: weight.numpy() for name, weight in state["weights"].items()})
    print(f"{arguments.out}: {sum(file.stat().st_size for file in arguments.out.iterdir())} bytes")


if __name__ == "__main__":
    main()
