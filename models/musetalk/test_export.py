"""Checks the exporter on the small networks: `make test-musetalk` installs what it needs."""

from __future__ import annotations

import json
import tempfile
import unittest
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from musetalk_export import graphs
from musetalk_export.detection import S3FD
from musetalk_export.export import OPSET, described, export, sha256
from musetalk_export.landmarks import RTMPose
from musetalk_export.layout import MissingFileError, find
from musetalk_export.lowering import DOMAIN, lower
from musetalk_export.networks import OPENAI_LAYER, UNET, VAE, Networks, load_networks, modern, random_networks
from musetalk_export.parsing import BiSeNet
from musetalk_export.plan import halved
from musetalk_export.tensors import read_tensors
from musetalk_export.write import write
from transformers import WhisperFeatureExtractor

SEED = 3
EVERY = {"audio", "encoder", "detector", "landmarks", "parser", "face", "face-half", "face-card"}


def waves(kind: str) -> np.ndarray:
    """Give 30 s of a sound."""
    time = np.arange(graphs.SEGMENT) / graphs.RATE
    noise = np.random.default_rng(SEED)
    return {
        "silence": np.zeros(graphs.SEGMENT),
        "noise": noise.normal(0, 0.1, graphs.SEGMENT),
        "sweep": 0.5 * np.sin(2 * np.pi * (100 + 100 * time) * time),
        "click": np.eye(1, graphs.SEGMENT, 240_000)[0],
        "loud": np.clip(noise.normal(0, 2, graphs.SEGMENT), -1, 1),
        "short": np.where(time < 1.3, 0.3 * np.sin(2 * np.pi * 220 * time), 0),
    }[kind].astype(np.float32)


class SpectrogramTest(unittest.TestCase):
    def test_it_is_whispers(self) -> None:
        theirs, ours = WhisperFeatureExtractor(), graphs.LogMel()
        for kind in ("silence", "noise", "sweep", "click", "loud", "short"):
            with self.subTest(kind=kind):
                sound = waves(kind)
                wanted = theirs(sound, sampling_rate=graphs.RATE, return_tensors="np").input_features
                got = ours(torch.from_numpy(sound)[None]).numpy()
                self.assertEqual(got.shape, (1, 80, 3000))
                self.assertLessEqual(np.abs(wanted - got).max(), 1e-3)


class ExportTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory()
        cls.out = Path(cls.folder.name)
        about = {"musetalk": "random"}
        cls.manifest = export(random_networks(SEED, small=True), cls.out, ("fp32", "fp16"), about)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.folder.cleanup()

    def session(self, name: str) -> onnxruntime.InferenceSession:
        return onnxruntime.InferenceSession(str(self.out / f"{name}.onnx"), providers=["CPUExecutionProvider"])

    def test_the_manifest_tells_what_is_there(self) -> None:
        self.assertEqual(json.loads((self.out / "manifest.json").read_text()), self.manifest)
        self.assertEqual(set(self.manifest["graphs"]), EVERY)
        for entry in self.manifest["graphs"].values():
            self.assertLessEqual(entry["difference"], entry["tolerance"])
            for name, file in entry["files"].items():
                self.assertEqual(described(self.out / name), file)
        self.assertEqual(described(self.out / "example.bin")["sha256"], self.manifest["example"]["sha256"])
        self.assertIn("torch", self.manifest["tools"])

    def test_features_are_those_of_transformers(self) -> None:
        whisper = random_networks(SEED, small=True).whisper
        sound = waves("noise")
        mel = WhisperFeatureExtractor()(sound, sampling_rate=graphs.RATE, return_tensors="pt").input_features
        with torch.inference_mode():
            states = whisper.encoder(mel, output_hidden_states=True).hidden_states
        wanted = np.tile(torch.stack(states, dim=2).numpy(), 6)  # the small network is narrow
        got = np.asarray(self.session("audio").run(None, {"samples": sound[None]})[0])
        self.assertEqual(got.shape, (1, 1500, 5, 384))
        self.assertLessEqual(np.abs(wanted - got).max(), 1e-3)

    def test_the_first_release_heard_otherwise(self) -> None:
        networks = random_networks(SEED, small=True)
        with tempfile.TemporaryDirectory() as folder:
            about = {"musetalk": "random", "features": "1.0"}
            manifest = export(networks, Path(folder), (), about)
            self.assertEqual(manifest["features"], "1.0")
            session = onnxruntime.InferenceSession(str(Path(folder, "audio.onnx")), providers=["CPUExecutionProvider"])
            sound = waves("short")
            feed = {"samples": sound[None], "loudest": np.array([-10.0], np.float32), "frames": np.array([130])}
            features, loudest = (np.asarray(value) for value in session.run(None, feed))
            log = graphs.LogMel().power(torch.from_numpy(sound)[None])[0, :, :130]
            self.assertAlmostEqual(float(log.max()), float(loudest[0]), places=4)
            mel = torch.zeros(1, 80, 3000)
            mel[0, :, :130] = (torch.maximum(log, log.max() - 8) + 4) / 4
            norm = networks.whisper.encoder.layer_norm
            with torch.inference_mode():
                states = networks.whisper.encoder(mel, output_hidden_states=True).hidden_states
            self.assertLessEqual(np.abs(states[3].numpy() - features[:, :, 3, :64]).max(), 1e-3)
            last = norm(torch.from_numpy(features[:, :, 4, :64])).detach().numpy()
            self.assertLessEqual(np.abs(states[4].numpy() - last).max(), 1e-3, "the last one is before the norm")
            feed["loudest"] = np.array([3.0], np.float32)
            self.assertAlmostEqual(float(np.asarray(session.run(["loudest_now"], feed)[0])[0]), 3.0)

    def test_every_batch_size_gives_the_same_faces(self) -> None:
        rng = np.random.default_rng(SEED)
        latent = rng.normal(size=(32, 8, 32, 32)).astype(np.float32)
        sound = rng.normal(size=(32, graphs.TOKENS, graphs.WIDTH)).astype(np.float32)
        with torch.inference_mode():
            wanted = graphs.Face(random_networks(SEED, small=True))(
                torch.from_numpy(latent), torch.from_numpy(sound)
            ).numpy()
        self.assertEqual(wanted.shape, (32, 256, 256, 3))
        lowered = onnx.load(str(self.out / "face-card.onnx"))
        lower(lowered)
        onnx.save_model(lowered, str(self.out / "lowered.onnx"))
        for name in ("face", "face-half", "lowered"):
            session = self.session(name)
            for size in (1, 2, 3, 8, 16, 32):
                with self.subTest(name=name, size=size):
                    got = np.asarray(session.run(None, {"latent": latent[:size], "sound": sound[:size]})[0])
                    self.assertEqual(got.dtype, np.uint8)
                    apart = np.abs(got.astype(int) - wanted[:size].astype(int))
                    self.assertLessEqual(apart.mean(), 0.01 if name == "face" else 1.0)

    def test_a_card_gets_its_own_operators(self) -> None:
        nodes = onnx.load(str(self.out / "face-card.onnx")).graph.node
        kinds = Counter(node.op_type for node in nodes if node.domain == DOMAIN)
        del kinds["MultiHeadAttention"]  # small gates are no card's
        self.assertEqual(kinds, {"NhwcConv": 83, "SkipGroupNorm": 53, "GroupNorm": 8, "SkipLayerNormalization": 30 + 8})
        others = Counter(node.op_type for node in nodes if node.domain != DOMAIN)
        self.assertEqual((others["Conv"], others["InstanceNormalization"], others["Resize"]), (0, 0, 0))
        self.assertEqual((others["ConvTranspose"], others["Transpose"]), (6, 3 + 2 * 6))
        self.assertEqual((others["LayerNormalization"], others["Slice"]), (0, 20))
        with self.assertRaisesRegex(Exception, "NhwcConv|GroupNorm|implementation"):
            self.session("face-card")

    def test_tracing_without_computing_writes_the_same(self) -> None:
        graph = halved(random_networks(SEED, small=True))
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "slow").mkdir()
            write(replace(graph, half=False), Path(folder, "slow"), OPSET, small=True)
            Path(folder, "fast").mkdir()
            write(graph, Path(folder, "fast"), OPSET, small=True)
            slow, fast = (Path(folder, name, "face-half.onnx").read_bytes() for name in ("slow", "fast"))
        self.assertEqual(slow, fast)

    def test_what_is_there_is_not_made_again(self) -> None:
        before = (self.out / "face.onnx").stat().st_mtime_ns
        export(random_networks(SEED, small=True), self.out, ("fp32", "fp16"), {"musetalk": "random"})
        self.assertEqual((self.out / "face.onnx").stat().st_mtime_ns, before)
        alone = export(random_networks(SEED, small=True), self.out, ("fp32",), {"musetalk": "random"})
        self.assertEqual(
            set(alone["graphs"]),
            EVERY,
            "what was made before still counts",
        )
        note = self.out / ".face-card.json"
        earlier = json.loads(note.read_text())
        self.assertTrue(earlier.pop("form"), "what an earlier exporter wrote has none")
        note.write_text(json.dumps(earlier))
        with (self.out / "audio.onnx").open("ab") as file:
            file.write(b"x")
        export(random_networks(SEED, small=True), self.out, ("fp32", "fp16"), {"musetalk": "random"})
        self.assertTrue(json.loads(note.read_text())["form"], "a graph of an earlier form is made anew")
        self.assertEqual(
            sha256(self.out / "audio.onnx"), self.manifest["graphs"]["audio"]["files"]["audio.onnx"]["sha256"]
        )


class Trap:
    """Runs code when a careless reader loads it."""

    sprung = False

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("import test_export; test_export.Trap.sprung = True",)


class LayoutTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def write(self, networks: Networks, unet: str, vae: str) -> None:
        """Write the folders as they are published, with the small networks."""
        legacy = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
        vae_tensors = networks.vae.state_dict()
        for now, then in legacy.items():
            renamed = (f"attentions.0.{now}.", f"attentions.0.{then}.")
            vae_tensors = {name.replace(*renamed): value for name, value in vae_tensors.items()}
        for name, config, tensors, said in (
            (unet, "musetalk.json", networks.unet.state_dict(), networks.unet.config),
            (vae, "config.json", vae_tensors, networks.vae.config),
            (
                "whisper/pytorch_model.bin",
                "config.json",
                networks.whisper.state_dict(),
                networks.whisper.config.to_dict(),
            ),
        ):
            file = self.root / "models" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            torch.save(tensors, file)
            (file.parent / config).write_text(json.dumps(said))

    def test_published_folders_give_the_same_networks(self) -> None:
        networks = random_networks(SEED, small=True)
        latent, sound = torch.randn(1, 8, 32, 32), torch.randn(1, graphs.TOKENS, graphs.WIDTH)
        samples = torch.from_numpy(waves("sweep"))[None]
        with torch.inference_mode():
            wanted = graphs.Face(networks)(latent, sound), graphs.Audio(networks)(samples)
        self.write(networks, "musetalkV15/unet.pth", "sd-vae-ft-mse/diffusion_pytorch_model.bin")
        weights = find(self.root, "")
        self.assertEqual(weights.version, "1.5")
        with torch.inference_mode():
            loaded = load_networks(weights)
            got = graphs.Face(loaded)(latent, sound), graphs.Audio(loaded)(samples)
        self.assertTrue(torch.equal(wanted[0], got[0]))
        self.assertTrue(torch.equal(wanted[1], got[1]))

    def test_openais_own_file_gives_the_same_whisper(self) -> None:
        networks = random_networks(SEED, small=True)
        self.write(networks, "musetalk/pytorch_model.bin", "sd-vae-ft-mse/diffusion_pytorch_model.bin")
        folder = self.root / "models" / "whisper"
        tensors = {}
        for name, value in networks.whisper.encoder.state_dict().items():
            old = name.replace("embed_positions.weight", "positional_embedding").replace("layers.", "blocks.")
            old = "ln_post." + old.removeprefix("layer_norm.") if old.startswith("layer_norm.") else old
            for then, now in OPENAI_LAYER.items():
                old = old.replace(f".{now}.", f".{then}.")
            tensors[f"encoder.{old}"] = value
        (folder / "pytorch_model.bin").unlink()
        torch.save({"dims": {"n_audio_head": 2}, "model_state_dict": tensors}, folder / "tiny.pt")
        weights = find(self.root, "")
        self.assertEqual((weights.version, weights.whisper.name), ("1.0", "tiny.pt"))
        samples = torch.from_numpy(waves("sweep"))[None]
        with torch.inference_mode():
            wanted, got = graphs.Audio(networks)(samples), graphs.Audio(load_networks(weights))(samples)
        self.assertTrue(torch.equal(wanted, got))

    def test_what_is_missing_is_named(self) -> None:
        with self.assertRaisesRegex(MissingFileError, "there is no folder"):
            find(self.root / "none", "")
        every = (
            "UNet is missing.*musetalkV15/unet.pth nor musetalk/pytorch_model.bin.*VAE is missing.*Whisper is missing"
        )
        with self.assertRaisesRegex(MissingFileError, every):
            find(self.root, "")
        (self.root / "musetalk").mkdir()
        (self.root / "musetalk" / "pytorch_model.bin").touch()
        (self.root / "sd-vae").mkdir()
        (self.root / "sd-vae" / "diffusion_pytorch_model.bin").touch()
        with self.assertRaisesRegex(MissingFileError, "configuration of the VAE is missing: sd-vae/config.json"):
            find(self.root, "")
        with self.assertRaisesRegex(MissingFileError, "no musetalkV15/unet.pth"):
            find(self.root, "1.5")

    def test_what_prepares_avatars_is_found_where_it_is(self) -> None:
        self.write(random_networks(SEED, small=True), "musetalkV15/unet.pth", "sd-vae/diffusion_pytorch_model.bin")
        for name in (
            "models/dwpose/dw-ll_ucoco_384.pth",
            "models/face-parse-bisent/79999_iter.pth",
            "s3fd-619a316812.pth",
        ):
            path = self.root / name
            path.parent.mkdir(exist_ok=True)
            path.touch()
        found = find(self.root, "").preparation
        self.assertEqual(
            {name: path.name for name, path in found.items()},
            {"detector": "s3fd-619a316812.pth", "landmarks": "dw-ll_ucoco_384.pth", "parser": "79999_iter.pth"},
        )

    def test_files_of_training_are_read_as_tensors_alone(self) -> None:
        path = self.root / "x.pth"
        torch.save({"state_dict": {"a": torch.ones(2)}, "history": Trap()}, path)
        self.assertTrue(torch.equal(read_tensors(path)["a"], torch.ones(2)))
        self.assertFalse(Trap.sprung, "nothing in it ran")

    def test_older_names_of_the_vae(self) -> None:
        self.assertEqual(
            modern("encoder.mid_block.attentions.0.proj_attn.bias"), "encoder.mid_block.attentions.0.to_out.0.bias"
        )
        self.assertEqual(modern("decoder.conv_in.weight"), "decoder.conv_in.weight")


class ArchitectureTest(unittest.TestCase):
    def test_it_is_the_published_one(self) -> None:
        with torch.device("meta"):
            unet, vae = UNet2DConditionModel(**UNET), AutoencoderKL(**VAE)
        self.assertEqual(sum(p.numel() for p in unet.parameters()), 849_947_844)
        self.assertEqual(len(unet.state_dict()), 686)
        self.assertEqual(round(sum(p.numel() for p in vae.parameters()) / 1e4), 8365)

    def test_so_are_those_that_prepare(self) -> None:
        with torch.device("meta"):
            for network, millions in ((S3FD(), 22.5), (RTMPose(), 33.6), (BiSeNet(), 13.0)):
                count = sum(p.numel() for p in network.parameters()) / 1e6
                self.assertAlmostEqual(count, millions, delta=0.6, msg=type(network).__name__)


if __name__ == "__main__":
    unittest.main()
