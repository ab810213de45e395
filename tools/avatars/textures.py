"""Pictures that are painted rather than photographed: skin detail, an iris, the room behind."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import math

import numpy as np
import work
from blender import smoothstep
from PIL import Image, ImageDraw, ImageFilter


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
    Image.fromarray((np.clip(np.stack([pore, fine, blot], -1), 0, 1) * 255).astype(np.uint8)).save(path)
    return path


def eye_texture():
    """dark-brown iris, limbal ring, faint veins; square picture spanning +-eye radius"""
    path = str(work.folder("textures") / "eye.png")
    n = 1024
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:n, 0:n]
    x = (x + 0.5) / n * 2 - 1
    y = (y + 0.5) / n * 2 - 1
    r = np.hypot(x, y)
    a = np.arctan2(y, x)
    ri, rp = 0.445, 0.165  # iris / pupil radius in eye radii
    k = rng.normal(size=(40,))
    ph = rng.uniform(0, 6.28, 40)
    fib = sum(k[i] * np.sin((i * 3 + 7) * a + ph[i] + 4 * r) for i in range(40)) / 7
    t = np.clip((r - rp) / (ri - rp), 0, 1)
    dark, mid = np.array([0.014, 0.006, 0.003]), np.array([0.062, 0.026, 0.011])
    iris = dark + (mid - dark) * np.clip(0.55 + 0.35 * fib - 0.5 * (t - 0.45) ** 2 * 4, 0, 1)[..., None]
    iris *= (1 - 0.85 * smoothstep(0.72, 1.0, t))[..., None]
    iris = iris * smoothstep(rp - 0.012, rp + 0.02, r)[..., None] + 0.002
    nz = (
        np.asarray(Image.fromarray((rng.random((64, 64)) * 255).astype(np.uint8)).resize((n, n), Image.BICUBIC)) / 255.0
    )
    scl = np.array([0.56, 0.50, 0.46]) * (1 - 0.10 * nz)[..., None]
    red = smoothstep(0.55, 1.0, r)[..., None]
    scl = scl * (1 - red * np.array([0.05, 0.30, 0.32]))
    edge = smoothstep(ri - 0.03, ri + 0.035, r)[..., None]
    out = iris * (1 - edge) + scl * edge
    srgb = np.where(out < 0.0031308, out * 12.92, 1.055 * np.power(np.maximum(out, 1e-6), 1 / 2.4) - 0.055)
    Image.fromarray((np.clip(srgb, 0, 1) * 255).astype(np.uint8)).save(path)
    return path


def background(w=1280, h=720):
    path = str(work.folder("textures") / f"room_{w}.png")
    im = Image.new("RGB", (w, h))
    g = np.linspace(0, 1, w)[None, :, None]
    v = np.linspace(0, 1, h)[:, None, None]
    base = np.array([196, 196, 194]) * (1 - g) + np.array([150, 152, 156]) * g
    im = Image.fromarray((np.broadcast_to(base, (h, w, 3)) * (1.02 - 0.16 * v)).clip(0, 255).astype(np.uint8))
    d = ImageDraw.Draw(im)
    s = w / 1280
    R = lambda x0, y0, x1, y1, c: d.rectangle([x0 * s, y0 * s, x1 * s, y1 * s], fill=c)
    R(-20, 30, 330, 560, (232, 240, 247))  # window
    for i in range(9):
        R(-20, 50 + i * 56, 330, 56 + i * 56, (214, 222, 228))  # blinds
    R(150, 20, 162, 560, (176, 180, 184))
    R(326, 10, 342, 575, (170, 172, 176))
    R(-20, 556, 350, 574, (178, 178, 178))
    R(930, 70, 1300, 700, (118, 104, 92))  # shelves
    cols = [
        (168, 74, 60),
        (70, 92, 120),
        (205, 190, 160),
        (92, 112, 98),
        (176, 150, 110),
        (60, 64, 74),
        (214, 208, 198),
        (124, 60, 58),
    ]
    rng = np.random.default_rng(3)
    for row in range(4):
        y0, y1 = 90 + row * 150, 215 + row * 150
        R(945, y0, 1300, y1, (86, 76, 68))
        x = 950
        while x < 1290:
            bw = rng.integers(12, 34)
            if rng.random() < 0.82:
                R(
                    x,
                    y0 + rng.integers(10, 46),
                    x + bw - 2,
                    y1,
                    tuple(int(c * 0.8) for c in cols[rng.integers(len(cols))]),
                )
            x += bw
    for i in range(60):  # plant
        a = rng.uniform(-2.6, -0.5)
        L = rng.uniform(60, 190)
        x0, y0 = 420, 560
        x1, y1 = x0 + math.cos(a) * L, y0 + math.sin(a) * L
        d.line(
            [x0 * s, y0 * s, x1 * s, y1 * s],
            fill=(60 + int(rng.integers(40)), 96 + int(rng.integers(40)), 62),
            width=int(12 * s),
        )
    R(385, 556, 455, 650, (205, 200, 192))
    R(-20, 640, 1300, 720, (120, 104, 90))
    im = im.filter(ImageFilter.GaussianBlur(17 * s))
    a = np.asarray(im).astype(float)
    a += rng.normal(0, 1.2, a.shape)
    Image.fromarray(a.clip(0, 255).astype(np.uint8)).save(path)
    return path
