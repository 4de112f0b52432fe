"""Huffman tables of JPEG files: their codes, the standard ones, and those derived from counts (spec/jpeg.md, 7 and 9)."""

from __future__ import annotations

from dataclasses import dataclass


class JpegError(Exception):
    """Side data or coefficients break a rule of spec/jpeg.md."""


class NoCode(JpegError):
    """A symbol has no code."""


@dataclass(frozen=True)
class HuffmanTable:
    """A table as DHT has it: bits[l - 1] codes of length l, and their symbols."""

    bits: tuple[int, ...]
    symbols: tuple[int, ...]

    def codes(self) -> dict[int, tuple[int, int]]:
        """Code and length of each symbol (C.2); of equal symbols the first counts."""
        codes: dict[int, tuple[int, int]] = {}
        code, used = 0, 0
        for length, count in enumerate(self.bits, start=1):
            for symbol in self.symbols[used : used + count]:
                codes.setdefault(symbol, (code, length))
                code += 1
            if code > 1 << length:
                raise JpegError(f"the codes up to length {length} do not fit")
            used += count
            code <<= 1
        return codes

    def contents(self, slot: int) -> bytes:
        """The table in a DHT segment (B.2.4.2); slot is class << 4 | identifier."""
        return bytes([slot, *self.bits, *self.symbols])


def read_tables(contents: bytes) -> dict[int, HuffmanTable]:
    """The tables of a DHT segment by slot."""
    tables = {}
    position = 0
    while position < len(contents):
        if position + 17 > len(contents):
            raise JpegError("a DHT segment is cut short")
        slot, bits = contents[position], tuple(contents[position + 1 : position + 17])
        count = sum(bits)
        position += 17
        if slot >> 4 > 1 or slot & 15 > 3 or count > 256 or position + count > len(contents):
            raise JpegError("a DHT segment is malformed")
        table = HuffmanTable(bits, tuple(contents[position : position + count]))
        table.codes()
        tables[slot] = table
        position += count
    return tables


def derived_table(counts: dict[int, int]) -> HuffmanTable:
    """The optimal table for symbols that occur so often."""
    frequency = [counts.get(symbol, 0) for symbol in range(256)] + [1]
    if not any(frequency[:256]):
        raise JpegError("a derived table has no symbols")
    size, following = [0] * 257, [-1] * 257

    def least(but: int) -> int:
        """The symbol of least frequency, of several the largest; -1 if there is none."""
        found = [s for s in range(257) if frequency[s] > 0 and s != but]
        return min(found, key=lambda s: (frequency[s], -s), default=-1)

    def lengthen(symbol: int) -> int:
        """Adds 1 to the size of each symbol of a chain; returns the last."""
        while True:
            size[symbol] += 1
            if following[symbol] < 0:
                return symbol
            symbol = following[symbol]

    while True:
        a = least(-1)
        b = least(a)
        if b < 0:
            break
        frequency[a] += frequency[b]
        frequency[b] = 0
        following[lengthen(a)] = b
        lengthen(b)
    if max(size) > 32:
        raise JpegError("a derived table has codes of more than 32 bits")
    bits = [0] * 33
    for length in filter(None, size):
        bits[length] += 1
    for length in range(32, 16, -1):
        while bits[length] > 0:
            shorter = length - 2
            while bits[shorter] == 0:
                shorter -= 1
            bits[length] -= 2
            bits[length - 1] += 1
            bits[shorter + 1] += 2
            bits[shorter] -= 1
    longest = max(length for length in range(33) if bits[length] > 0)
    bits[longest] -= 1
    symbols = sorted((s for s in range(256) if size[s] > 0), key=lambda s: (size[s], s))
    return HuffmanTable(tuple(bits[1:17]), tuple(symbols))


def _standard(bits: str, symbols: str | bytes) -> HuffmanTable:
    return HuffmanTable(tuple(bytes.fromhex(bits)), tuple(bytes.fromhex(symbols) if isinstance(symbols, str) else symbols))


# Tables K.3 to K.6 by slot.
STANDARD = {
    0x00: _standard("00 01 05 01 01 01 01 01 01 00 00 00 00 00 00 00", bytes(range(12))),
    0x01: _standard("00 03 01 01 01 01 01 01 01 01 01 00 00 00 00 00", bytes(range(12))),
    0x10: _standard(
        "00 02 01 03 03 02 04 03 05 05 04 04 00 00 01 7D",
        """01 02 03 00 04 11 05 12 21 31 41 06 13 51 61 07 22 71 14 32 81 91 A1 08 23 42 B1
           C1 15 52 D1 F0 24 33 62 72 82 09 0A 16 17 18 19 1A 25 26 27 28 29 2A 34 35 36 37
           38 39 3A 43 44 45 46 47 48 49 4A 53 54 55 56 57 58 59 5A 63 64 65 66 67 68 69 6A
           73 74 75 76 77 78 79 7A 83 84 85 86 87 88 89 8A 92 93 94 95 96 97 98 99 9A A2 A3
           A4 A5 A6 A7 A8 A9 AA B2 B3 B4 B5 B6 B7 B8 B9 BA C2 C3 C4 C5 C6 C7 C8 C9 CA D2 D3
           D4 D5 D6 D7 D8 D9 DA E1 E2 E3 E4 E5 E6 E7 E8 E9 EA F1 F2 F3 F4 F5 F6 F7 F8 F9 FA""",
    ),
    0x11: _standard(
        "00 02 01 02 04 04 03 04 07 05 04 04 00 01 02 77",
        """00 01 02 03 11 04 05 21 31 06 12 41 51 07 61 71 13 22 32 81 08 14 42 91 A1 B1 C1
           09 23 33 52 F0 15 62 72 D1 0A 16 24 34 E1 25 F1 17 18 19 1A 26 27 28 29 2A 35 36
           37 38 39 3A 43 44 45 46 47 48 49 4A 53 54 55 56 57 58 59 5A 63 64 65 66 67 68 69
           6A 73 74 75 76 77 78 79 7A 82 83 84 85 86 87 88 89 8A 92 93 94 95 96 97 98 99 9A
           A2 A3 A4 A5 A6 A7 A8 A9 AA B2 B3 B4 B5 B6 B7 B8 B9 BA C2 C3 C4 C5 C6 C7 C8 C9 CA
           D2 D3 D4 D5 D6 D7 D8 D9 DA E2 E3 E4 E5 E6 E7 E8 E9 EA F2 F3 F4 F5 F6 F7 F8 F9 FA""",
    ),
}
