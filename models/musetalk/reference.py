"""Plays MuseTalk the plain way, frame by frame, in PyTorch and OpenCV: what the engine must agree with.

usage: python reference.py FOLDER

Writes avatar.pkl as precompute_avatar.py does, sound.s16 (16 kHz, mono), features.f4 (the last ones of the sound), and
frames.bgr, the film with its new mouths, from the small random networks.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from musetalk_export.__main__ import SEED
from musetalk_export.networks import Networks, random_networks
from transformers import WhisperFeatureExtractor

WIDTH, HEIGHT, FRAMES, FPS, RATE = 112, 96, 4, 25, 16_000
SECONDS = 1.2
HEARD = 20  # features that are kept


def film() -> list[np.ndarray]:
    """Give smooth frames whose colours move."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    waves = [(np.sin((x + 4 * n) / 17), np.cos((y - 3 * n) / 23), np.sin((x + y) / 31 + n)) for n in range(FRAMES)]
    return [np.stack([127 + 90 * wave for wave in frame], axis=-1).astype(np.uint8) for frame in waves]


def avatar() -> dict[str, Any]:
    """Give an avatar whose face moves and changes its size."""
    generator = torch.Generator().manual_seed(5)
    mask = np.zeros((84, 84), np.uint8)
    mask[26:70, 16:68] = 255
    return {
        "frames": film(),
        "coords_list": [(30 + n, 12, 83 + 2 * n, 75 + n) for n in range(FRAMES)],
        "input_latent_list": [torch.randn(1, 8, 32, 32, generator=generator).half() for _ in range(FRAMES)],
        "fps": float(FPS),
        "video_path": "talk.mp4",
        "cached_mask": cv2.GaussianBlur(mask, (11, 11), 0),
        "cached_crop_box": [16, 4, 100, 88],
    }


def sound() -> np.ndarray:
    """Give a voice that is never silent."""
    time = np.arange(int(SECONDS * RATE)) / RATE
    pitch = 140 + 30 * np.sin(2 * np.pi * 2 * time)
    voice = sum(np.sin(2 * np.pi * np.cumsum(pitch) / RATE * k) / k for k in range(1, 12))
    return (6000 * voice * (1.2 + np.sin(2 * np.pi * 4 * time))).clip(-32768, 32767).astype(np.int16)


def states_of(networks: Networks, pcm: np.ndarray) -> torch.Tensor:
    """Give the features of a sound, fifty a second: [n, 5, 384]."""
    extractor = WhisperFeatureExtractor()
    mel = extractor(pcm.astype(np.float32) / 32768, sampling_rate=RATE, return_tensors="pt").input_features
    states = torch.stack(networks.whisper.encoder(mel, output_hidden_states=True).hidden_states, dim=2)[0]
    states = states.repeat(1, 1, 384 // states.shape[2])  # the small network is narrow
    return states[: len(pcm) * 50 // RATE]


def windows_of(states: torch.Tensor, frames: int) -> torch.Tensor:
    """Give the sound of each frame: [frames, 50, 384], with the positions added."""
    per = -(-50 // FPS)
    padded = torch.cat([torch.zeros(2 * per, 5, 384), states, torch.zeros(6 * per, 5, 384)])
    windows = [padded[i * 50 // FPS : i * 50 // FPS + 10].reshape(50, 384) for i in range(frames)]
    place, rate = np.arange(50)[:, None], np.exp(np.arange(0, 384, 2) * (-np.log(10000.0) / 384))
    positions = np.zeros((50, 384))
    positions[:, 0::2], positions[:, 1::2] = np.sin(place * rate), np.cos(place * rate)
    return torch.stack(windows) + torch.from_numpy(positions).float()


def face(networks: Networks, latent: torch.Tensor, tokens: torch.Tensor) -> np.ndarray:
    """Draw one face, as MuseTalk's decode_latents does."""
    drawn = networks.unet(latent.float(), torch.zeros(1, dtype=torch.long), encoder_hidden_states=tokens[None]).sample
    decoded = networks.vae.decode(drawn / 0.18215, return_dict=False)[0]
    picture = (decoded / 2 + 0.5).clamp(0, 1)
    return (picture[0].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)[..., ::-1]


def blend(below: np.ndarray, above: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Mix whole numbers as Pillow's paste does."""
    m = mask[..., None].astype(np.uint32)
    t = below.astype(np.uint32) * (255 - m) + above.astype(np.uint32) * m + 128
    return ((t + (t >> 8)) >> 8).astype(np.uint8)


def main(out: Path) -> None:
    """Write everything."""
    out.mkdir(parents=True, exist_ok=True)
    networks, data, pcm = random_networks(SEED, small=True), avatar(), sound()
    (out / "sound.s16").write_bytes(pcm.tobytes())
    with (out / "avatar.pkl").open("wb") as file:
        pickle.dump(data, file)
    cycle = [*range(FRAMES), *range(FRAMES - 2, 0, -1)]
    left, top, right, bottom = data["cached_crop_box"]
    with torch.inference_mode(), (out / "frames.bgr").open("wb") as file:
        states = states_of(networks, pcm)
        (out / "features.f4").write_bytes(states[-HEARD:].numpy().tobytes())
        for i, tokens in enumerate(windows_of(states, len(pcm) * FPS // RATE)):
            n = cycle[i % len(cycle)]
            x1, y1, x2, y2 = data["coords_list"][n]
            frame = data["frames"][n].copy()
            crop = frame[top:bottom, left:right].copy()
            new = cv2.resize(face(networks, data["input_latent_list"][n], tokens), (x2 - x1, y2 - y1))
            pasted = crop.copy()
            pasted[y1 - top : y2 - top, x1 - left : x2 - left] = new
            frame[top:bottom, left:right] = blend(crop, pasted, data["cached_mask"])
            file.write(frame.tobytes())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
