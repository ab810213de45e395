"""Clips depend on their number alone, without speech the face rests, and learning goes on where it stopped."""

import functools
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch
from voice_face import begin, export, network, train, unspoken
from voice_face.augment import Clips
from voice_face.coarticulation import Face
from voice_face.network import VoiceFace
from voice_face.said import Said, Sound

torch.set_num_threads(1)
SECOND = network.RATE
KINDS = (
    unspoken.music,
    unspoken.melody,
    unspoken.struck,
    unspoken.crackle,
    unspoken.clatter,
    unspoken.hum,
    unspoken.unspoken,
)


@functools.cache
def source() -> Clips:
    """Open a corpus of one speech, in clips of half a second."""
    pcm = (np.sin(np.arange(SECOND) / 9) * 9000).astype(np.int16)
    said = Said(pcm, SECOND, [Sound(0.1, 0.3, "m"), Sound(0.3, 0.8, "a")])
    return Clips(Face(), [[said]], [1.0], SECOND // 2, np.arange(25) / 50)


class TestUnspoken(unittest.TestCase):
    def test_each_is_of_level_one_and_as_long_as_asked(self) -> None:
        for kind in KINDS:
            for seed in range(40):
                sound = kind(np.random.default_rng(seed), 2 * SECOND)
                with self.subTest(kind=kind.__name__, seed=seed):
                    self.assertEqual(sound.shape, (2 * SECOND,))
                    self.assertTrue(np.isfinite(sound).all())
                    self.assertLess(abs(float(np.log2(np.std(sound)))), 1.5)

    def test_tones_stay_below_half_the_rate(self) -> None:
        for seed in range(20):
            played = unspoken.Instrument(np.random.default_rng(seed))
            turns = np.abs(np.fft.rfft(played._turns(3000.0)))  # noqa: SLF001 (what may be folded over)
            self.assertLess(float(turns[:, int(SECOND / 2 / 3000) + 1 :].max()), 1e-6)


class TestClips(unittest.TestCase):
    def test_a_clip_depends_on_its_number_alone(self) -> None:
        drawn = train.Drawn(source())
        first, again, other = drawn[7], drawn[7], drawn[8]
        self.assertTrue(torch.equal(first.samples, again.samples))
        self.assertFalse(torch.equal(first.samples, other.samples))

    def test_the_face_moves_when_somebody_speaks_and_rests_when_nobody_does(self) -> None:
        face = Face()
        clips = source()
        still = face.faces([], np.arange(25) / 50)
        moved = [bool((clips.clip(np.random.default_rng(n)).faces != still).any()) for n in range(200)]
        self.assertGreater(sum(moved), 90)
        self.assertGreater(200 - sum(moved), 25)


class TestLearner(unittest.TestCase):
    def test_it_goes_on_where_it_stopped(self) -> None:
        face = Face()
        clips = train.Drawn(source())
        data = [train.Data(*(torch.stack(part) for part in zip(clips[n], clips[n + 1], strict=True))) for n in range(4)]

        def learner() -> train.Learner:
            torch.manual_seed(1)
            return train.Learner(VoiceFace(len(face.names), width=8, dropout=0.0), face.names, train.Plan(), "cpu")

        whole = learner()
        for step, batch in enumerate(data):
            whole.learn(batch, step)
        with tempfile.TemporaryDirectory() as folder:
            kept = Path(folder) / "network.pt"
            begun = learner()
            for step in (0, 1):
                begun.learn(data[step], step)
            begun.save(kept, 2)
            resumed = learner()
            first = resumed.resume(kept)
            self.assertEqual(first, 2)
            for step in (2, 3):
                resumed.learn(data[step], step)
        for a, b in zip(whole.averaged.parameters(), resumed.averaged.parameters(), strict=True):
            self.assertTrue(torch.allclose(a, b, atol=1e-6))

    def test_it_learns(self) -> None:
        face = Face()
        torch.manual_seed(1)
        learner = train.Learner(VoiceFace(len(face.names), width=16, dropout=0.0), face.names, train.Plan(), "cpu")
        clips = train.Drawn(source())
        data = train.Data(*(torch.stack(part) for part in zip(*(clips[n] for n in range(8)), strict=True)))
        losses = [float(learner.learn(data, step)) for step in range(60)]
        self.assertLess(losses[-1], losses[0] * 0.7)


class TestGraph(unittest.TestCase):
    def test_a_network_goes_on_from_a_graph(self) -> None:
        names = Face().names
        torch.manual_seed(3)
        model = VoiceFace(len(names), width=24)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "voice.onnx"
            export.write(model, names, 1, path)
            again = begin.opened(path, dropout=0.2)
        model.eval()
        again.eval()
        features = model.features(torch.randn(2, SECOND // 2 + network.LEAD) * 0.1)
        with torch.no_grad():
            first, second = (m(features, *m.silent(2))[0] for m in (model, again))
        self.assertLess(float((first - second).abs().max()), 5e-3)


if __name__ == "__main__":
    unittest.main()
