"""Pictures that are painted rather than photographed: skin detail and an iris."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import work
from blender import smoothstep
from PIL import Image


def _save(picture, path):
    """Save at once, for several processes may paint the same picture."""
    half = Path(f"{path}.{os.getpid()}.png")
    picture.save(half)
    half.replace(path)


def skin_tile(n=1024, mm=80.0):
    """Tileable 8 cm square: R pore height, G fine mottling, B broad blotches"""
    path = str(work.folder("textures") / "skin_tile.png")
    rng = np.random.default_rng(11)
    f = np.hypot(*np.meshgrid(np.fft.fftfreq(n) * n, np.fft.fftfreq(n) * n))  # cycles per tile

    def band(lo_mm, hi_mm):
        spec = np.fft.fft2(rng.normal(size=(n, n))) * ((f > mm / hi_mm) & (f < mm / lo_mm)) / np.maximum(f, 1)
        x = np.fft.ifft2(spec).real
        return x / x.std()

    pits = band(0.5, 1.3)
    pore = 0.62 - 0.20 * np.clip(pits - 0.6, 0, 2) + 0.06 * band(0.35, 0.9) + 0.05 * band(1.2, 4)
    fine, blot = 0.5 + 0.20 * band(1.0, 5), 0.5 + 0.20 * band(6, 40)
    _save(Image.fromarray((np.clip(np.stack([pore, fine, blot], -1), 0, 1) * 255).astype(np.uint8)), path)
    return path


def age_lines(n=1024):
    """Lines of age seen from the front of the reference face, 22 cm square: white is deep"""
    path = str(work.folder("textures") / "lines.png")
    rng = np.random.default_rng(5)
    v, u = np.mgrid[0:n, 0:n] / n
    x, z = (u - 0.5) * 0.22, 0.70 - v * 0.22
    deep = np.zeros_like(x)

    def stroke(xs, zs, wide, much):
        """Draw a line through points, thin at both ends"""
        t = np.linspace(0, 1, 160)
        k = np.linspace(0, 1, len(xs))
        px, pz = np.interp(t, k, xs), np.interp(t, k, zs) + 0.0003 * np.sin(t * 19 + rng.uniform(0, 6))
        for a, b, s in zip(px, pz, t):
            w = wide * (0.45 + 0.55 * np.sin(np.pi * s))
            i, j = int((0.70 - b) / 0.22 * n), int((a / 0.22 + 0.5) * n)
            r = int(4 * w / 0.22 * n) + 2
            box = np.s_[max(0, i - r) : i + r, max(0, j - r) : j + r]
            d = np.hypot(x[box] - a, z[box] - b) / w
            deep[box] = np.maximum(deep[box], much * np.sin(np.pi * (0.04 + 0.92 * s)) * np.exp(-(d**2)))

    for h, far, much in ((0.6375, 0.030, 0.55), (0.6460, 0.034, 0.75), (0.6545, 0.031, 0.6)):
        bend = 0.0016
        for a, b in ((-far, -0.004), (-0.008, far)) if rng.random() < 0.5 else ((-far, far),):
            xs = np.linspace(a, b, 7)
            stroke(xs, h - bend * np.cos(xs / 0.014) + rng.normal(0, 0.0004, 7), 0.0008, much)
    for m in (1, -1):
        for up, much in ((0.0105, 0.5), (0.0045, 0.8), (-0.0015, 0.8), (-0.0075, 0.5)):  # at the eyes' corners
            xs = m * np.linspace(0.0475, 0.0590, 5)
            stroke(xs, 0.6005 + up * np.linspace(0.25, 1.15, 5), 0.0006, much)
        stroke(m * np.array([0.0145, 0.022, 0.031, 0.040]), [0.5945, 0.5885, 0.5870, 0.5900], 0.0008, 0.55)
        stroke(m * np.array([0.017, 0.0225, 0.0275, 0.0300]), [0.5685, 0.5600, 0.5480, 0.5370], 0.0012, 0.8)
        stroke(m * np.array([0.0045, 0.0050, 0.0046]), [0.6150, 0.6215, 0.6270], 0.0008, 0.55)
    _save(Image.fromarray((np.clip(deep, 0, 1) * 255).astype(np.uint8)), path)
    return path


def eye_texture(look):
    """Iris of fibres with a ring around it, veins towards the corners; a square of +-1 eye radius"""
    path = str(work.folder("textures") / f"eye_{look['name']}.png")
    n = 1024
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:n, 0:n]
    x = (x + 0.5) / n * 2 - 1
    y = (y + 0.5) / n * 2 - 1
    r = np.hypot(x, y)
    a = np.arctan2(y, x)
    ri, rp = 0.455, 0.165  # iris / pupil radius in eye radii
    fib = np.zeros_like(r)
    for f in (9, 14, 23, 31, 44, 58, 77, 96, 120):
        fib += rng.normal() * np.sin(f * a + rng.uniform(0, 6.28) + rng.normal(0, 5) * r + 0.7 * np.sin(3 * a + f))
    fib /= 3.2
    t = np.clip((r - rp) / (ri - rp), 0, 1)
    dark, mid, light = (np.array(look[k]) for k in ("dark", "mid", "light"))
    iris = dark + (mid - dark) * np.clip(0.55 + 0.45 * fib, 0, 1)[..., None]
    collar = np.exp(-(((t - 0.28) / 0.14) ** 2)) * np.clip(0.6 + 0.5 * fib, 0, 1)
    iris = iris + (light - iris) * (0.75 * collar)[..., None]
    below = 0.75 + 0.5 * smoothstep(-0.35, 0.35, -y)  # light gathers opposite to where it enters
    iris *= below[..., None]
    iris *= (1 - 0.80 * smoothstep(0.70, 1.0, t))[..., None]
    iris = iris * smoothstep(rp - 0.012, rp + 0.02, r)[..., None] + 0.001
    rough = lambda k: (
        np.asarray(Image.fromarray((rng.random((k, k)) * 255).astype(np.uint8)).resize((n, n), Image.BICUBIC)) / 255.0
    )
    scl = np.array(look.get("white", [0.60, 0.54, 0.50])) * (1 - 0.08 * rough(64))[..., None]
    red = smoothstep(0.50, 0.95, r)[..., None]
    scl = scl * (1 - red * np.array([0.10, 0.34, 0.34]))
    vein = (
        np.exp(-((np.abs(np.sin(7 * a + 5 * rough(24) + 3 * r)) / 0.035) ** 2)) * smoothstep(0.48, 0.8, r) * rough(12)
    )
    scl = scl * (1 - vein[..., None] * np.array([0.04, 0.30, 0.28]))
    edge = smoothstep(ri - 0.035, ri + 0.03, r)[..., None]
    out = iris * (1 - edge) + scl * edge
    srgb = np.where(out < 0.0031308, out * 12.92, 1.055 * np.power(np.maximum(out, 1e-6), 1 / 2.4) - 0.055)
    _save(Image.fromarray((np.clip(srgb, 0, 1) * 255).astype(np.uint8)), path)
    return path
