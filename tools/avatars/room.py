"""The office behind: window, panelled wall, shelves, a plant, a lamp; rendered once with depth of field."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import math

import bpy
import materials
import numpy as np
import studio
from blender import make_mesh

FLOOR, CEILING, BACK = -0.62, 2.0, 3.2  # metres, on the scale of the figure whose eyes are at 0.60


def glow(name, color, power):
    m = materials.M(name)
    e = m.n("Emission", Strength=power)
    m.set(e, "Color", color)
    return m.done(e)


def box(name, lo, hi, mat):
    (a, b, c), (d, e, f) = lo, hi
    v = [(x, y, z) for x in (a, d) for y in (b, e) for z in (c, f)]
    ob = make_mesh(
        name, v, [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)], mat, smooth=False
    )
    bv = ob.modifiers.new("bev", "BEVEL")
    bv.width = 0.004
    bv.segments = 2
    return ob


def plain(name, color, rough=0.6, spec=0.4):
    return materials.mat_simple(name, tuple(color), rough, spec=spec)


def wood(look):
    m = materials.M("wood")
    co = m.n("TexCoord").outputs["Object"]
    grain = m.n(
        "TexNoise", Vector=m.n("Mapping", Vector=co, Scale=(9, 9, 0.9)), Scale=3.0, Detail=5.0, Distortion=1.2
    ).outputs[0]
    base = look.get("wood", [0.30, 0.185, 0.105])
    c = m.mix(grain, tuple(0.55 * x for x in base), tuple(1.5 * x for x in base))
    return m.done(m.n("BsdfPrincipled", Base_Color=c, Roughness=0.42))


def books(rng, x0, x1, y, z, tall, colors):
    x = x0
    while x < x1 - 0.05:
        if rng.random() < 0.10:
            x += rng.uniform(0.05, 0.16)
            continue
        w, h, d = rng.uniform(0.018, 0.05), tall * rng.uniform(0.62, 0.92), rng.uniform(0.15, 0.20)
        ob = box("book", (0, 0, 0), (w * 0.93, d, h), colors[rng.integers(len(colors))])
        ob.location = (x, y + rng.uniform(0, 0.03), z)
        if rng.random() < 0.08:
            ob.rotation_euler = (0, math.radians(rng.uniform(5, 12)), 0)
            x += 0.04
        x += w


def shelf(rng, look, x0, x1, timber):
    palette = look.get(
        "books",
        [
            [0.20, 0.05, 0.04],
            [0.05, 0.09, 0.15],
            [0.42, 0.36, 0.27],
            [0.08, 0.13, 0.10],
            [0.30, 0.22, 0.13],
            [0.05, 0.05, 0.06],
            [0.55, 0.52, 0.47],
        ],
    )
    colors = [plain(f"book{i}", c, 0.65) for i, c in enumerate(palette)]
    y0, y1 = BACK - 0.34, BACK - 0.02
    rows = [FLOOR + 0.1 + i * 0.36 for i in range(7)]
    for x in (x0, (x0 + x1) / 2, x1):
        box("side", (x - 0.014, y0, FLOOR), (x + 0.014, y1, rows[-1] + 0.02), timber)
    for z in rows:
        box("board", (x0, y0, z - 0.022), (x1, y1, z), timber)
    pot = plain("vase", (0.62, 0.58, 0.52), 0.35)
    warm = glow("strip", (1.0, 0.72, 0.42), 5.0)
    for z in rows[:-1]:
        for a, b in ((x0 + 0.02, (x0 + x1) / 2), ((x0 + x1) / 2 + 0.02, x1)):
            box("strip", (a + 0.03, y1 - 0.05, z + 0.325), (b - 0.05, y1 - 0.035, z + 0.335), warm)
            kind = rng.random()
            if kind < 0.68:
                books(rng, a, b - 0.02 - rng.uniform(0, 0.15), y0 + 0.03, z, 0.31, colors)
            elif kind < 0.86:
                bpy.ops.mesh.primitive_uv_sphere_add(radius=0.07, location=((a + b) / 2, (y0 + y1) / 2, z + 0.075))
                bpy.context.object.data.materials.append(pot)
            else:
                box("frame", (a + 0.06, y0 + 0.12, z), (b - 0.08, y0 + 0.14, z + 0.26), colors[6])


def plant(rng, at):
    leaf = materials.mat_simple("leaf", (0.035, 0.10, 0.03), 0.4, spec=0.5)
    stem = plain("stem", (0.10, 0.09, 0.04))
    x0, y0, z0 = at
    box(
        "pot",
        (x0 - 0.13, y0 - 0.13, FLOOR),
        (x0 + 0.13, y0 + 0.13, FLOOR + 0.42),
        plain("pot", (0.55, 0.53, 0.50), 0.5),
    )
    verts, faces = [], []
    for _ in range(90):
        a, el = rng.uniform(0, 6.28), rng.uniform(0.15, 1.35)
        d = np.array([math.cos(a) * math.cos(el), math.sin(a) * math.cos(el), math.sin(el)])
        base = np.array([x0, y0, z0]) + d * rng.uniform(0.05, 0.30) + np.array([0, 0, rng.uniform(-0.45, 0.1)])
        side = np.cross(d, [0, 0, 1.0])
        side /= np.linalg.norm(side) + 1e-6
        L, W = rng.uniform(0.14, 0.30), rng.uniform(0.035, 0.07)
        k = len(verts)
        for t in np.linspace(0, 1, 7):
            c = base + d * L * t - np.array([0, 0, 0.30 * L * t * t])
            w = W * math.sin(math.pi * min(1, t * 0.9 + 0.08)) * 0.5
            verts += [c - side * w + [0, 0, w * 0.4], c, c + side * w + [0, 0, w * 0.4]]
        for i in range(6):
            for j in range(2):
                q = k + i * 3 + j
                faces.append((q, q + 1, q + 4, q + 3))
    make_mesh("leaves", verts, faces, leaf)
    box("stem", (x0 - 0.01, y0 - 0.01, FLOOR + 0.4), (x0 + 0.01, y0 + 0.01, z0), stem)


def window(x0, x1, frame):
    z0, z1 = 0.05, 1.75
    box("sky", (x0, BACK + 0.9, z0 - 1), (x1 + 0.4, BACK + 0.91, z1 + 1), glow("sky", (0.80, 0.90, 1.0), 5.5))
    rng = np.random.default_rng(4)
    for i in range(7):  # houses far away
        x = x0 + (x1 - x0) * i / 7
        tone = rng.uniform(1.6, 3.2)
        box(
            "house",
            (x, BACK + 0.80, z0 - 1),
            (x + rng.uniform(0.12, 0.3), BACK + 0.85, rng.uniform(0.3, 0.95)),
            glow(f"house{i}", (0.78, 0.86, 0.95), tone),
        )
    for x in np.linspace(x0, x1, 3):
        box("post", (x - 0.025, BACK - 0.03, z0), (x + 0.025, BACK + 0.05, z1), frame)
    for z in (z0, z1, z0 + 1.18):
        box("rail", (x0, BACK - 0.03, z - 0.025), (x1, BACK + 0.05, z + 0.025), frame)
    box("sill", (x0 - 0.05, BACK - 0.18, z0 - 0.05), (x1 + 0.05, BACK + 0.02, z0 - 0.01), frame)


def build(look):
    """Build the room around the camera's view."""
    rng = np.random.default_rng(look["seed"])
    side = look.get("side", 1)  # 1: window at the picture's left
    wall, timber = plain("wall", look["wall"], 0.75), wood(look)
    frame = plain("frame", look.get("frame", [0.10, 0.10, 0.11]), 0.4)
    win, gap = (-1.75, -0.50), 0.06
    left = lambda a, b: (a, b) if side > 0 else (-b, -a)
    wx = left(*win)
    box("above", (wx[0], BACK, 1.78), (wx[1], BACK + 0.05, CEILING), wall)
    box("below", (wx[0], BACK, FLOOR), (wx[1], BACK + 0.05, 0.02), wall)
    for a, b in (left(-3.5, win[0]), left(win[1], 3.5)):
        box("wall", (a, BACK, FLOOR), (b, BACK + 0.05, CEILING), wall)
    a, b = left(win[1] + 0.05, 0.62)
    for i in range(9):  # slats between window and shelves
        w = (b - a) / 9
        box(
            "slat",
            (a + i * w + gap * w, BACK - 0.035, FLOOR),
            (a + (i + 1) * w - gap * w, BACK, CEILING),
            timber if look.get("slats", True) else wall,
        )
    window(*wx, frame)
    shelf(rng, look, *left(0.66, 2.3), timber)
    px = left(-0.62, -0.5)[0 if side > 0 else 1]
    plant(rng, (px + look.get("plant", 0.0), BACK - 0.75, 0.22))
    box("floor", (-3.5, -1, FLOOR - 0.02), (3.5, BACK, FLOOR), plain("floor", (0.16, 0.13, 0.11), 0.35))
    box("ceiling", (-3.5, 0.4, CEILING), (3.5, BACK, CEILING + 0.02), plain("ceiling", (0.7, 0.7, 0.7)))
    box("desk", (left(0.35, 2.2)[0], 1.55, 0.02), (left(0.35, 2.2)[1], 2.2, 0.06), timber)
    lamp = glow("lamp", (1.0, 0.70, 0.40), 9.0)
    bpy.ops.mesh.primitive_uv_sphere_add(radius=0.055, location=(0.78 * side, 2.0, 0.42))
    bpy.context.object.data.materials.append(lamp)
    box("foot", (0.772 * side - 0.006, 1.994, 0.06), (0.772 * side + 0.006, 2.006, 0.40), frame)
    studio.area(
        (-1.1 * side, BACK - 0.15, 0.95),
        (0.2 * side, 1.0, 0.2),
        (1.3, 1.6),
        60 * look.get("daylight", 1.0),
        (0.86, 0.93, 1.0),
    )
    studio.area((0.3, 1.6, CEILING - 0.05), (0.3, 2.6, 0), (2.0, 1.0), 42 * look.get("lamps", 1.0), (1.0, 0.86, 0.70))


def render(who, path, samples, width=1280, height=720):
    """Render the room of a character alone, out of focus as its camera sees it."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    cam = studio.camera(who.camera)
    build(who.room)
    w = bpy.data.worlds.new("w")
    S = bpy.context.scene
    S.world = w
    w.use_nodes = True
    w.node_tree.nodes["Background"].inputs[0].default_value = (0.7, 0.8, 0.95, 1)
    w.node_tree.nodes["Background"].inputs[1].default_value = 0.15
    studio.settings(who.room.get("exposure", 0.0))
    cam.data.dof.use_dof = True
    cam.data.dof.aperture_blades = 9
    S.render.film_transparent = False
    S.cycles.samples = samples
    S.cycles.diffuse_bounces = 4
    S.render.resolution_x, S.render.resolution_y = width, height
    S.render.filepath = path
    bpy.ops.render.render(write_still=True)
