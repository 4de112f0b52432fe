"""What the fuzzer starts from, and every input by which it has found a fault, has a right outcome (fuzz/targets.py)."""

from __future__ import annotations

import unittest
from pathlib import Path

from fuzz.targets import TARGETS

FINDINGS = Path(__file__).resolve().parents[1] / "fuzz" / "findings"


class Fuzz(unittest.TestCase):
    def test_seeds(self):
        for target in TARGETS:
            with self.subTest(target.name):
                seeds = target.seeds()
                self.assertGreater(len(seeds), 0)
                for data in seeds[:20]:
                    target.run(data)
                    target.run(data[: len(data) // 2])

    def test_findings(self):
        for path in sorted(FINDINGS.glob("*-*")):
            with self.subTest(path.name):
                target = next(target for target in TARGETS if path.name.startswith(f"{target.name}-"))
                target.run(path.read_bytes())


if __name__ == "__main__":
    unittest.main()
