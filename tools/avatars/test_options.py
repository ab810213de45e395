"""Options: numbers that make no sense are refused, in a sentence."""

from __future__ import annotations

import argparse
import unittest

from options import seconds, share, whole


class Options(unittest.TestCase):
    def test_sensible_ones(self) -> None:
        self.assertEqual(share("2/8"), (1, 8))
        self.assertEqual(share("1/1"), (0, 1))
        self.assertEqual([seconds(x) for x in ("1", "1.5", "400")], [1.0, 1.5, 400.0])
        self.assertEqual([whole(25, 300, 25)(x) for x in ("25", "150", "300")], [25, 150, 300])

    def test_senseless_ones(self) -> None:
        for read, text, told in (
            (whole(1, 4096), "0", "a whole number from 1 to 4096"),
            (whole(1, 4096), "-1", "from 1 to 4096"),
            (whole(1, 4096), "4097", "from 1 to 4096"),
            (whole(1, 4096), "1.5", "from 1 to 4096"),
            (whole(1, 4096), "\u00b2", "from 1 to 4096"),
            (whole(1, 4096), "9" * 5000, "from 1 to 4096"),
            (whole(25, 300, 25), "1", "from 25 to 300, a multiple of 25"),
            (whole(25, 300, 25), "101", "a multiple of 25"),
            (seconds, "0", "from 1 to 400"),
            (seconds, "nan", "from 1 to 400"),
            (seconds, "inf", "from 1 to 400"),
            (seconds, "long", "from 1 to 400"),
            (share, "0/0", "as 2/8"),
            (share, "9/8", "as 2/8"),
            (share, "2", "as 2/8"),
            (share, "1/2/3", "as 2/8"),
            (share, "1/100000", "of 1000 at most"),
        ):
            with self.subTest(text=text[:20]), self.assertRaisesRegex(argparse.ArgumentTypeError, told) as caught:
                read(text)
            self.assertLess(len(str(caught.exception)), 120)


if __name__ == "__main__":
    unittest.main()
