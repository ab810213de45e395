"""Makes the voice network, step by step; each goes on where it was stopped.

usage: python -m voice_face corpus|train|export|evaluate
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import torch

from voice_face import corpus, evaluate, export, train, voices
from voice_face.coarticulation import COEFFICIENTS, ROOT, Face
from voice_face.network import VoiceFace

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from voice_face.said import Said

CORPUS = voices.BUILD / "voice-corpus"
CHECKPOINT = CORPUS / "network.pt"
GRAPH = ROOT / "plugins/lipsync-lite/internal/hearing/voice.onnx"
# Files of each kind, and the share of clips that each kind is for.
FILES = {"espeak": 24, "kokoro": 44, "coded": 4}
SHARES = {"espeak": 0.35, "coded": 0.15, "kokoro": 0.5}


def make_corpus() -> None:
    """Speak it all."""
    espeak = voices.open_espeak()
    kokoro = voices.open_kokoro(espeak)

    def coded(random: Random) -> Said:
        files = sorted(CORPUS.glob("kokoro-*.npz"))[:24] + sorted(CORPUS.glob("espeak-*.npz"))[:12]
        said = random.choice(corpus.load(random.choice(files)))
        return corpus.coded(random, said, voices.FFMPEG, voices.SPEECH)

    speakers: dict[str, Callable[[Random], Said]] = {
        "espeak": lambda random: corpus.by_espeak(random, espeak),
        "kokoro": lambda random: corpus.by_kokoro(random, kokoro),
        "coded": coded,
    }
    for kind, speak in speakers.items():
        for line in corpus.make(CORPUS, kind, FILES[kind], speak, voices.FFMPEG):
            print(line, flush=True)


def write_graph() -> None:
    """Export the newest checkpoint."""
    model = VoiceFace(len(Face().names))
    saved = torch.load(CHECKPOINT, weights_only=True)
    model.load_state_dict(
        {k.removeprefix("module."): v for k, v in saved["averaged"].items() if k.startswith("module.")}
    )
    listed = json.loads(COEFFICIENTS.read_text())
    export.write(model, listed["coefficients"], listed["version"], GRAPH)
    print(f"{GRAPH.name}: step {saved['step']}, {GRAPH.stat().st_size / 1e6:.2f} MB")


def main(arguments: list[str]) -> int:
    """Do one step."""
    steps: dict[str, Callable[[], object]] = {
        "corpus": make_corpus,
        "train": lambda: train.train(Face(), CORPUS, CHECKPOINT, SHARES),
        "export": write_graph,
        "evaluate": lambda: print(evaluate.table(GRAPH)),
    }
    if len(arguments) != 1 or arguments[0] not in steps:
        print(__doc__, file=sys.stderr)
        return 2
    steps[arguments[0]]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
