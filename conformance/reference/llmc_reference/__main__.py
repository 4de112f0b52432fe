"""The command: python -m llmc_reference decode IN OUT, as conformance/README.md asks of a decoder."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from .container import read_container
from .decode import decode
from .errors import LlmcError


def main() -> int:
    parser = argparse.ArgumentParser(prog="llmc_reference", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("decode", help="restore what a file holds")
    command.add_argument("--keep-going", action="store_true", help="recover what is left of a damaged file")
    command.add_argument("--models", default=os.environ.get("LLMC_MODEL_PATH", ""), help="folders of model packages")
    command.add_argument("input", type=Path)
    command.add_argument("output", type=Path, help="a file; a folder if there are several items")
    command = commands.add_parser("inspect", help="print the header as JSON")
    command.add_argument("input", type=Path)
    arguments = parser.parse_args()
    try:
        if arguments.command == "inspect":
            print(json.dumps(_plain(read_container(arguments.input.read_bytes())), indent=2))
            return 0
        return _decode(arguments)
    except LlmcError as fault:
        _tell(fault)
        return 1


def _tell(fault: LlmcError) -> None:
    place = "" if fault.offset is None else f" at byte {fault.offset}"
    print(f"llmc_reference: {fault.message}{place} [{fault.code}]", file=sys.stderr)


def _decode(arguments: argparse.Namespace) -> int:
    folders = [Path(folder) for folder in arguments.models.split(os.pathsep) if folder]
    decoded = decode(arguments.input.read_bytes(), folders=folders, keep_going=arguments.keep_going)
    for fault in decoded.faults:
        _tell(fault)
    several = len(decoded.items) > 1
    if several:
        arguments.output.mkdir(exist_ok=True)
    for index, item in enumerate(decoded.items):
        if item.output is not None:
            (arguments.output / str(index) if several else arguments.output).write_bytes(item.output)
    return 1 if decoded.lost else 0


def _plain(value: object) -> object:
    """A value of dataclasses as JSON has it."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__ if name not in ("data",)}
    return str(value) if isinstance(value, LlmcError) else value


if __name__ == "__main__":
    sys.exit(main())
