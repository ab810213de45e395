"""Judges a graph by voices that it was not trained on, without pictures: the faces it gives against those wanted."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime as ort

from voice_face import corpus, network, texts, voices
from voice_face.coarticulation import Face
from voice_face.export import MEMORY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from voice_face.said import Said

SEED = 99
EACH = 12
TOLERANCE = 2  # faces beside a bilabial in which its closure may come
SHUT = 0.8


def run(session: ort.InferenceSession, samples: np.ndarray) -> np.ndarray:
    """Hear samples at the network's rate: faces × coefficients, the first at time 0."""
    after = (network.DELAY // network.FACES + 2) * network.BLOCK
    count = -(-(len(samples) + after) // network.BLOCK)
    heard = np.zeros(network.LEAD + count * network.BLOCK, np.float32)
    heard[network.LEAD : network.LEAD + len(samples)] = samples
    memory: dict[str, np.ndarray] = {
        i.name: np.zeros(i.shape, np.float32) for i in session.get_inputs() if i.name in MEMORY
    }
    memory["first"][:] = (np.log(network.FLOOR) - network.MEAN) / network.SPREAD
    given = []
    for n in range(count):
        block = heard[None, n * network.BLOCK : (n + 1) * network.BLOCK + network.LEAD]
        feed: dict[str, np.ndarray] = dict(memory)
        feed["samples"] = block
        faces, *rest = (np.asarray(value) for value in session.run(None, feed))
        memory = dict(zip(MEMORY, rest, strict=True))
        given.append(faces[0])
    return np.concatenate(given)[network.DELAY - 1 :]


def judges() -> dict[str, Callable[[Random], Said]]:
    """Give the voices that no network was trained on."""
    espeak = voices.open_espeak()
    kokoro, piper = voices.open_kokoro(espeak), voices.open_piper(espeak)
    style = kokoro.styles[corpus.HELD_OUT_STYLES[0]]
    return {
        "Piper Joe, English": lambda random: piper.speak(texts.sentence(random, "en")),
        "Kokoro nezumi, English": lambda random: kokoro.speak(texts.sentence(random, "en"), "en-us", style),
        "Kokoro nezumi, Korean": lambda random: kokoro.speak(texts.sentence(random, "ko"), "ko", style),
        "espeak Jiwon, Korean": lambda random: espeak.speak(texts.sentence(random, "ko"), "ko+visavis-woman"),
        "espeak Minjun, Korean": lambda random: espeak.speak(texts.sentence(random, "ko"), "ko+visavis-man"),
        "espeak m3, English": lambda random: espeak.speak(texts.sentence(random, "en"), "en-us+m3"),
        "espeak f2, Japanese": lambda random: espeak.speak(texts.sentence(random, "ja"), "ja+f2"),
    }


def table(graph: Path) -> str:
    """Give one line for each judge."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    face = Face()
    jaw, close = face.names.index("jawOpen"), face.names.index("mouthClose")
    lines = [
        "| voice | jawOpen, r | all coefficients, mean error | closures met | closures that were none |",
        "|---|---|---|---|---|",
    ]
    for name, speak in judges().items():
        path = voices.SPEECH / f"judge-{name.replace(' ', '-').replace(',', '')}.npz"
        if not path.exists():
            random = Random(f"{SEED}/{name}")  # noqa: S311 (what is said need not be secret)
            corpus.save(path, [corpus.resampled(speak(random), voices.FFMPEG) for _ in range(EACH)])
        given, wanted = [], []
        for said in corpus.load(path):
            faces = run(session, said.pcm.astype(np.float32) / 32768)
            count = len(said.pcm) * network.FACES // network.BLOCK
            given.append(faces[:count])
            wanted.append(face.faces(said.sounds, np.arange(count) * network.BLOCK / network.FACES / network.RATE))
        got, want = np.concatenate(given), np.concatenate(wanted)
        met, missed, false, all_given = 0, 0, 0, 0
        for first, last in runs(want[:, close] > SHUT):
            hit = got[max(0, first - TOLERANCE) : last + TOLERANCE, close].max() > SHUT
            met, missed = met + hit, missed + (not hit)
        for first, last in runs(got[:, close] > SHUT):
            all_given += 1
            false += want[max(0, first - TOLERANCE) : last + TOLERANCE, close].max() < SHUT / 2
        r = np.corrcoef(got[:, jaw], want[:, jaw])[0, 1]
        lines.append(
            f"| {name} | {r:.3f} | {np.abs(got - want).mean():.3f} "
            f"| {100 * met / max(1, met + missed):.0f} % of {met + missed} "
            f"| {100 * false / max(1, all_given):.0f} % of {all_given} |"
        )
    return "\n".join(lines)


def runs(true: np.ndarray) -> list[tuple[int, int]]:
    """Give first and last + 1 of each stretch that is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], true, [False]]).astype(int)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
