"""Camera, light and the settings of the renderer."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import math

import bpy
from blender import link
from mathutils import Vector


def studio(figure):
    S = bpy.context.scene
    cam = bpy.data.cameras.new("cam")
    cam.lens = 85
    cam.sensor_width = 36
    co = link(bpy.data.objects.new("cam", cam))
    S.camera = co
    fh = 0.405  # picture height in metres at the face plane
    dist = fh * (1280 / 720) / 36 * 85
    co.location = (0, -0.12 - dist, 0.534)
    co.rotation_euler = (math.radians(90.3), 0, 0)

    def area(loc, target, size, power, color=(1, 1, 1), size_y=None):
        l = bpy.data.lights.new("area", "AREA")
        l.energy = power
        l.size = size
        l.color = color
        if size_y:
            l.shape = "RECTANGLE"
            l.size_y = size_y
        o = link(bpy.data.objects.new("area", l))
        o.location = loc
        o.rotation_euler = (Vector(target) - Vector(loc)).to_track_quat("-Z", "Y").to_euler()

    head = (0, -0.1, 0.57)
    area((-0.95, -1.35, 1.15), head, 0.8, 22, (1, 0.965, 0.92), 1.0)  # key: window side
    area((1.2, -1.2, 0.65), head, 1.2, 3.6, (0.93, 0.97, 1))  # fill
    area((0.75, 0.9, 1.15), (0, 0, 0.6), 0.5, 6, (0.97, 0.98, 1))  # rim right
    area((-0.8, 0.85, 1.0), (0, 0, 0.6), 0.5, 6, (0.92, 0.97, 1))  # rim left
    area((0, -1.3, -0.15), head, 0.9, 1.4, (1, 0.98, 0.95))  # table bounce
    area((-0.15, 0.15, 1.75), (0, -0.03, 0.65), 0.5, 6, (1, 0.98, 0.96))  # hair light
    w = bpy.data.worlds.new("w")
    S.world = w
    w.use_nodes = True
    bg = w.node_tree.nodes["Background"]
    bg.inputs[0].default_value = (0.80, 0.85, 0.92, 1)
    bg.inputs[1].default_value = 0.22
    S.render.engine = "CYCLES"
    c = S.cycles
    c.device = "CPU"
    c.samples = 48
    c.use_adaptive_sampling = True
    c.adaptive_threshold = 0.03
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
    S.view_settings.exposure = 0.12
    S.render.threads_mode = "FIXED"
    S.render.threads = 2
    figure.cam = co
