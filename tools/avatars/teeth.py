"""Teeth one by one along the arch, gums and tongue."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import math

import materials
import numpy as np
from blender import grid_faces, make_mesh, smoothstep


def make_mouth(figure):
    b, v = figure.b, figure.v0
    ids = b.vgroups["body"]  # where the lips meet
    figure.seam = v[ids][np.argmin(np.linalg.norm(figure.ref[ids] - np.array([0, -0.1352, 0.5408]), axis=1))]
    enamel = materials.mat_simple("enamel", (0.78, 0.72, 0.63), 0.22, sss=0.0012, coat=0.5)
    gum = materials.mat_simple("gum", (0.42, 0.13, 0.12), 0.3, sss=0.002, coat=0.5)
    figure.teeth = {}
    for part, sgn in (("upper", 1), ("lower", -1)):
        h = v[b.vgroups[f"helper-{part}-teeth"]]
        # the helper teeth sit ~5 mm too high behind the lips: hang the biting edges on the lip seam instead
        z_in = figure.seam[2] + (-0.0020 if sgn > 0 else -0.0016)
        # arch: front-most helper points as a half curve x(y)
        q = h[np.abs(h[:, 2] - np.median(h[:, 2])) < 1]
        half = q[q[:, 0] >= 0]
        ys = np.linspace(half[:, 1].min(), half[:, 1].max(), 12)
        xs = np.array([half[np.abs(half[:, 1] - y) < 0.004][:, 0].max() for y in ys])
        inset = 0.0012 if sgn > 0 else 0.0032
        ell_b = ys.max() - ys.min() - inset + 0.004  # semi-ellipse fit
        ell_a = xs.max() - inset
        ang = np.linspace(math.pi / 2, 0, 400)
        arch = np.stack([ell_a * np.cos(ang) ** 0.92, ys.max() + 0.004 - ell_b * np.sin(ang)], 1)
        arc = np.r_[0, np.cumsum(np.linalg.norm(np.diff(arch, axis=0), axis=1))]
        W = [8.4, 6.6, 7.4, 6.8, 6.6, 9.6, 9.0] if sgn > 0 else [5.4, 5.9, 6.7, 6.8, 6.9, 10.4, 9.8]
        H = [10.0, 9.0, 9.8, 8.4, 7.8, 7.0, 6.6] if sgn > 0 else [8.8, 8.9, 9.6, 8.4, 7.8, 7.0, 6.8]
        verts, faces = [], []
        s = 0.0
        for w_mm, h_mm in zip(W, H):
            w, hh = w_mm * 0.90e-3, h_mm * 0.88e-3
            mid = np.interp(s + w / 2, arc, np.arange(400))
            i = int(mid)
            s += w + 0.0001
            pc = arch[min(i, 399)]
            tg = arch[min(i + 2, 399)] - arch[max(i - 2, 0)]
            tg /= np.linalg.norm(tg)
            nrm = np.array([tg[1], -tg[0]])  # outward
            if nrm @ (pc - np.array([0, ys.max()])) < 0:
                nrm = -nrm
            depth = 0.0062 if w_mm < 8 or (sgn > 0 and w_mm < 9) else 0.009
            nu, nv = 20, 9
            for m in (1, -1):
                base = sum(len(x) for x in verts)
                u = np.linspace(0, 2 * math.pi, nu, endpoint=False)
                t = np.linspace(0, 1, nv)
                U, T = np.meshgrid(u, t, indexing="ij")
                sp = lambda x, e: np.sign(x) * np.abs(x) ** e
                prof = (1 - 0.16 * (1 - T) ** 2) * (1 - smoothstep(0.88, 1.02, T) * 0.10)  # T: gum 0 -> edge 1
                lx = w / 2 * sp(np.cos(U), 0.42) * prof
                dep = depth / 2 * (1 - 0.55 * T**1.5) * (1 - smoothstep(0.9, 1.0, T) * 0.45)
                ly = sp(np.sin(U), 0.7) * dep + 0.0006 * (1 - np.abs(2 * T - 0.8)) - 0.0010 * T * (U * 0 + 1)
                lz = -sgn * hh * (T - 0.25 + 0.02 * (lx / w) ** 2 * (T < 0.2))
                P = np.zeros((nu, nv, 3))
                P[..., 0] = pc[0] + lx * tg[0] + ly * nrm[0]
                P[..., 1] = pc[1] + lx * tg[1] + ly * nrm[1]
                P[..., 2] = lz
                P[..., 0] *= m
                verts.append(P.reshape(-1, 3))
                fs = grid_faces(nu, nv, True)
                cap = [base + k * nv + nv - 1 for k in range(nu)]
                fs = [tuple(base + x for x in f) for f in fs]
                faces += fs + [tuple(cap)]
        P = np.concatenate(verts)
        # biting edge of the front teeth at z_in
        P[:, 2] += z_in - (P[:, 2].min() if sgn > 0 else P[:, 2].max())
        t_ob = make_mesh(f"teeth_{part}", P, faces, enamel, 1)
        zg = z_in + sgn * 0.0090  # gum line height
        k, nr = 60, 14
        aa = np.linspace(0, math.pi, k)
        gp = []
        slim = 1.0 if sgn > 0 else 0.90
        for x in aa[16:-16] if sgn < 0 else aa[6:-6]:
            c2 = np.array([ell_a * np.sign(np.cos(x)) * abs(np.cos(x)) ** 0.92, ys.max() + 0.004 - ell_b * np.sin(x)])
            o = np.array([math.cos(x) * ell_b, -math.sin(x) * ell_a])
            o /= np.linalg.norm(o)
            for y in np.linspace(0, 2 * math.pi, nr, endpoint=False):
                gp.append(
                    [
                        c2[0] * slim + o[0] * 0.0042 * math.cos(y),
                        c2[1] + o[1] * 0.0042 * math.cos(y),
                        zg + sgn * (0.0052 if sgn > 0 else 0.0030) + (0.0062 if sgn > 0 else 0.0042) * math.sin(y),
                    ]
                )
        gf = []
        for i in range(len(gp) // nr - 1):
            for j in range(nr):
                gf.append((i * nr + j, (i + 1) * nr + j, (i + 1) * nr + (j + 1) % nr, i * nr + (j + 1) % nr))
        g_ob = make_mesh(f"gum_{part}", gp, gf, gum, 1)
        figure.teeth[part] = (h.mean(0), h, [(t_ob, P), (g_ob, np.array(gp))])
    fs = b.faces("helper-tongue")
    used = np.unique([i for f in fs for i, _ in f])
    mp = -np.ones(b.n, int)
    mp[used] = np.arange(len(used))
    figure.tongue_idx = used
    figure.tongue = make_mesh(
        "tongue",
        v[used],
        [[mp[i] for i, _ in f] for f in fs],
        materials.mat_simple("tongue", (0.50, 0.17, 0.16), 0.38, sss=0.003, coat=0.25, bump=(900, 0.3)),
        2,
    )


def tongue(figure, v, units):
    """Give the tongue's points: its tip rises behind the teeth (tongueTip) or lies between them (tongueTeeth)."""
    p = v[figure.tongue_idx] + np.array([0, 0.001, -0.0030])
    rest = figure.v0[figure.tongue_idx]
    tip = (rest[:, 1].max() - rest[:, 1]) / np.ptp(rest[:, 1])
    up, out = units.get("tongueTip", 0.0), units.get("tongueTeeth", 0.0)
    s = smoothstep(0.45, 1.0, tip)
    p[:, 2] += s * (0.0125 * up + 0.0050 * out)
    p[:, 1] += -s * (0.0030 * up + 0.0105 * out)
    return p
