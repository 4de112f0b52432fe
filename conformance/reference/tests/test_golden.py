"""The golden files of the format: every byte of what they hold comes back."""

from __future__ import annotations

import hashlib
import json
import unittest

from llmc_reference.decode import decode

from .pages import FIXTURES, ROOT

GOLDEN = FIXTURES / "golden"


class Golden(unittest.TestCase):
    def test_golden_files(self):
        manifest = json.loads((GOLDEN / "manifest.json").read_text())
        self.assertTrue(manifest)
        for entry in manifest:
            with self.subTest(entry["file"]):
                decoded = decode((GOLDEN / entry["file"]).read_bytes(), folders=[ROOT / "models"])
                for item, expected in zip(decoded.items, entry["items"], strict=True):
                    self.assertEqual(len(item.output), expected["length"])
                    self.assertEqual(hashlib.sha256(item.output).hexdigest(), expected["sha256"])


if __name__ == "__main__":
    unittest.main()
