"""Compares the lips that were measured with what was truly said, and prints the table.

usage: python report.py CASES MEASURED [MARKDOWN]

Truth is an opening by class of sound, one table for all languages, drawn out over 120 ms because no mouth jumps.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import numpy as np

FPS = 25
FINE = 200  # steps a second for the search of an offset
CLOSED = 0.012  # of the face's height
SPREAD = 0.12  # seconds over which an opening is drawn out
MARGIN = 0.2  # seconds around a sentence that count
REACH = 0.4  # offsets that are looked for, in seconds
NEAR = 0.02  # seconds around a bilabial in which its closure may be seen
BOUND, MEAN_BOUND = 40, 15  # ms

# Openings by class, from wide to shut: written down before anything was measured, and used for nothing else.
CLASSES = [
    (1.0, "aɐɑäæɶ"),
    (0.7, "ɛʌɔɒɜɝɞ"),
    (0.5, "eoəɚøœɤɵɘ"),
    (0.35, "iɪyʏɯɨʉuʊ"),
    (0.25, "jwɹɻɥɰhɦkɡgŋqxɣʔlɫɭʎθðɾrnɲɳçʝɟcʁʀɽɴ"),
    (0.2, "tdsʃzʒɕʑʂʐʈɖ"),
    (0.1, "fvɱʋ"),
    (0.0, "mbpɓɸβ"),
]
OPENING = {letter: opening for opening, letters in CLASSES for letter in letters}
BILABIAL = set("mbp")
# Consonants in which lips do not meet: how often they seem to tells what a closure is worth.
PARTED = set("tdsznlkɡɾ")
OPEN = set("aɐɑäæɛʌɔe")


class Case(NamedTuple):
    """A film and what is known of it."""

    about: dict
    gaps: np.ndarray
    delay: float


class Judged(NamedTuple):
    """What came of one sentence: offset in ms, correlation, closures seen of how many, false ones of how many."""

    offset: float
    r: float
    closed: int
    bilabials: int
    wrong: int
    parted: int


def opening(ipa: str) -> float:
    """Give the truth for one phoneme: of a diphthong or an affricate the mean and the last."""
    known = [OPENING[c] for c in ipa if c in OPENING]
    if not known:
        return 0.2 if ipa else 0.0
    return known[-1] if known[-1] <= 0.25 else float(np.mean(known))


def truth(case: Case, step: float, count: int) -> np.ndarray:
    """Give the true opening at count times, a step apart, as the film's sound stands."""
    fine = np.zeros(int((count * step + 1) * 1000))
    for sound in case.about["sounds"]:
        start, end = sound["start"] + case.delay, sound["end"] + case.delay
        value = opening(sound["ipa"])
        if not sound["ipa"] and end - start < 0.08 and start > 0:
            value = 0.2
        fine[max(0, round(start * 1000)) : max(0, round(end * 1000))] = value
    window = np.hanning(int(SPREAD * 1000) + 2)[1:-1]
    smooth = np.convolve(fine, window / window.sum(), mode="same")
    return smooth[np.round((np.arange(count) + 0.5) * step * 1000).astype(int)]


def spoken(case: Case) -> tuple[float, float]:
    """Give the first and the last time that counts."""
    said = [s for s in case.about["sounds"] if s["ipa"]]
    return said[0]["start"] + case.delay - MARGIN, said[-1]["end"] + case.delay + MARGIN


def offset(case: Case) -> float:
    """Give by how many ms the lips come after the sound: where the correlation peaks."""
    times = (np.arange(len(case.gaps)) + 0.5) / FPS
    fine = np.arange(0, times[-1], 1 / FINE)
    seen = np.interp(fine, times, case.gaps)
    wanted = truth(case, 1 / FINE, len(fine))
    lags = np.arange(-int(REACH * FINE), int(REACH * FINE) + 1)
    inside = slice(lags[-1], len(fine) - lags[-1])
    found = [np.corrcoef(wanted[inside], np.roll(seen, -lag)[inside])[0, 1] for lag in lags]
    best = int(np.clip(np.argmax(found), 1, len(lags) - 2))
    left, peak, right = found[best - 1 : best + 2]
    return (lags[best] + 0.5 * (left - right) / (left - 2 * peak + right + 1e-12)) / FINE * 1000


def closures(case: Case) -> tuple[int, int, int, int]:
    """Count bilabials with closed lips and all, and consonants between open vowels that seem closed and all."""
    times = (np.arange(len(case.gaps)) + 0.5) / FPS
    counts = [0, 0, 0, 0]
    sounds = case.about["sounds"]
    for at, sound in enumerate(sounds):
        start, end, ipa = sound["start"] + case.delay, sound["end"] + case.delay, sound["ipa"]
        middle = (start + end) / 2
        near = (times > min(start - NEAR, middle - 1 / FPS)) & (times < max(end + NEAR, middle + 1 / FPS))
        shut = bool(np.any(case.gaps[near] < CLOSED))
        if ipa and ipa[-1] in BILABIAL:
            counts[0] += shut
            counts[1] += 1
        elif ipa in PARTED and 0 < at < len(sounds) - 1:
            beside = sounds[at - 1]["ipa"], sounds[at + 1]["ipa"]
            if all(b and set(b) <= OPEN for b in beside):
                counts[2] += shut
                counts[3] += 1
    return counts[0], counts[1], counts[2], counts[3]


def judge(case: Case) -> Judged:
    """Judge one sentence."""
    times = (np.arange(len(case.gaps)) + 0.5) / FPS
    first, last = spoken(case)
    counted = (times > first) & (times < last)
    r = float(np.corrcoef(case.gaps[counted], truth(case, 1 / FPS, len(times))[counted])[0, 1])
    return Judged(offset(case), r, *closures(case))


def load(cases: Path, measured: Path, mode: str) -> list[Case]:
    """Read what was measured of one kind of films; a frame without a face is as the one before."""
    given = []
    for path in sorted(measured.glob(f"*-{mode}.json")):
        about = json.loads((cases / f"{path.stem.rsplit('-', 1)[0]}.json").read_text())
        seen = json.loads(path.read_text())
        gaps = np.array([np.nan if lips is None else lips[0] for lips in seen["lips"]])
        if np.isnan(gaps).any():
            print(f"{path.stem}: no face in {int(np.isnan(gaps).sum())} frames", file=sys.stderr)
            known = np.flatnonzero(~np.isnan(gaps))
            gaps = np.interp(np.arange(len(gaps)), known, gaps[known])
        given.append(Case(about, gaps, seen["delay"]))
    return given


def row(name: str, judged: list[Judged]) -> str:
    """Give one line of the table."""
    offsets = np.array([j.offset for j in judged])
    share = 100 * np.mean(np.abs(offsets) <= BOUND)
    closed, bilabials = sum(j.closed for j in judged), sum(j.bilabials for j in judged)
    wrong, parted = sum(j.wrong for j in judged), sum(j.parted for j in judged)
    r = np.array([j.r for j in judged])
    return (
        f"| {name} | {len(judged)} | {share:.0f} % | {np.mean(offsets):+.0f} ms "
        f"| {100 * closed / max(1, bilabials):.1f} % of {bilabials} "
        f"| {100 * wrong / max(1, parted):.0f} % of {parted} | {r.mean():.2f} | {np.percentile(r, 10):.2f} |"
    )


def main(cases: Path, measured: Path) -> str:
    """Give the tables."""
    lines: list[str] = []
    head = (
        f"| | sentences | offset within ±{BOUND} ms | mean offset | bilabials closed "
        "| other consonants closed | r, mean | r, worst tenth |\n"
        "|---|---|---|---|---|---|---|---|"
    )
    for mode, title in (("marks", "With marks"), ("audio", "From audio alone")):
        films = load(cases, measured, mode)
        groups: dict[str, list[Judged]] = defaultdict(list)
        for case in films:
            if case.about["speech"]:
                judged = judge(case)
                for name in ("all", {"ko": "Korean", "en": "English"}[case.about["language"]], case.about["voice"]):
                    groups[name].append(judged)
        lines += [f"### {title}", "", head]
        lines += [
            row(name, groups[name])
            for name in sorted(groups, key=lambda n: (n != "all", n not in ("Korean", "English"), n))
        ]
        lines += ["", "| nobody speaks | frames | frames with closed lips | widest gap |", "|---|---|---|---|"]
        for case in films:
            if not case.about["speech"]:
                share = 100 * np.mean(case.gaps < CLOSED)
                lines.append(f"| {case.about['voice']} | {len(case.gaps)} | {share:.0f} % | {case.gaps.max():.3f} |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    table = main(Path(sys.argv[1]), Path(sys.argv[2]))
    print(table)
    if len(sys.argv) > 3:
        Path(sys.argv[3]).write_text(table)
