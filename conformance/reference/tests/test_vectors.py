"""The vectors of the conformance kit, decoded in this process; the runner does the same from outside, for any decoder."""

from __future__ import annotations

import hashlib
import json
import unittest
from pathlib import Path

from llmc_reference.decode import decode
from llmc_reference.errors import LlmcError

from .pages import ROOT, VECTORS

MANIFEST = VECTORS / "manifest.json"
LARGEST = 20_000  # bytes of output; larger items are left to the runner, to keep this quick


class Vectors(unittest.TestCase):
    def test_vectors(self):
        manifest = json.loads(MANIFEST.read_text())
        self.assertGreater(len(manifest["vectors"]), 100)
        for vector in manifest["vectors"]:
            with self.subTest(vector["name"]):
                self.check(vector)

    def check(self, vector: dict) -> None:
        expect = vector["expect"]
        if sum(item["bytes"] for item in expect.get("items", [])) > LARGEST:
            return
        data = (VECTORS / f"{vector['name']}.llmc").read_bytes()
        self.assertEqual(hashlib.sha256(data).hexdigest(), vector["sha256"])
        # Those that are not the kit's are bundled.
        kit, bundled = ROOT / "conformance" / "models", ROOT / "models"
        folders = [kit / name if (kit / name).is_dir() else bundled / name for name in vector.get("models", [])]
        if "items" in expect:
            self.compare([item.output for item in decode(data, folders=folders).items], expect["items"])
            return
        with self.assertRaises(LlmcError) as raised:
            decode(data, folders=folders)
        self.assertIn(raised.exception.code, expect["error"])
        if "offset" in expect and raised.exception.offset is not None:
            first, last = expect["offset"]
            self.assertTrue(first <= raised.exception.offset <= last, f"{raised.exception.offset} is not {first} to {last}")
        if "keepGoing" in expect:
            self.keep_going(data, folders, expect["keepGoing"])

    def keep_going(self, data: bytes, folders: list[Path], expect: dict) -> None:
        decoded = decode(data, folders=folders, keep_going=True)
        self.assertLessEqual(set(expect["errors"]), {fault.code for fault in decoded.faults})
        self.assertEqual(1 if decoded.lost else 0, expect["status"])
        self.compare([item.output for item in decoded.items], expect["items"])

    def compare(self, outputs: list[bytes | None], items: list[dict | None]) -> None:
        self.assertEqual(len(outputs), len(items))
        for output, item in zip(outputs, items, strict=True):
            if item is None:  # nothing is asked
                continue
            self.assertIsNotNone(output)
            if "sha256" in item:
                self.assertEqual((len(output), hashlib.sha256(output).hexdigest()), (item["bytes"], item["sha256"]))


if __name__ == "__main__":
    unittest.main()
