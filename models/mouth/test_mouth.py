"""Tests on a made-up mouth: a dark ellipse on a plain face that opens by one coefficient."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import numpy as np
import torch
from mouth import begin, dataset, eight, export, measure, planes
from mouth.__main__ import main, planned
from mouth.batches import Draws, turn, turn_flow, turn_teeth
from mouth.network import CARRIED, CARRY, SHARES, STEERING, Change, Mouth, Teeth, border, shifted
from mouth.train import HIDDEN, TELL_EVERY, Machine, Plan, Progress, loss, misses, train
from PIL import Image
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Mapping

    import onnxruntime

WIDTH, HEIGHT = 48, 32
COUNT = len(dataset.FACE["coefficients"])
SMALL = Plan(steps=600, batch=8, rate=2e-3, warm_up=50, keep=0.98, last_steps=100, widths=(16, 16, 16), save_every=100)


def face(opening: float) -> planes.Bytes:
    """Draw the made-up face."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    inside = ((x - WIDTH / 2) / 12) ** 2 + ((y - HEIGHT / 2) / (0.5 + 8 * opening)) ** 2 < 1
    picture = np.full((HEIGHT, WIDTH, 3), (200, 160, 140), np.uint8)
    picture[..., 0] -= (x // 2).astype(np.uint8)
    picture[inside] = (90, 30, 30)
    return picture


STRAIGHT = [[1.0, 0.0, 0.0, 0.0, 1.0, 0.0]] * 2


def stays(opening: float) -> np.ndarray:
    """Say that the made-up face stays where it is, and nothing of its mouth's inside: [h/2, w/2, 3]."""
    flow = np.zeros((HEIGHT // 2, WIDTH // 2, 3), np.float16)
    flow[..., 2] = (face(opening) == face(0)).all(-1).reshape(HEIGHT // 2, 2, WIDTH // 2, 2).mean((1, 3))
    return flow


def write(folder: Path, change: Mapping[str, object] | None = None) -> None:
    """Write renders."""
    rng = np.random.default_rng(1)
    Image.fromarray(face(0)).save(folder / "idle.png")
    samples = []
    for n in range(60):
        coefficients = [0.0] * COUNT
        coefficients[0] = 0.0 if n == 0 else float(rng.random())
        Image.fromarray(face(coefficients[0])).save(folder / f"{n}.png")
        np.save(folder / f"{n}.npy", stays(coefficients[0]))
        sample = {"picture": f"{n}.png", "flow": f"{n}.npy", "teeth": STRAIGHT, "idle": "a"}
        samples.append(sample | {"coefficients": coefficients, "held": n % 6 == 5})
    index = {
        "format": "visavis-mouths",
        "version": 2,
        "character": "nobody",
        "face": dataset.FACE["version"],
        "width": WIDTH,
        "height": HEIGHT,
        "coefficients": dataset.FACE["coefficients"],
        "idle": {"a": {"picture": "idle.png", "teeth": STRAIGHT}},
        "samples": samples,
    } | dict(change or {})
    (folder / "index.json").write_text(json.dumps(index))


class Planes(unittest.TestCase):
    def test_there_and_back(self) -> None:
        rng = np.random.default_rng(2)
        smooth = rng.integers(40, 216, (8, 12, 3), dtype=np.uint8).repeat(2, 0).repeat(2, 1)
        off = np.abs(planes.join(planes.split(smooth)).astype(int) - smooth)
        self.assertLess(off.max(), 4)

    def test_known_colours(self) -> None:
        # BT.709, limited range: white, black, pure red.
        for colour, want in (
            ((255, 255, 255), (235, 128, 128)),
            ((0, 0, 0), (16, 128, 128)),
            ((255, 0, 0), (63, 102, 240)),
        ):
            p = planes.split(np.full((2, 2, 3), colour, np.uint8))
            self.assertEqual((p[0, 0, 0], p[4, 0, 0], p[5, 0, 0]), want)


class Datasets(unittest.TestCase):
    def test_refusals(self) -> None:
        for change in (
            {"format": "zip"},
            {"version": 1},
            {"face": 99},
            {"coefficients": ["jaw"]},
            {"width": 47},
            {"width": 64},
            {"samples": []},
        ):
            with tempfile.TemporaryDirectory() as name, self.subTest(change=change):
                write(Path(name), change)
                with self.assertRaises(dataset.DatasetError):
                    dataset.load(Path(name))

    def test_to_judge_nothing_to_learn_from_is_needed(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write(folder)
            whole = json.loads((folder / "index.json").read_text())
            held = [s for s in whole["samples"] if s["held"]]
            (folder / "index.json").write_text(json.dumps(whole | {"samples": held}))
            with self.assertRaisesRegex(dataset.DatasetError, "to learn from"):
                dataset.load(folder)
            self.assertEqual(len(dataset.load(folder, to_judge=True).held), 10)
            (folder / "index.json").write_text(json.dumps(whole | {"samples": [s | {"held": False} for s in held]}))
            with self.assertRaisesRegex(dataset.DatasetError, "held out"):
                dataset.load(folder, to_judge=True)

    def test_the_middle_is_learned(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write(folder)
            for file in folder.glob("*.png"):
                with Image.open(file) as picture:
                    wide = Image.new("RGB", (WIDTH + 8, HEIGHT + 4), (255, 0, 0))
                    wide.paste(picture, (4, 2))
                wide.save(file)
            for file in folder.glob("*.npy"):
                np.save(file, np.pad(np.load(file), ((1, 1), (2, 2), (0, 0))))
            whole = json.loads((folder / "index.json").read_text())
            (folder / "index.json").write_text(json.dumps(whole | {"width": WIDTH + 8, "height": HEIGHT + 4}))
            data = dataset.load(folder)
            self.assertEqual((data.width, data.height), (WIDTH, HEIGHT))
            self.assertTrue((data.learned.resting[0] == planes.split(face(0))).all())
            self.assertEqual(data.learned.flow[0, 2].min(), 1, "what is known of the border is left away with it")

    def test_teeth_are_measured_from_the_middle(self) -> None:
        # Half as large again around the crop's first pixel, and one to the right.
        rows = dataset.Crops(Path(), 48, 32, 0, 0).teeth([[1.5, 0, 1, 0, 1.5, 0], STRAIGHT[1]])
        np.testing.assert_allclose(rows[0], [0.5, 0, 1 + 0.5 * 23.5, 0, 0.5, 0.5 * 15.5])
        self.assertEqual(np.abs(rows[1]).max(), 0)

    def test_what_is_known_of_a_flow(self) -> None:
        flow = np.zeros((4, 4, 3), np.float32)
        flow[:2, :2] = [[[4, 2, 1], [9, 9, 0]], [[6, 0, 1], [9, 9, 0]]]
        np.testing.assert_allclose(dataset.quarter(flow)[:, 0, 0], [5, 1, 0.5])
        self.assertEqual(dataset.quarter(flow)[2, 1, 1], 0)

    def test_a_face_at_rest_is_learned(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            write(Path(name))
            data = dataset.load(Path(name))
            self.assertEqual((len(data.learned), len(data.held)), (50 + 1, 10))
            self.assertEqual(data.learned.coefficients[-1].max(), 0)
            self.assertTrue((data.learned.speaking[-1] == data.learned.resting[-1]).all())


class Networks(unittest.TestCase):
    def test_border_is_untouched(self) -> None:
        window = border(16, 24)[0, 0]
        self.assertEqual(window[0].abs().sum() + window[-1].abs().sum() + window[:, 0].abs().sum(), 0)
        self.assertEqual(window[8, 12], 1)

    def test_loss_sees_what_moves(self) -> None:
        rest = torch.full((1, 6, 8, 8), 100.0)
        speaks = rest.clone()
        speaks[:, :, 4, 4] = 30
        here, there = rest.clone(), speaks.clone()
        there[:, :, 0, 0] += 70
        self.assertEqual(loss(speaks, speaks, rest), 0)
        self.assertGreater(loss(here, speaks, rest), 1.5 * loss(there, speaks, rest))


class Turning(unittest.TestCase):
    def test_places(self) -> None:
        rng = np.random.default_rng(4)
        crop = torch.from_numpy(planes.split(rng.integers(0, 256, (32, 48, 3), dtype=np.uint8)))[None].float()
        still = torch.tensor([[[1.0, 0, 0], [0, 1, 0]]])
        self.assertLess((turn(crop, still) - crop).abs().max(), 0.01)
        # Four pixels from the right and two from below, of 48 and 32 that are two wide and two high.
        moved = turn(crop, still + torch.tensor([[[0, 0, 4 * 2 / 48], [0, 0, 2 * 2 / 32]]]))
        self.assertLess((moved[..., 2:-3, 3:-4] - crop[..., 3:-2, 5:-2]).abs().max(), 0.1)
        # A quarter turn of a picture that is not square: no length changes.
        quarter = torch.tensor([[[0.0, -32 / 48, 0], [48 / 32, 0, 0]]])
        was, luma = (functional.pixel_shuffle(p[:, :4], 2)[0, 0] for p in (crop, turn(crop, quarter)))
        for row, column in ((4, 10), (20, 30), (15, 24)):
            self.assertLess((luma[row, column] - was[column - 8, 39 - row]).abs(), 0.1)

    def test_flows_turn_with_pictures(self) -> None:
        # What moves a picture before it is turned moves the turned one, by the turned flow.
        x, y = np.meshgrid(np.arange(96.0), np.arange(64.0))
        rests = np.stack([128 + 60 * np.sin(x / 9) * np.cos(y / 7)] * 3, -1)
        speaks = np.stack([128 + 60 * np.sin((x + 3) / 9) * np.cos((y - 2) / 7)] * 3, -1)
        crops = [torch.from_numpy(planes.split(p.round().astype(np.uint8)))[None].float() for p in (rests, speaks)]
        flow = torch.tensor([3.0, -2.0, 1.0])[None, :, None, None].expand(1, 3, 16, 24)
        angle, size = 0.3, 1.1
        c, s = size * np.cos(angle), size * np.sin(angle)
        turns = torch.tensor([[[c, -s * 64 / 96, 0.05], [s * 96 / 64, c, -0.1]]], dtype=torch.float32)
        rests, speaks = (turn(crop, turns) for crop in crops)
        across, down, known = turn_flow(flow, turns)[0]
        shift = torch.stack([across / 96, down / 64])[None] * SHARES
        moved = shifted(functional.pixel_shuffle(rests[:, :4], 2), shift, torch.ones(1, 1, 16, 24))
        off = (moved - functional.pixel_shuffle(speaks[:, :4], 2)).abs()[0, 0]
        self.assertLess(off[24:40, 36:60].max(), 3)
        self.assertGreater((rests - speaks).abs()[..., 12:20, 18:30].max(), 15)
        self.assertEqual(known[8, 12], 1)
        self.assertEqual(known[0, 0], 0)

    def test_teeth_turn_with_pictures(self) -> None:
        teeth = torch.tensor([[[0.02, -0.1, 3, 0.05, 0.1, -2], [0, 0, 0, 0, 0, 0]]])
        c, s = np.cos(0.2), np.sin(0.2)
        turns = torch.tensor([[[c, -s * 32 / 48, 4 * 2 / 48], [s * 48 / 32, c, -3 * 2 / 32]]], dtype=torch.float32)
        a, b, m, d, e, n = turn_teeth(teeth, turns, 48, 32)[0, 0].tolist()
        x, y = 5.0, -7.0
        was = c * x - s * y + 4, s * x + c * y - 3
        want = 1.02 * was[0] - 0.1 * was[1] + 3, 0.05 * was[0] + 1.1 * was[1] - 2
        self.assertAlmostEqual((1 + a) * x + b * y + m, want[0], 4)
        self.assertAlmostEqual(d * x + (1 + e) * y + n, want[1], 4)

    def test_all_of_a_batch_is_turned(self) -> None:
        crops = np.ones((2, 6, 16, 24), np.uint8)
        rest = (np.ones(shape, np.float32) for shape in ((2, COUNT), (2, 3, 8, 12), (2, 2, 6)))
        samples = dataset.Samples(crops, crops, *rest)
        torch.manual_seed(1)
        turned = Draws(samples, 64, torch.device("cpu")).next(turning=True)
        stayed = (turned.teeth == 1).flatten(1).all(1).float().mean().item()
        self.assertTrue(0.05 < stayed < 0.4, stayed)
        self.assertEqual(turned.flow.shape, (64, 3, 8, 12))


class Moving(unittest.TestCase):
    def test_shift(self) -> None:
        rng = np.random.default_rng(5)
        luma = torch.from_numpy(rng.integers(0, 256, (1, 1, 32, 48)).astype(np.float32))
        shift, keep = torch.zeros(1, 2, 8, 12), torch.ones(1, 1, 8, 12)
        self.assertLess((shifted(luma, shift, keep) - luma).abs().max(), 0.01)
        shift[:, 0], shift[:, 1] = 3 * SHARES / 48, -2 * SHARES / 32  # from three to the right and two above
        self.assertLess((shifted(luma, shift, keep)[..., 2:, :-3] - luma[..., :-2, 3:]).abs().max(), 0.01)
        keep[..., 4:6] = 0
        self.assertEqual(shifted(luma, shift, keep)[..., 18:22].abs().max(), 0)

    def test_teeth_are_carried(self) -> None:
        rows = Teeth(4, 32, 48)
        with torch.no_grad():
            rows.rows[0, 0, 6, 9] = 1.0  # a bright spot in the upper row
            rows.seen_out.get_parameter("bias").fill_(1.0)
        x, steering = torch.zeros(1, 4, 8, 12), torch.zeros(1, STEERING)
        for across, down in ((0, 0), (4, -3)):
            head = torch.tensor([[0.0, 0, across / CARRIED, 0, 0, down / CARRIED]])
            added, carries = rows(x, head, steering)
            at = np.unravel_index(int(added[0, 0].argmax()), (32, 48))
            self.assertEqual(at, (4 + 6 - down, 12 + 9 - across))
            self.assertEqual(carries.shape, (1, 2, CARRY))
        self.assertEqual(added[0, 0, :5].abs().max() + added[0, 0, :, :13].abs().max(), 0, "teeth are where mouths are")

    def test_misses(self) -> None:
        shift, teeth = torch.zeros(1, 2, 8, 12), torch.zeros(1, 2, CARRY)
        keep = torch.zeros(1, 1, 8, 12)
        change = Change(shift, keep, torch.zeros(1), torch.zeros(1), teeth)
        flow, carry = torch.zeros(1, 3, 8, 12), torch.zeros(1, 2, CARRY)
        self.assertEqual(misses(change, flow, carry), 0)
        flow[:, 0] = 6
        self.assertEqual(misses(change, flow, carry), 0, "it is not known")
        flow[:, 2, :4] = 1
        self.assertAlmostEqual(misses(change, flow, carry).item(), 3 + HIDDEN / 2, 4)
        keep[:, :, :4] = 1
        self.assertAlmostEqual(misses(change, flow, carry).item(), 3, 4)
        shift[:, 0] = 6 * SHARES / 48
        carry[:, 0, 2] = 8
        self.assertAlmostEqual(misses(change, flow, carry).item(), 2, 4)
        teeth[:, 0, 2] = 8 / CARRIED
        self.assertAlmostEqual(misses(change, flow, carry).item(), 0, 4)


class Telling(unittest.TestCase):
    def test_by_time_and_not_by_steps(self) -> None:
        clock, said = mock.Mock(return_value=100.0), io.StringIO()
        with mock.patch("mouth.train.time.monotonic", clock), contextlib.redirect_stdout(said):
            told = Progress(14000, 1000)
            self.assertEqual(said.getvalue(), "goes on at step 1000 of 14000\n", "at once")
            for step in range(1001, 1201):
                clock.return_value += 1.0
                if told.due():
                    told.tell(step, 0.25 * (step - told.told))
        lines = said.getvalue().splitlines()[1:]
        self.assertEqual(len(lines), 200 // TELL_EVERY)
        self.assertEqual(lines[0], "step 1030/14000, loss 0.25000, 1000.0 ms each, 216.2 min left")

    def test_where_it_begins(self) -> None:
        for step, want in ((0, ""), (700, "all 700 steps are done\n")):
            said = io.StringIO()
            with contextlib.redirect_stdout(said):
                Progress(700, step)
            self.assertEqual(said.getvalue(), want)


class Learning(unittest.TestCase):
    def test_from_renders_to_a_graph(self) -> None:
        torch.set_num_threads(1)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write(folder)
            data = dataset.load(folder)
            # Interrupted after a third, it goes on from there.
            saved = mock.Mock(side_effect=[None, KeyboardInterrupt])

            def rate(step: int, plan: Plan) -> float:
                if step in (0, 150):
                    saved()
                return plan.rate

            with (
                mock.patch("mouth.train.rate", rate),
                self.assertRaises(KeyboardInterrupt),
            ):
                train(data, SMALL, folder)
            self.assertEqual(torch.load(folder / "checkpoint.pt", weights_only=True)["step"], 100)
            self.assertEqual(
                planned(folder / "checkpoint.pt", Plan(), {"steps": None}), SMALL, "it goes on as it was begun"
            )
            said = io.StringIO()
            with contextlib.redirect_stdout(said):
                network, ranges = train(data, SMALL, folder)
            self.assertTrue(said.getvalue().startswith("goes on at step 100 of 700\n"), said.getvalue())
            self.assertIn("step 700/700", said.getvalue())
            self.assertEqual(torch.load(folder / "checkpoint.pt", weights_only=True)["step"], 700)
            again, same = train(data, SMALL, folder)
            self.assertTrue(all((ranges[k] == same[k]).all() for k in ranges | same))
            self.assertTrue(all((a == b).all() for a, b in zip(network.parameters(), again.parameters())))
            with self.assertRaisesRegex(SystemExit, "another plan"):
                train(data, planned(folder / "checkpoint.pt", Plan(), {"batch": 9}), folder)
            longer = planned(folder / "checkpoint.pt", Plan(), {"steps": SMALL.steps + 2})
            train(data, longer, folder, Machine(coarse=True))
            self.assertEqual(torch.load(folder / "checkpoint.pt", weights_only=True)["step"], SMALL.steps + 2 + 100)
            self.assertEqual(planned(folder / "none.pt", Plan(), {"steps": 9}), Plan(steps=9))

            export.whole(network, folder / "a.onnx")
            export.quantized(folder / "a.onnx", folder / "b.onnx", data.learned, ranges)
            still = measure.compare(data.held.resting, data.held.speaking, data.held.resting)
            reached = []
            for file in ("a.onnx", "b.onnx"):
                drawn = export.draw(export.session(folder / file), data.held)
                reached.append(measure.compare(data.held.resting, data.held.speaking, drawn))
            self.assertGreater(reached[0].crop, still.crop + 6, reached[0])
            self.assertGreater(reached[1].crop, reached[0].crop - 1, "8 bits cost little")
            self.assertGreater(reached[1].ssim, still.ssim)
            self.check_judging(folder, reached[1])
            self.check_rounding(network, ranges, data.held, export.draw(export.session(folder / "b.onnx"), data.held))
            self.check_sizes(export.session(folder / "b.onnx"))
            self.check_beginning(folder, network, data)

    def check_judging(self, folder: Path, reached: measure.Figures) -> None:
        """See that a graph that is there is judged as one that was just learned, and nothing is learned."""
        words = ["mouth", "--data", str(folder), "--out", str(folder / "out"), "--judge", str(folder / "b.onnx")]
        said = io.StringIO()
        with mock.patch("sys.argv", [*words, "--threads", "1"]), contextlib.redirect_stdout(said):
            main()
        self.assertIn(str(reached), said.getvalue())
        self.assertEqual([f.name for f in (folder / "out").iterdir()], ["judged.png"])

    def check_rounding(self, network: Mouth, ranges: eight.Ranges, held: dataset.Samples, drawn: planes.Bytes) -> None:
        """See that what was learned with is what the graph does."""
        with torch.no_grad(), eight.rounding(network, ranges):
            given = network(torch.from_numpy(held.resting).float(), torch.from_numpy(held.coefficients)).numpy()
        off = np.abs(np.clip(given, 0, 255) - drawn)
        self.assertLess(off.mean(), 0.6)  # a half is what bytes are rounded by
        self.assertIsInstance(next(iter(eight.convolutions(network).values())).weight, torch.nn.Parameter)

    def check_beginning(self, folder: Path, network: Mouth, data: dataset.Dataset) -> None:
        """See that a graph gives back what was learned, and that learning goes on from it."""
        known, rounded = begin.weights(folder / "b.onnx", network), set(eight.convolutions(network))
        for name, value in network.named_parameters():
            off = (known[name] - value).abs()
            layer, _, part = name.rpartition(".")
            step = torch.tensor(0.0)
            if layer in rounded:
                step = (
                    value.abs().amax((1, 2, 3), keepdim=True) / eight.WEIGHT_STEPS
                    if part == "weight"
                    else torch.tensor(0.002)
                )
            self.assertTrue((off <= 0.6 * step).all(), (name, off.max()))
        (folder / "on").mkdir()
        train(data, replace(SMALL, steps=1, last_steps=0, rate=0.0), folder / "on", known=folder / "b.onnx")
        went = torch.load(folder / "on" / "checkpoint.pt", weights_only=True)["network"]
        self.assertTrue(all((went[name] == value).all() for name, value in known.items()), "a step of no length")
        with self.assertRaisesRegex(begin.BeginError, r"luma_in.weight of \[16, 1, 8, 8\], and \[12, 1, 8, 8\]"):
            begin.weights(folder / "b.onnx", Mouth(HEIGHT, WIDTH, COUNT, (12, 16, 16)))
        (folder / "c.onnx").write_bytes(b"no graph")
        with self.assertRaisesRegex(begin.BeginError, "cannot be read"):
            begin.weights(folder / "c.onnx", network)

    def check_sizes(self, graph: onnxruntime.InferenceSession) -> None:
        for width, height in ((WIDTH, HEIGHT), (72, 48), (32, 22)):
            y = np.full((1, 1, height, width), 90, np.uint8)
            u = np.full((1, 1, height // 2, width // 2), 128, np.uint8)
            drawn = graph.run(None, {"y": y, "u": u, "v": u, "face": np.ones((1, COUNT), np.float32)})
            more, _, _, shift = (np.asarray(part) for part in drawn)
            self.assertEqual(more.shape, y.shape)
            for part in (more, shift[:, :1], shift[:, 1:2], 1 - shift[:, 2:]):
                self.assertEqual(np.abs(part[0, 0, 0]).max() + np.abs(part[0, 0, :, -1]).max(), 0, (width, height))


if __name__ == "__main__":
    unittest.main()
