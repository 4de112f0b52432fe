"""Reads what the tests compare with: pages of the specification, fixtures, vectors."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SPEC = ROOT / "spec"
FIXTURES = ROOT / "fixtures"
VECTORS = ROOT / "conformance" / "vectors"


def page(name: str) -> str:
    return (SPEC / name).read_text()


def integers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"-?\d+", text)]
