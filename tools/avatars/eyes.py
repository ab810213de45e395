"""Eyeballs of two layers: the painted ball and the clear cornea."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import math

import materials
import numpy as np
from blender import grid_faces, make_mesh, smoothstep


def make_eyes(figure):
    b = figure.b
    figure.eyes = []
    em, cm = materials.mat_eyeball(figure.character.eyes), materials.mat_cornea()
    for s in "lr":
        e = figure.v0[b.vgroups[f"helper-{s}-eye"]]
        A = np.c_[2 * e, np.ones(len(e))]
        sol = np.linalg.lstsq(A, (e**2).sum(1), rcond=None)[0]
        c = sol[:3]
        R = math.sqrt(sol[3] + (c**2).sum())

        def ball(name, bulge, mat):
            nu, nv = 64, 48
            th = np.linspace(0, math.pi, nv)  # 0 = gaze pole (-y)
            ph = np.linspace(0, 2 * math.pi, nu, endpoint=False)
            T, P = np.meshgrid(th, ph)
            r = R * bulge(T)
            pts = np.stack([r * np.sin(T) * np.cos(P), -r * np.cos(T), r * np.sin(T) * np.sin(P)], -1).reshape(-1, 3)
            ob = make_mesh(name, pts, [f[::-1] for f in grid_faces(nu, nv, True)], mat, 1)
            ob.location = c
            return ob

        lim = math.asin(0.435)
        inner = lambda t: 0.985 - 0.055 * (1 - smoothstep(lim * 0.55, lim * 1.08, t))
        outer = lambda t: 1.0 + 0.065 * (1 - smoothstep(0, lim * 1.15, t)) - 0.0
        figure.eyes.append((s, c, R, ball(f"eye_{s}", inner, em), ball(f"cornea_{s}", outer, cm)))
