"""Fuzzes the reference decoder with atheris: whatever comes, the answer is an output or a coded error.

    pip install atheris
    python fuzz.py [-max_total_time=SECONDS] [other options of libFuzzer]

Seeds are the vectors and golden files. Half of the inputs get right CRCs again after they were changed, so that what lies behind the
checks is reached. An input that breaks the decoder is written to the current folder; it becomes a vector.
"""

from __future__ import annotations

import sys
import tempfile
import zlib
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["llmc_reference"]):
    from llmc_reference.container import read_container
    from llmc_reference.decode import decode
    from llmc_reference.errors import LlmcError
    from llmc_reference.fields import Fields

ROOT = Path(__file__).resolve().parents[2]
LARGEST = 2048  # bytes of a seed or an input
MOST_TOKENS = 1024  # of an input: time is linear in them


def with_right_crcs(data: bytes) -> bytes:
    """The file with the CRCs of its header, sections and payloads made right, as far as it can be parsed."""
    repaired = bytearray(data)
    try:
        fields = Fields(data, 10, code="")
        length = fields.varint()
        end = fields.position + length
        repaired[end : end + 4] = zlib.crc32(bytes(repaired[:end])).to_bytes(4, "little")
        container = read_container(bytes(repaired))
        for part in [*container.sections, *container.chunks]:
            old = (part.crc if hasattr(part, "crc") else part.payload_crc).to_bytes(4, "little")
            place = repaired.find(old, fields.position, end)
            if place >= 0:
                body = bytes(repaired[part.offset : part.offset + part.length])
                repaired[place : place + 4] = zlib.crc32(body).to_bytes(4, "little")
        repaired[end : end + 4] = zlib.crc32(bytes(repaired[:end])).to_bytes(4, "little")
    except LlmcError:
        pass
    return bytes(repaired)


def mutate(data: bytes, largest: int, seed: int) -> bytes:
    changed = atheris.Mutate(data, largest)
    return with_right_crcs(changed) if seed % 2 else changed


def run(data: bytes) -> None:
    try:
        if sum(item.tokens for item in read_container(data).items) > MOST_TOKENS:
            return
        decode(data, folders=[ROOT / "conformance" / "models"], keep_going=len(data) % 2 == 1)
    except LlmcError:
        pass


def main() -> None:
    with tempfile.TemporaryDirectory() as corpus:
        seeds = [*(ROOT / "conformance" / "vectors").rglob("*.llmc"), *(ROOT / "fixtures" / "golden").glob("*.llmc")]
        for number, seed in enumerate(seeds):
            if seed.stat().st_size <= LARGEST:
                (Path(corpus) / str(number)).write_bytes(seed.read_bytes())
        atheris.Setup([*sys.argv, f"-max_len={LARGEST}", "-timeout=60", corpus], run, custom_mutator=mutate)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
