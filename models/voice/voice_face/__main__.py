"""Makes the voice network, step by step; each goes on where it was stopped."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
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
FILES = {"espeak": 48, "kokoro": 100, "coded": 8}
SHARES = {"espeak": 0.35, "coded": 0.15, "kokoro": 0.5}


def make_corpus() -> None:
    """Speak it all."""
    espeak = voices.open_espeak()
    kokoro = voices.open_kokoro(espeak)

    def coded(random: Random) -> Said:
        files = sorted(CORPUS.glob("kokoro-*.npz")) + sorted(CORPUS.glob("espeak-*.npz"))[:24]
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
    saved = torch.load(CHECKPOINT, weights_only=True, map_location="cpu")
    model.load_state_dict(
        {k.removeprefix("module."): v for k, v in saved["averaged"].items() if k.startswith("module.")}
    )
    listed = json.loads(COEFFICIENTS.read_text())
    export.write(model, listed["coefficients"], listed["version"], GRAPH)
    print(f"{GRAPH.name}: step {saved['step']}, {GRAPH.stat().st_size / 1e6:.2f} MB")


def machine(workers: int | None) -> train.Machine:
    """Take a card where there is one: it needs clips from all cores, a processor from one beside its own."""
    card = torch.cuda.is_available()
    if workers is None:
        spare = len(os.sched_getaffinity(0)) - 1
        workers = spare if card else min(spare, 1)
    return train.Machine("cuda" if card else "cpu", workers)


def main() -> None:
    """Do one step."""
    parser = argparse.ArgumentParser(prog="voice_face", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    steps.add_parser("corpus", help="speak it all")
    learn = steps.add_parser("train", help="learn from it")
    learn.add_argument("--steps", type=int, default=train.STEPS)
    learn.add_argument("--rate", type=float, default=train.RATE, help="how far the first steps go")
    learn.add_argument("--begin", type=Path, metavar="GRAPH", help="with what a network has learned before")
    learn.add_argument("--workers", type=int, help="processes that make clips beside it")
    steps.add_parser("export", help="write the graph")
    steps.add_parser("evaluate", help="judge it")
    args = parser.parse_args()
    if args.step == "corpus":
        make_corpus()
    elif args.step == "train":
        face, plan = Face(), train.Plan(args.steps, args.rate, args.begin)
        train.train(face.names, train.clips(face, CORPUS, SHARES), CHECKPOINT, plan, machine(args.workers))
    elif args.step == "export":
        write_graph()
    else:
        print(evaluate.table(GRAPH))


if __name__ == "__main__":
    main()
