"""Runs all tests; the last line counts what passed and failed."""

from __future__ import annotations

import sys
import unittest
from pathlib import Path

here = Path(__file__).resolve().parent
result = unittest.TextTestRunner(verbosity=1).run(unittest.defaultTestLoader.discover(str(here), top_level_dir=str(here.parent)))
failed = len(result.failures) + len(result.errors)
print(f"{result.testsRun - failed} passed, {failed} failed")
sys.exit(1 if failed else 0)
