"""Measures lips in films with MediaPipe's face mesh, which knows nothing of this project.

The mesh with refined landmarks is taken, which has a network of its own for lips: on a still mouth it trembles by a
tenth of what the plain one does.

usage: python measure.py FFMPEG FILMS CASES MEASURED

SYNC_WINDOW=x,y looks at a part of larger films, from there on: at one face of several.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import mediapipe
import numpy as np

# Of what is looked at; the mesh itself looks at 192 × 192.
WIDTH, HEIGHT = 640, 360
UPPER, LOWER, LEFT, RIGHT, TOP, CHIN = 13, 14, 61, 291, 10, 152
AUDIO = 16000


def frames(ffmpeg: str, film: Path) -> np.ndarray:
    """Decode a film: frames × height × width × 3."""
    command = [ffmpeg, "-v", "error", "-threads", "1", "-i", str(film)]
    if window := os.environ.get("SYNC_WINDOW"):
        left, top = map(int, window.split(","))
        command += ["-vf", f"crop={WIDTH}:{HEIGHT}:{left}:{top}"]
    raw = subprocess.run([*command, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, HEIGHT, WIDTH, 3)


def sound(ffmpeg: str, film: Path) -> np.ndarray:
    """Decode a film's sound as a player would place it."""
    command = [ffmpeg, "-v", "error", "-i", str(film), "-vn", "-af", "aresample=async=1:first_pts=0"]
    raw = subprocess.run(
        [*command, "-f", "s16le", "-ar", str(AUDIO), "-ac", "1", "-"], capture_output=True, check=True
    ).stdout
    return np.frombuffer(raw, np.int16)


def lips(mesh: mediapipe.solutions.face_mesh.FaceMesh, picture: np.ndarray) -> tuple[float, float] | None:
    """Give the gap of the lips and the width of the mouth, both over the face's height."""
    found = mesh.process(picture).multi_face_landmarks
    if not found:
        return None
    place = np.array([(p.x * WIDTH, p.y * HEIGHT) for p in found[0].landmark])

    def apart(a: int, b: int) -> float:
        return float(np.hypot(*(place[a] - place[b])))

    return apart(UPPER, LOWER) / apart(TOP, CHIN), apart(LEFT, RIGHT) / apart(TOP, CHIN)


def delay(film_sound: np.ndarray, case: Path, ffmpeg: str) -> float:
    """Tell how much later than it was spoken the sound stands in the film, in seconds."""
    command = [ffmpeg, "-v", "error", "-i", str(case), "-f", "s16le", "-ar", str(AUDIO), "-ac", "1", "-"]
    spoken = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.int16)
    if not spoken.any():
        return 0
    size = 1 << (len(spoken) + len(film_sound)).bit_length()
    product = np.fft.rfft(film_sound, size) * np.conj(np.fft.rfft(spoken, size))
    peak = int(np.argmax(np.fft.irfft(product, size)))
    return (peak if peak < size // 2 else peak - size) / AUDIO


def main(ffmpeg: str, films: Path, cases: Path, measured: Path) -> None:
    """Measure every film that is newer than its measure."""
    measured.mkdir(parents=True, exist_ok=True)
    for film in sorted(films.glob("*.mp4")):
        out = measured / f"{film.stem}.json"
        if out.exists() and out.stat().st_mtime > film.stat().st_mtime:
            continue
        with mediapipe.solutions.face_mesh.FaceMesh(max_num_faces=1, refine_landmarks=True) as mesh:
            seen = [lips(mesh, picture) for picture in frames(ffmpeg, film)]
        late = delay(sound(ffmpeg, film), cases / f"{film.stem.rsplit('-', 1)[0]}.wav", ffmpeg)
        part = out.with_suffix(".part")
        part.write_text(json.dumps({"delay": late, "lips": seen}))
        part.rename(out)
        print(film.stem, len(seen), f"{late * 1000:.0f} ms", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *(Path(a) for a in sys.argv[2:]))
