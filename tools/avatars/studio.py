"""Camera, light and the settings of the renderer."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import math

import bpy
import work
from blender import link, make_mesh
from mathutils import Vector

EYES = 0.6033  # the height of the eyes of every figure, in metres
FACE = -0.12  # where the camera focuses

# Lights by name: place, aim, size, power, colour; a character's file scales the powers.
LIGHTS = {
    "key": ((-0.95, -1.10, 1.02), (0, -0.1, 0.56), (0.85, 1.15), 24.0, (1.0, 0.965, 0.92)),
    "fill": ((1.25, -1.15, 0.62), (0, -0.1, 0.57), (1.3, 1.3), 2.6, (0.92, 0.96, 1.0)),
    "rim": ((0.80, 0.75, 0.98), (0, 0, 0.58), (0.35, 0.8), 13.0, (1.0, 0.97, 0.93)),
    "edge": ((-0.85, 0.80, 0.90), (0, 0, 0.56), (0.35, 0.9), 9.0, (0.90, 0.96, 1.0)),
    "bounce": ((0, -1.2, -0.10), (0, -0.1, 0.56), (1.0, 0.8), 1.2, (1.0, 0.97, 0.93)),
    "hair": ((0.10, 0.10, 1.70), (0, -0.02, 0.66), (0.5, 0.5), 6.5, (1.0, 0.98, 0.96)),
}


def camera(look):
    """Frame head and shoulders: `height` metres of picture at the face, eyes at a share `eyes` from above.

    `wide` times as much is seen from further away, and all of it `lower` by a share of the picture's height.
    """
    S = bpy.context.scene
    cam = bpy.data.cameras.new("cam")
    cam.lens = look["lens"]
    cam.sensor_width = 36
    co = link(bpy.data.objects.new("cam", cam))
    S.camera = co
    height = look["height"] * look.get("wide", 1.0)
    eyes = look["eyes"] + look.get("lower", 0.0)
    wide = height * 16 / 9
    co.location = (0, FACE - wide / 36 * look["lens"], EYES + look.get("above", 0.0))
    co.rotation_euler = (math.radians(90), 0, 0)
    cam.shift_y = -((0.5 - eyes) * height + look.get("above", 0.0)) / wide
    cam.dof.focus_distance = -(co.location.y - FACE)
    cam.dof.aperture_fstop = look.get("fstop", 2.8)
    return co


def area(loc, target, size, power, color):
    l = bpy.data.lights.new("area", "AREA")
    l.energy = power
    l.color = color
    l.shape = "RECTANGLE"
    l.size, l.size_y = size
    o = link(bpy.data.objects.new("area", l))
    o.location = loc
    o.rotation_euler = (Vector(target) - Vector(loc)).to_track_quat("-Z", "Y").to_euler()
    return o


def window_bars(key, size):
    """Bars before the key light, which only reflections see: the eyes show a window."""
    w, h = size
    for x, y, bw, bh in ((0, 0, 0.035, h), (0, h * 0.12, w, 0.035)):
        v = [(x + sx * bw / 2, y + sy * bh / 2, -0.01) for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        bar = make_mesh("bar", v, [(0, 1, 2, 3)])
        bar.matrix_world = key.matrix_world.copy()
        bar.rotation_euler, bar.location = key.rotation_euler, key.location
        for ray in ("camera", "diffuse", "shadow", "transmission", "volume_scatter"):
            setattr(bar, f"visible_{ray}", False)


def studio(figure):
    who = figure.character
    figure.cam = camera(who.camera)
    for name, (loc, target, size, power, color) in LIGHTS.items():
        lamp = area(loc, target, size, power * who.light.get(name, 1.0), color)
        if name == "key":
            bpy.context.view_layer.update()
            window_bars(lamp, size)
    w = bpy.data.worlds.new("w")
    bpy.context.scene.world = w
    w.use_nodes = True
    bg = w.node_tree.nodes["Background"]
    bg.inputs[0].default_value = (0.80, 0.85, 0.92, 1)
    bg.inputs[1].default_value = who.light.get("sky", 0.16)
    settings(who.light.get("exposure", 0.0))


def settings(exposure):
    S = bpy.context.scene
    S.render.engine = "CYCLES"
    c = S.cycles
    compute(work.device())
    c.samples = 48
    c.use_adaptive_sampling = True
    c.adaptive_threshold = 0.02
    c.use_denoising = True
    c.denoiser = "OPENIMAGEDENOISE"
    c.denoising_input_passes = "RGB_ALBEDO_NORMAL"
    c.denoising_prefilter = "FAST"
    c.max_bounces = 6
    c.diffuse_bounces = 2
    c.glossy_bounces = 2
    c.transmission_bounces = 4
    c.transparent_max_bounces = 8
    c.caustics_reflective = c.caustics_refractive = False
    c.sample_clamp_indirect = 3.0
    c.seed = 1
    S.cycles_curves.shape = "RIBBONS"
    S.cycles_curves.subdivisions = 2
    S.render.use_persistent_data = True
    S.render.film_transparent = True
    S.render.resolution_x, S.render.resolution_y, S.render.resolution_percentage = 1280, 720, 100
    S.render.image_settings.file_format = "PNG"
    S.render.image_settings.color_mode = "RGBA"
    S.view_settings.view_transform = "AgX"
    S.view_settings.look = "AgX - Medium High Contrast"
    S.view_settings.exposure = exposure
    S.render.threads_mode = "FIXED"
    # With one alone, the spare worker of Blender's library of threads waits in a circle and takes as much again.
    S.render.threads = max(2, work.threads())


def compute(device):
    """Say what Cycles computes on; a graphics card that isn't there is an error, not a slow picture."""
    S = bpy.context.scene
    if device == "CPU":
        S.cycles.device = "CPU"
        return
    cycles = bpy.context.preferences.addons["cycles"].preferences
    cycles.compute_device_type = device
    cards = [d for d in cycles.get_devices_for_type(device) if d.type == device]
    if not cards:
        raise SystemExit(f"AVATARS_DEVICE={device}: Blender finds no such device on this machine")
    for d in cards:
        d.use = True
    S.cycles.device = "GPU"
