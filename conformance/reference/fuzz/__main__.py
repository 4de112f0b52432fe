"""Fuzzes the reference decoder with atheris: whatever comes, the answer is an output or a coded error.

    pip install atheris
    python -m fuzz [--runs N] [--seed N] [--target NAME]

Each target runs in a process of its own, and takes its share of the runs (of one that is named all of them). Inputs that reach new code are kept to
go on from; with the same seed the same inputs come. Half of the whole files get right CRCs again, so that what lies behind the checks is reached. An
input that breaks the decoder is written to fuzz/findings/, which the tests run again for ever. Exit status 1 if anything was found.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["llmc_reference"]):
    from fuzz import targets

FINDINGS = Path(__file__).resolve().parent / "findings"


def mutate(data: bytes, largest: int, seed: int) -> bytes:
    changed = atheris.Mutate(data, largest)
    return targets.with_right_crcs(changed) if seed % 2 else changed


def fuzz(target: targets.Target, runs: int, seed: int) -> None:
    """Runs one target in this process, which libFuzzer ends."""
    with tempfile.TemporaryDirectory() as corpus:
        for number, data in enumerate(target.seeds()):
            (Path(corpus) / f"{number:04}").write_bytes(data)
        options = [f"-runs={runs}", f"-seed={seed}", f"-max_len={8 * targets.LARGEST}", "-timeout=60", "-rss_limit_mb=1024", "-print_final_stats=1"]
        mutator = {"custom_mutator": mutate} if target.files else {}
        atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={FINDINGS}/{target.name}-", corpus], target.run, **mutator)
        atheris.Fuzz()


def main() -> int:
    parser = argparse.ArgumentParser(prog="fuzz")
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", choices=[target.name for target in targets.TARGETS])
    arguments = parser.parse_args()
    for target in targets.TARGETS:
        if target.name == arguments.target:
            fuzz(target, arguments.runs, arguments.seed)
    total = failed = 0
    shares = sum(target.share for target in targets.TARGETS)
    for target in targets.TARGETS:
        runs = arguments.runs * target.share // shares
        command = [sys.executable, "-m", "fuzz", "--target", target.name, "--runs", str(runs), "--seed", str(arguments.seed)]
        ended = subprocess.run(command, capture_output=True, text=True)
        done = re.search(r"number_of_executed_units: (\d+)", ended.stderr)
        total += int(done[1]) if done else 0
        print(f"{target.name}: {done[1] if done else 0} runs" + (", a finding" if ended.returncode else ""), flush=True)
        if ended.returncode:
            failed += 1
            print(ended.stdout, ended.stderr, sep="\n", file=sys.stderr)
    print(f"{total} runs, findings in {failed} targets")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
