"""The figure: a character built in Blender, posed and rendered."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import math

import body
import bpy
import brows
import clothes
import eyes
import hair
import numpy as np
import shapes
import studio
import teeth
import tracks
from blender import move_hair, smoothstep
from character import Character
from mathutils import Matrix, Vector
from mesh import REFERENCE, Base

# Landmarks of the face were measured at this height of the eyes, in metres.
EYE_HEIGHT = 0.6033


def breathe(p, full):
    """Give how far a breath moves points: chest forward, shoulders up, the head a little."""
    z = p[:, 2]
    up = 0.0024 * smoothstep(0.28, 0.42, z) * (1 - 0.65 * smoothstep(0.455, 0.50, z))
    front = -0.0026 * np.exp(-(((z - 0.35) / 0.07) ** 2)) * smoothstep(0.05, -0.08, p[:, 1])
    return full * np.stack([0 * z, front, up], 1)


class Figure:
    """A character in Blender's scene; there is one at a time."""

    def __init__(self, character: Character) -> None:
        """Build everything: some seconds."""
        bpy.ops.wm.read_factory_settings(use_empty=True)
        self.character = character
        self.rng = np.random.default_rng(character.seed)
        self.b = b = Base()
        # Landmarks are measures on the reference figure; a vertex is the same place on every figure.
        self.ref = b.lower_arms(b.shape(**REFERENCE))
        eyes_at = b.joint(self.ref, "l-eye") * (0, 1, 1)
        self.ref[:, 2] += EYE_HEIGHT - eyes_at[2]
        eyes_at[2] = EYE_HEIGHT
        self.v0 = b.lower_arms(b.shape(**character.shape))
        self.v0 += eyes_at - b.joint(self.v0, "l-eye") * (0, 1, 1)
        self.subdiv = 2
        self.rigid = []  # objects that follow the head exactly
        self.cloth = []  # what breathes: object, points at rest
        self.stuck = []  # hair whose points follow the skin: object, points at rest, binding
        self.neck = b.joint(self.v0, "neck") + np.array([0, 0, 0.02])
        self._head_weights()
        body.make_body(self)
        eyes.make_eyes(self)
        teeth.make_mouth(self)
        hair.grow_hair(self)
        brows.make_brows_lashes(self)
        clothes.make_clothes(self)
        studio.studio(self)
        tracks.label(self)
        self.pose({})

    def _head_weights(self):
        b = self.b
        trunk = b.bone_w(
            [
                "root",
                "spine*",
                "clavicle*",
                "shoulder01*",
                "upperarm*",
                "lowerarm*",
                "wrist*",
                "finger*",
                "metacarpal*",
                "breast*",
                "pelvis*",
                "upperleg*",
                "lowerleg*",
                "foot*",
                "toe*",
            ]
        )
        neck = sum(f * b.bone_w([n]) for n, f in (("neck01", 0.75), ("neck02", 0.5), ("neck03", 0.25)))
        w = np.clip(1 - trunk - neck, 0, 1)
        for g in ("helper-upper-teeth", "helper-lower-teeth", "helper-tongue", "helper-l-eye", "helper-r-eye"):
            w[b.vgroups[g]] = 1
        self.w_head = w

    def brows_and_lashes(self):
        """Give the strands whose points follow the skin, and the wet rims of the lids, which are strands too."""
        return [ob for ob, *_ in self.stuck] + [ob for _, ob in self.lines + self.tears] + [l[5] for l in self.lash]

    def show(self, state, coefficients):
        """Take on a state of idle life and a mouth that speaks."""
        who = self.character
        units = shapes.units(coefficients)
        units["eyeBlinkLeft"], units["eyeBlinkRight"] = (x * (1 - who.rest.get("eyeBlink*", 0)) for x in state.lids)
        units["browInnerUp"] = units["browOuterUp*"] = state.brow
        plus = lambda a, b: tuple(x + y for x, y in zip(a, b))
        self.pose(units, plus(who.head, state.head), plus(who.gaze, state.gaze), breath=state.breath)

    def pose(self, acts, head=(0, 0, 0), gaze=(0, 0), rest=True, breath=0.0):
        """acts: face units. head: degrees (nod, tilt, turn). gaze: degrees (up, left). breath: 0 to 1."""
        b = self.b
        a = dict(self.character.rest) if rest else {}
        acts = dict(acts)
        a["mouthSmile*"] = a.get("mouthSmile*", 0) * acts.pop(shapes.RESTING_SMILE, 1)
        for k, w in acts.items():
            a[k] = a.get(k, 0) + w
        d = b.express(a)
        v = self.v0 + d
        ang = np.radians(np.array(head, float))
        R = Matrix.Rotation(ang[2], 3, "Z") @ Matrix.Rotation(ang[1], 3, "Y") @ Matrix.Rotation(ang[0], 3, "X")
        q = R.to_quaternion()
        axis, th = q.to_axis_angle()
        axis = np.array(axis)
        x = v - self.neck
        t = th * self.w_head
        c, s = np.cos(t)[:, None], np.sin(t)[:, None]
        vp = self.neck + x * c + np.cross(axis, x) * s + axis * (x @ axis)[:, None] * (1 - c) if th > 1e-6 else v
        up = Vector(breathe(self.neck[None] + (0, 0, 0.2), breath)[0])
        M4 = (
            Matrix.Translation(up) @ Matrix.Translation(self.neck) @ R.to_4x4() @ Matrix.Translation(-Vector(self.neck))
        )
        Rn = np.array(R)
        rot = lambda p: self.neck + (p - self.neck) @ Rn.T + np.array(up)
        skin = vp[self.body_idx]
        self.skin_now, self.head_now, self.breath_now = skin + breathe(skin, breath), M4, breath
        self.set_co(self.body, self.skin_now)
        for ob, co in self.cloth:
            self.set_co(ob, co + breathe(co, breath))
        self.set_co(self.tongue, rot(teeth.tongue(self, v, a)))
        for o in self.rigid:
            o.matrix_world = M4
        for s_, c0, R0, inner, outer in self.eyes:
            g = Matrix.Rotation(math.radians(-gaze[0]), 4, "X") @ Matrix.Identity(4)
            g = Matrix.Rotation(math.radians(gaze[1]), 4, "Z") @ g
            mw = M4 @ Matrix.Translation(c0) @ g
            inner.matrix_world = mw
            outer.matrix_world = mw
        for part, (c0, h0, obs) in self.teeth.items():
            ids = b.vgroups[f"helper-{part}-teeth"]
            h1 = h0 + d[ids]
            a0, a1 = h0 - h0.mean(0), h1 - h1.mean(0)  # rigid fit (Kabsch)
            U, _, Vt = np.linalg.svd(a0.T @ a1)
            Rt = (U @ np.diag([1, 1, np.sign(np.linalg.det(U @ Vt))]) @ Vt).T
            m = Matrix.Translation(h1.mean(0)) @ Matrix(Rt.tolist()).to_4x4() @ Matrix.Translation(-Vector(h0.mean(0)))
            for ob, _ in obs:
                ob.matrix_world = M4 @ m
        for ob, pts, (j, w) in self.stuck:
            disp = (d[j] * w[..., None]).sum(1)
            move_hair(ob, rot(pts + disp[:, None]))
        for ids, ob in self.lines:
            move_hair(ob, rot(brows.line_points(ids, v)[0])[None])
        for ring, ob in self.tears:
            move_hair(ob, rot(brows.tear_points(ring, v)[0])[None])
        for l in self.lash:
            move_hair(l[5], rot(brows.lash_points(l, v).reshape(-1, 3)).reshape(len(l[1]), 6, 3))

    @staticmethod
    def set_co(ob, co):
        ob.data.vertices.foreach_set("co", np.asarray(co, np.float32).ravel())
        ob.data.update()

    def render(self, path, samples=None, border=None, scale=100, noise=0):
        """border: (x0, y0, x1, y1) in 1280x720 pixels, top-left origin; renders and crops to it"""
        S = bpy.context.scene
        S.cycles.seed = noise
        if samples:
            S.cycles.samples = samples
        S.render.resolution_percentage = scale
        S.render.use_border = S.render.use_crop_to_border = border is not None
        if border:
            x0, y0, x1, y1 = border
            S.render.border_min_x, S.render.border_max_x = x0 / 1280, x1 / 1280
            S.render.border_min_y, S.render.border_max_y = 1 - y1 / 720, 1 - y0 / 720
        S.render.filepath = path
        bpy.ops.render.render(write_still=True)
