"""The worked example of dct-wavefront, and the tables that its page prints."""

from __future__ import annotations

import re
import unittest
from unittest import mock

import numpy as np

from llmc_reference import exact, exact_decisions, exact_dct, exact_features
from llmc_reference.codecs import Component, DctParameters, ZIGZAG
from llmc_reference.exact_features import DIAGONAL, Block, Edges, Plane

from .pages import integers, page

EXAMPLE = page("exact-dct-example.md")


def example_blocks() -> dict[str, dict[tuple[int, int], list[int]]]:
    """The coefficients of the example's frame."""
    planes: dict[str, dict[tuple[int, int], list[int]]] = {"Y": {}, "Cb": {}, "Cr": {}}
    for name, row, column, coefficients in re.findall(r"^\| (\w+) \((\d+), (\d+)\) \| (.*?) \| \d+ \|$", EXAMPLE, re.M):
        block = [0] * 64
        for k, value in re.findall(r"(\d+):(-?\d+)", coefficients):
            block[int(k)] = int(value)
        planes[name][int(row), int(column)] = block
    return planes


def example_frame() -> DctParameters:
    tables = tuple(tuple(first + 2 * DIAGONAL[k] for k in ZIGZAG) for first in (6, 10, 14))
    components = (
        Component(2, 2, 0x22, 0, 4, 6),
        Component(1, 1, 0x11, 1, 2, 3),
        Component(1, 1, 0x11, 2, 2, 3),
    )
    return DctParameters(0, 0, 32, 48, components, tables, 2, 3)


def last_of(x: list[int]) -> int:
    return max((exact_features.POSITION[k] for k in range(1, 64) if x[k]), default=0)


class Tables(unittest.TestCase):
    def test_logarithms(self):
        listed = page("exact-dct.md").split("are at most n:")[1].split("For instance")[0]
        self.assertEqual(exact_features.LOGARITHM_STARTS, integers(listed))

    def test_cosines(self):
        listed = page("exact-dct.md").split("sample s = 0 .. 7, in 1/256\n\n")[1].split("M(r, i)")[0]
        self.assertEqual(sum(exact_features.COSINES, []), integers(listed))

    def test_averages(self):
        listed = re.findall(r"M\((\d), (\d)\)\n((?:(?: +-?\d+){8}\n){8})", page("exact-dct.md"))
        self.assertEqual(len(listed), 5)
        for r, i, rows in listed:
            self.assertEqual(exact_features.averaging(int(r), int(i)).ravel().tolist(), integers(rows))

    def test_powers(self):
        listed = page("exact-profile.md").split("nearest integer:")[1].split("- Every symbol")[0]
        self.assertEqual(exact.TWO_TO_THE.tolist(), integers(listed))

    def test_logarithms_of_weights(self):
        listed = page("exact-profile.md").split("45426 = 65536 ln 2:")[1].split("What the arrangement")[0]
        self.assertEqual(exact.LOGARITHMS, integers(listed))

    def test_logistic_values(self):
        logits, rows = (
            [integers(row) for row in re.findall(r"^\| \d.*$", section, re.M)]
            for section in (EXAMPLE.split("## Frequencies")[1].split("## Decisions")[0], EXAMPLE.split("## Decisions")[1])
        )
        self.assertEqual(len(rows), 5)
        weights = exact.weights(np.array([[row[1] for row in logits]]))[0].tolist()
        for weight, (_, listed_weight, ln, ln_rest, logistic) in zip(weights, rows, strict=True):
            rest = sum(weights) - weight
            self.assertEqual((weight, exact.ln(weight), exact.ln(rest)), (listed_weight, ln, ln_rest))
            self.assertEqual(exact.logistic(weight, rest), logistic)


class Example(unittest.TestCase):
    def test_schedule(self):
        blocks = example_blocks()
        names = {}
        steps: list[list[str]] = []

        def evaluate(net, lanes):
            return [(lane, exact_dct.Symbols(None if lane.phase < 0 else lane.coefficients(), [], [])) for lane in lanes]

        def code(lane, symbols, coder):
            name = names.setdefault(id(lane.plane), ("Y", "Cb", "Cr")[len(names) % 3])
            true = blocks[name][lane.row, lane.column]
            if symbols.ks is None:
                lane.block.last = last_of(true)
                coded = [lane.block.last]
            else:
                prediction = Edges(lane.plane, lane.row, lane.column, lane.block, lane.phase).prediction
                coded = [true[k] - (prediction if k == 0 else 0) for k in symbols.ks]
                for k in symbols.ks:
                    lane.block.x[k] = true[k]
            phase = "L" if lane.phase < 0 else lane.phase
            return f"{name}({lane.row},{lane.column}) {phase} [{' '.join(map(str, coded))}]"

        class Recorder:
            """Stands in for the decisions and their range decoder; a step ends where lanes advance."""

            def __init__(self, payload):
                self.range = self

            def finish(self):
                pass

        def record(lane, symbols, coder):
            current.append(code(lane, symbols, coder))

        current: list[str] = []
        advance = exact_dct.Lane.advance

        def advancing(lane):
            if current:
                steps.append(list(current))
                current.clear()
            advance(lane)

        with (
            mock.patch.object(exact_dct, "_evaluate", evaluate),
            mock.patch.object(exact_dct, "_code", record),
            mock.patch.object(exact_dct, "Decisions", Recorder),
            mock.patch.object(exact_dct.Lane, "advance", advancing),
        ):
            decoded = exact_dct.decode_chunk((None, None), [(example_frame(), 3)], b"")
        listed = re.findall(r"^ +(\d+)  (\w+\(\d,\d\) .*)$", EXAMPLE, re.M)
        self.assertEqual([int(number) for number, _ in listed], list(range(len(steps))))
        self.assertEqual([line.split("   ") for _, line in listed], steps)
        for name, array in zip(("Y", "Cb", "Cr"), decoded[0], strict=True):
            for (row, column), block in blocks[name].items():
                self.assertEqual(array[row, column].tolist(), block)

    def test_decisions(self):
        test = self
        listed = [word.split(":") for word in re.findall(r"-?\d+:\d+:\d|\d+/\d+", EXAMPLE.split("begins with:")[1])]
        self.assertGreater(len(listed), 200)

        class PageEnd(Exception):
            pass

        class Silent:
            """A net all of whose outputs are 0."""

            def context(self, features):
                return np.zeros((len(features), 64), np.int64), np.zeros((len(features), 1), np.int64)

            def group(self, features, vectors, groups, lasts):
                return np.zeros((len(features), 1), np.int64)

            def coefficient(self, features, vectors, ks):
                return np.zeros((len(features), 79), np.int64)

        class Script:
            """Stands in for the range decoder, and answers what the page lists."""

            def __init__(self, payload):
                self.listed = iter(listed)

            def decode_bit(self, p):
                _, probability, bit = next(self.listed, (0, None, 0))
                if probability is None:
                    raise PageEnd
                test.assertEqual(p, int(probability))
                return int(bit)

            def decode_raw(self, n):
                value, bits = next(self.listed)[0].split("/")
                test.assertEqual(n, int(bits))
                return int(value)

        with mock.patch.object(exact_decisions, "RangeDecoder", Script), self.assertRaises(PageEnd):
            exact_dct.decode_chunk((Silent(), Silent()), [(example_frame(), 3)], b"")

    def test_features(self):
        planes = exact_dct._planes(example_frame(), 3)
        for name, plane in zip(("Y", "Cb", "Cr"), planes, strict=True):
            for row in range(plane.rows):
                for column in range(plane.columns):
                    block = Block()
                    block.x = example_blocks()[name][row, column]
                    block.last = last_of(block.x)
                    plane.finish(row, block)
        features = EXAMPLE.split("## Features")[1].split("## Frequencies")[0]
        for section in features.split("### ")[1:]:
            name, row, column = re.match(r"(\w+) \((\d), (\d)\)", section).groups()
            self._compare(planes[("Y", "Cb", "Cr").index(name)], int(row), int(column), section)

    def _compare(self, plane: Plane, row: int, column: int, section: str):
        context, *groups = section.split("\nGroup ")
        self.assertEqual(exact_features.context_features(plane, row, column), listed_features(context))
        for group in groups:
            number = int(re.match(r"\d+", group).group())
            block = Block()
            true = plane.blocks[row][column].x
            block.last = last_of(true)
            block.x = [x if k and (number == 0 or DIAGONAL[k] < number) else 0 for k, x in enumerate(true)]
            edges = Edges(plane, row, column, block, number)
            if number == 0:
                self.assertEqual(edges.prediction, int(re.search(r"prediction is (-?\d+)", group).group(1)))
            net, coefficients = group.split("Its coefficients:")
            self.assertEqual(exact_features.group_features(edges), listed_features(net))
            lines = re.findall(r"^    k = (\d+) +(.*)$", coefficients, re.M)
            self.assertTrue(lines)
            for k, line in lines:
                self.assertEqual(exact_features.coefficient_features(edges, int(k)), integers(line))


def listed_features(text: str) -> list[int]:
    """The numbers of lines that begin with that of their first feature, and a label of 19 characters."""
    features: list[int] = []
    for number, rest in re.findall(r"^ {4,6}(\d+)  .{18,19}?((?: -?\d+)+)$", text, re.M):
        assert int(number) == len(features), (number, len(features))
        features += integers(rest)
    return features


if __name__ == "__main__":
    unittest.main()
