"""The mean of the weights of several checkpoints of the same nets, as a checkpoint to quantise or to train on."""

import argparse

import torch


def mean(states: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    return {name: torch.stack([state[name].float() for state in states]).mean(0) for name in states[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoints", nargs="+", help="files of train.py, of the same kinds and widths")
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    loaded = [torch.load(path, weights_only=True) for path in args.checkpoints]
    kinds = [kind for kind in ("luma", "chroma") if kind in loaded[0]]
    torch.save({kind: {"model": mean([state[kind]["model"] for state in loaded])} for kind in kinds}, args.out)


if __name__ == "__main__":
    main()
