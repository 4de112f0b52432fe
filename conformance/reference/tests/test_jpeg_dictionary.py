"""The common headers of the dictionary of side data, against their page."""

from __future__ import annotations

import hashlib
import re
import unittest

from llmc_reference.jpeg_dictionary import ENTRIES, TEXT_AND_BYTES, common_headers

from .pages import page


class CommonHeaders(unittest.TestCase):
    def setUp(self):
        self.page = page("jpeg-dictionary.md")

    def test_listings(self):
        lines = [line.removeprefix("    ") for line in self.page.split("\n")]
        listed = "\n".join(lines)
        self.assertIn(ENTRIES, listed)
        self.assertIn(TEXT_AND_BYTES, listed)

    def test_digest(self):
        length, digest = re.search(r"M has ([\d,]+) bytes; its SHA-256 is `(\w+)`", self.page).groups()
        self.assertEqual(len(common_headers()), int(length.replace(",", "")))
        self.assertEqual(hashlib.sha256(common_headers()).hexdigest(), digest)


if __name__ == "__main__":
    unittest.main()
