"""Integers, varints and strings (spec/conventions.md)."""

from __future__ import annotations

from .errors import LlmcError

VARINT_MAX = 2**53 - 1


class Fields:
    """Reads fields one after another from data[position:end].

    A field that is malformed or cut short raises `code` at the field's first byte; `origin` is the offset in the file
    of data[0].
    """

    def __init__(self, data: bytes, position: int = 0, end: int | None = None, *, code: str, origin: int = 0):
        self.data = data
        self.position = position
        self.end = len(data) if end is None else end
        self.code = code
        self.origin = origin

    @property
    def remaining(self) -> int:
        return self.end - self.position

    @property
    def offset(self) -> int:
        """Offset in the file of the next field."""
        return self.origin + self.position

    def fault(self, message: str, offset: int | None = None) -> LlmcError:
        return LlmcError(self.code, self.offset if offset is None else offset, message)

    def bytes(self, count: int) -> bytes:
        if count > self.remaining:
            raise self.fault(f"a field of {count} bytes where {self.remaining} remain")
        self.position += count
        return self.data[self.position - count : self.position]

    def u8(self) -> int:
        return self.bytes(1)[0]

    def u16(self) -> int:
        return int.from_bytes(self.bytes(2), "little")

    def u32(self) -> int:
        return int.from_bytes(self.bytes(4), "little")

    def varint(self) -> int:
        value = 0
        for i in range(min(8, self.remaining)):
            byte = self.data[self.position + i]
            value += (byte & 127) << (7 * i)
            if byte < 128:
                if (byte == 0 and i > 0) or value > VARINT_MAX:
                    break
                self.position += i + 1
                return value
        raise self.fault("a varint that is cut short, too long or too large")

    def counted(self) -> bytes:
        """A varint n, then n bytes."""
        start = self.offset
        try:
            return self.bytes(self.varint())
        except LlmcError as error:
            raise self.fault(error.message, start) from None

    def string(self) -> str:
        start = self.offset
        encoded = self.counted()
        try:
            if not encoded.startswith(b"\xef\xbb\xbf"):
                return encoded.decode("utf-8")
        except UnicodeDecodeError:
            pass
        raise self.fault("a string that is not UTF-8, or begins with a byte-order mark", start)
