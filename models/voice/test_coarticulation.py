"""The training's faces are those of the speech path in Go, which compares itself with the same file.

`python test_coarticulation.py write` writes the file anew.
"""

import json
import sys
import unittest

import numpy as np
from voice_face.coarticulation import ROOT, Face
from voice_face.said import Sound

PARITY = ROOT / "plugins/lipsync-lite/internal/curve/testdata/parity.json"
# Every kind of sound, pauses that are short, long, marked and unmarked, diphthongs and affricates.
SOUNDS = [
    Sound(0.10, 0.16, "m"),
    Sound(0.16, 0.30, "aɪ"),
    Sound(0.30, 0.34, "f"),
    Sound(0.34, 0.45, "o"),
    Sound(0.45, 0.50, ""),
    Sound(0.50, 0.56, "tʃ"),
    Sound(0.56, 0.58, "p"),
    Sound(0.58, 0.70, "u"),
    Sound(0.70, 0.78, "θ"),
    Sound(0.78, 0.90, "ɛ"),
    Sound(0.90, 1.20, ""),
    Sound(1.20, 1.26, "w"),
    Sound(1.26, 1.40, "ʌ"),
    Sound(1.80, 1.86, "l"),
    Sound(1.86, 2.00, "i"),
    Sound(2.00, 2.05, "☃"),
    Sound(2.05, 2.11, "b"),
    Sound(2.11, 2.40, "ɐ"),
    Sound(2.40, 2.47, "s"),
    Sound(2.47, 2.60, "ɯ"),
    Sound(2.60, 2.66, "k"),
    Sound(2.66, 2.74, "ɹ"),
    Sound(2.74, 2.80, "h"),
    Sound(2.80, 2.95, "æ"),
    Sound(2.95, 3.00, "dʑ"),
    Sound(3.00, 3.10, "j"),
    Sound(3.10, 3.30, "oʊ"),
]
TIMES = np.arange(0.0007, 3.8, 0.013)


def expected() -> dict[str, list]:
    faces = Face().faces(SOUNDS, TIMES)
    return {
        "sounds": [{"start": s.start, "end": s.end, "ipa": s.ipa} for s in SOUNDS],
        "times": [round(t, 6) for t in TIMES.tolist()],
        "faces": [[round(v, 8) for v in face] for face in faces.tolist()],
    }


class Parity(unittest.TestCase):
    def test_file_holds_what_is_computed(self) -> None:
        written = json.loads(PARITY.read_text())
        np.testing.assert_allclose(written["faces"], expected()["faces"], atol=1e-7)

    def test_lips_meet(self) -> None:
        face = Face()
        times = np.arange(0, 3.8, 0.04) + 0.02
        given = face.faces(SOUNDS, times)[:, face.names.index("mouthClose")]
        for sound in SOUNDS:
            if sound.ipa in ("m", "b", "p"):
                near = abs(times - (sound.start + sound.end) / 2) < 0.04
                self.assertEqual(given[near].max(), 1)


if __name__ == "__main__":
    if sys.argv[1:] == ["write"]:
        PARITY.write_text(json.dumps(expected(), ensure_ascii=False) + "\n")
    else:
        unittest.main()
