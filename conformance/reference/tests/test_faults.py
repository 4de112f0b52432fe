"""The vectors find faults: a copy of the decoder with one deliberate fault, in each of its files, fails one of them."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
import tempfile
import unittest
from pathlib import Path
from types import ModuleType

from .pages import ROOT, VECTORS
from .test_vectors import failure

PACKAGE = ROOT / "conformance" / "reference" / "llmc_reference"

# File, what stands there, what stands there in the copy, and the group of vectors that must tell.
FAULTS = [
    ("fields.py", "(byte == 0 and i > 0)", "False", "invalid/header"),
    ("fields.py", 'startswith(b"\\xef\\xbb\\xbf")', 'startswith(b"never")', "invalid/header"),
    ("container.py", "if data[8] != 1:", "if data[8] == 0:", "invalid/signature"),
    ("container.py", "self.type[0].isupper()", "self.type[1].isupper()", "valid/container"),
    ("container.py", "if body.remaining and minor == 0:", "if body.remaining:", "valid/container"),
    ("codecs.py", "base[n] * scale + 50", "base[n] * scale + 49", "valid/jpeg"),
    ("codecs.py", "-(-height // (8 *", "(height // (8 *", "valid/jpeg"),
    ("codecs.py", "counted = (h, v) if component_count > 1 else (1, 1)", "counted = (h, v)", "valid/jpeg"),
    ("metadata.py", 'raise fields.fault("a name that is not fit for a file", offset)', "raise ValueError(name)", "valid/container"),
    ("raw.py", "or inflater.unused_data", "", "invalid/chunk"),
    ("side_record.py", "or inflater.unused_data", "", "invalid/section"),
    ("errors.py", "self.code = code", 'self.code = code.replace("crc", "corrupt")', "invalid/chunk"),
    ("decode.py", "if crc != chunk.tokens_crc:", "if False:", "invalid/chunk"),
    ("decode.py", "if section.critical:", "if True:", "valid/container"),
    ("range_coder.py", "bound = self.range * p >> 16", "bound = (self.range >> 16) * p", "valid/jpeg"),
    ("range_coder.py", 'self.payload.endswith(b"\\0")', "False", "invalid/chunk"),
    ("range_coder.py", "self.range = (self.range * end >> 16) - lower", "self.range = self.range * (end - start) >> 16", "valid/exact"),
    ("adaptive_dct.py", "nearest = g if f < 64 else g + 1", "nearest = g", "valid/jpeg"),
    ("jpeg_tables.py", "key=lambda s: (frequency[s], -s)", "key=lambda s: (frequency[s], s)", "valid/jpeg"),
    ("jpeg_scan.py", "if byte == 0xFF:", "if byte == 0xFE:", "valid/jpeg"),
    ("jpeg_dictionary.py", "for i in range(1024):", "for i in range(1023):", "valid/jpeg"),
    ("jpeg.py", "for shift in range(7, -1, -1)", "for shift in range(8)", "valid/jpeg"),
    ("jpeg_prediction.py", "8 * file.width + at.right", "8 * file.width", "valid/jpeg"),
    ("jpeg_prediction.py", "weight = np.where(z < 1024, near, far)", "weight = np.where(z < 1024, near, 0)", "valid/jpeg"),
    ("jpeg_prediction.py", "squares[full] >>= 1", "pass", "valid/jpeg"),
    ("jpeg_prediction.py", "if component == 0 else 0", "", "valid/jpeg"),
    ("adaptive_index.py", "own: Key = (\"layer\", layer, b)", "own: Key = (\"layer\", 0, b)", "valid/rvq"),
    ("adaptive_index.py", "hashed(7, ne),", "hashed(7, nw),", "valid/vq"),
    ("index_streams.py", '" " * (-len(text) % 8)', '" " * (-len(text) % 4)', "valid/vq"),
    ("index_streams.py", "if element & 4 else", "if element & 8 else", "valid/rvq"),
    ("exact.py", "sums >> np.maximum(self.shift, 0)", "-(-sums >> np.maximum(self.shift, 0))", "valid/exact"),
    ("exact_dct.py", "added = vectors + self.coefficient_index[ks]", "added = vectors", "valid/exact"),
    ("exact_decisions.py", "squash(total >> 14)", "squash(total + 1 >> 14)", "valid/exact"),
    ("exact_decisions.py", "c = x[j] * d + 1024 >> 11", "c = x[j] * d >> 11", "valid/exact"),
    ("exact_decisions.py", "sum(weights[12:16])", "sum(weights[11:16])", "valid/exact"),
    ("exact_decisions.py", "rank < 39 else 0", "rank < 37 else 0", "valid/exact"),
    ("exact_decisions.py", "slope >> 1)", "-(-slope >> 1))", "valid/exact"),
    ("exact_index.py", "- (self.averages[i] >> shift)", "- (vector >> shift)", "valid/exact-index"),
    ("exact_index.py", "0 <= column + dx < self.width and place >= 0", "place >= 0", "valid/exact-index"),
    ("exact_index.py", "sets = [(\"indexA\", layer, b)", "sets = [(\"indexA\", 0, b)", "valid/exact-index"),
    ("exact_features.py", "1024 * wide", "1023 * wide", "valid/exact"),
    ("package.py", "{'x'.join(", "{'*'.join(", "valid/exact"),
]


def vectors_of(group: str) -> list[dict]:
    """The vectors of a group, the smallest first."""
    vectors = json.loads((VECTORS / "manifest.json").read_text())["vectors"]
    return sorted((vector for vector in vectors if vector["name"].startswith(group)), key=lambda vector: vector["bytes"])


class Faults(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        sys.path.insert(0, str(self.folder))
        self.addCleanup(sys.path.remove, str(self.folder))

    def test_each_file_has_a_fault(self):
        files = {path.name for path in PACKAGE.glob("*.py")} - {"__init__.py", "__main__.py"}
        self.assertEqual(files, {file for file, *_ in FAULTS})

    def test_faults(self):
        for number, (file, right, wrong, group) in enumerate(FAULTS):
            with self.subTest(file=file, fault=wrong):
                faulty = self.copy(f"llmc_faulty_{number}", file, right, wrong)
                found = next((vector for vector in vectors_of(group) if failure(faulty, vector)), None)
                self.assertIsNotNone(found, f"no vector of {group} finds it")
                self.assertIsNone(failure(importlib.import_module("llmc_reference.decode"), found))

    def copy(self, name: str, file: str, right: str, wrong: str) -> ModuleType:
        """The module `decode` of a copy of the decoder with a fault."""
        shutil.copytree(PACKAGE, self.folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        path = self.folder / name / file
        source = path.read_text()
        self.assertEqual(source.count(right), 1, f"{right} stands {source.count(right)} times in {file}")
        path.write_text(source.replace(right, wrong))
        importlib.invalidate_caches()
        return importlib.import_module(f"{name}.decode")


if __name__ == "__main__":
    unittest.main()
