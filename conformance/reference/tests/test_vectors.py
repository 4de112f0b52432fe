"""The vectors of the conformance kit, decoded in this process; the runner does the same from outside, for any decoder."""

from __future__ import annotations

import hashlib
import json
import unittest
from pathlib import Path
from types import ModuleType

from llmc_reference import decode as reference

from .pages import ROOT, VECTORS

MANIFEST = VECTORS / "manifest.json"
LARGEST = 20_000  # bytes of output; larger items are left to the runner, to keep this quick


def failure(module: ModuleType, vector: dict) -> str | None:
    """What the module `decode` of a decoder does wrong with a vector; None if nothing."""
    data = (VECTORS / f"{vector['name']}.llmc").read_bytes()
    try:
        return _strict(module, data, vector) or _around(module, data, vector)
    except Exception as error:  # of a faulty decoder, whatever it is
        return f"it fails with {error!r}"


def folders_of(vector: dict) -> list[Path]:
    places = (ROOT / "conformance" / "models", ROOT / "models")
    return [place / name for name in vector.get("models", []) for place in places if (place / name).is_dir()]


def _strict(module: ModuleType, data: bytes, vector: dict) -> str | None:
    expect = vector["expect"]
    try:
        decoded = module.decode(data, folders=folders_of(vector))
    except module.LlmcError as fault:
        if fault.code not in expect.get("error", []):
            return f"{fault.code} {fault.message}"
        first, last = expect.get("offset", (0, len(data)))
        if fault.offset is not None and not first <= fault.offset <= last:
            return f"the offset {fault.offset} is not {first} to {last}"
        return None
    if "error" in expect:
        return f"it decodes, and should give {expect['error']}"
    return _difference([item.output for item in decoded.items], expect["items"])


def _around(module: ModuleType, data: bytes, vector: dict) -> str | None:
    expect = vector["expect"].get("keepGoing")
    if expect is None:
        return None
    decoded = module.decode(data, folders=folders_of(vector), keep_going=True)
    missing = set(expect["errors"]) - {fault.code for fault in decoded.faults}
    if missing or bool(decoded.lost) != (expect["status"] == 1):
        return f"{missing} is not reported, or the status is not {expect['status']}"
    return _difference([item.output for item in decoded.items], expect["items"])


def _difference(outputs: list[bytes | None], items: list[dict | None]) -> str | None:
    if len(outputs) != len(items):
        return f"{len(outputs)} items, not {len(items)}"
    for index, (output, item) in enumerate(zip(outputs, items, strict=True)):
        if item is None:  # nothing is asked
            continue
        if output is None:
            return f"item {index} has no output"
        if "sha256" in item and (len(output), hashlib.sha256(output).hexdigest()) != (item["bytes"], item["sha256"]):
            return f"item {index} has other bytes"
    return None


class Vectors(unittest.TestCase):
    def test_vectors(self):
        vectors = json.loads(MANIFEST.read_text())["vectors"]
        self.assertGreater(len(vectors), 100)
        for vector in vectors:
            if sum(item["bytes"] for item in vector["expect"].get("items", [])) > LARGEST:
                continue
            with self.subTest(vector["name"]):
                data = (VECTORS / f"{vector['name']}.llmc").read_bytes()
                self.assertEqual(hashlib.sha256(data).hexdigest(), vector["sha256"])
                self.assertIsNone(failure(reference, vector))


if __name__ == "__main__":
    unittest.main()
