"""Where each point of the figure goes: a pass that paints places at rest, and their way into other poses.

A picture between two keyframes is made of both: each of its pixels is looked up where its point was in them.
"""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property

import bpy
import materials
import numpy as np
from blender import strand_points
from scipy.ndimage import distance_transform_edt, map_coordinates, maximum_filter, minimum_filter
from scipy.spatial import cKDTree

SKIN, CLOTH, HEAD, LEFT, RIGHT = range(1, 6)
STEP = 4.0  # between the numbers of parts in the red channel; places lie within +-1
NEAR = 0.004  # metres by which a point may miss itself in a keyframe before it counts as hidden there
DEEP = 0.03  # the same for hair: any strand within may be the one that was painted
APART = 0.01  # metres between neighbouring pixels of skin or cloth that are not side by side at rest
# What a keyframe counts: where a point is seen, where it is seen at an edge, which mixes it with others, where it is
# not but the next pixel is of its part, and where it is hidden.
SEEN, EDGE, BESIDE, HIDDEN = 1.0, 0.2, 0.01, 0.001


def label(figure):
    """Number the parts and write places at rest on what deforms."""
    figure.clear = [*getattr(figure, "clear", []), *(outer for *_, outer in figure.eyes)]
    for ob in bpy.context.scene.objects:
        ob.pass_index = HEAD
    _follow(figure.body, SKIN, figure.v0[figure.body_idx])
    for ob, at_rest in figure.cloth:
        _follow(ob, CLOTH, at_rest)
    for ob in figure.brows_and_lashes():  # its points are moved with the skin, not its matrix with the head
        _follow(ob, SKIN, strand_points(ob))
    for (_, _, _, inner, outer), part in zip(figure.eyes, (LEFT, RIGHT)):
        inner.pass_index = part
        outer.visible_camera = True


def _follow(ob, part, at_rest):
    """Let an object's points, (points, 3) at rest, be followed as points of a part."""
    ob.pass_index = part
    a = ob.data.attributes.new("rest", "FLOAT_VECTOR", "POINT")
    a.data.foreach_set("vector", at_rest.astype(np.float32).ravel())


def _material():
    m = materials.M("places")
    index = m.n("ObjectInfo").outputs["Object Index"]
    deforms = m.math("LESS_THAN", index, CLOTH + 0.5)
    at = m.mix(deforms, m.n("TexCoord").outputs["Object"], m.attr("rest").outputs["Vector"])
    shift = m.n("CombineXYZ", X=m.math("MULTIPLY", index, STEP))
    e = m.n("Emission", Strength=1.0)
    m.set(e, "Color", m.n("VectorMath", {"operation": "ADD"}, **{"0": at, "1": shift}))
    done = m.done(e)
    # It shines on nothing: else every face of the figure is sorted into a tree of lamps, for seconds.
    done.cycles.emission_sampling = "NONE"
    return done


@contextmanager
def places(figure):
    """Let renders paint places. Blender builds its scene anew on the way in and out: take many at once."""
    S = bpy.context.scene
    layer = bpy.context.view_layer
    keep = S.cycles.samples, S.cycles.use_denoising, S.cycles.pixel_filter_type, S.cycles.max_bounces
    image = S.render.image_settings
    if not hasattr(figure, "places"):
        figure.places = _material()
    layer.material_override = figure.places
    S.cycles.samples, S.cycles.use_denoising, S.cycles.pixel_filter_type, S.cycles.max_bounces = 1, False, "BOX", 0
    S.cycles.filter_width = 0.01
    image.file_format, image.color_depth = "OPEN_EXR", "32"
    for ob in figure.clear:
        ob.hide_render = True
    yield
    for ob in figure.clear:
        ob.hide_render = False
    S.cycles.samples, S.cycles.use_denoising, S.cycles.pixel_filter_type, S.cycles.max_bounces = keep
    S.cycles.filter_width = 1.5
    layer.material_override = None
    image.file_format, image.color_depth = "PNG", "8"


class Snapshot:
    """What a pose does to every part, and the pass of its places; taken within places()."""

    def __init__(self, figure, path, scale, border=None):
        figure.render(path, samples=1, scale=scale, border=border)
        im = bpy.data.images.load(path)
        im.colorspace_settings.name = "Non-Color"
        w, h = im.size
        px = np.empty(w * h * 4, np.float32)
        im.pixels.foreach_get(px)
        bpy.data.images.remove(im)
        px = px.reshape(h, w, 4)[::-1]
        self.hit = px[..., 3] > 0.5
        self.part = np.where(self.hit, np.rint(px[..., 0] / STEP), 0).astype(int)
        self.rest = px[..., :3].astype(np.float64)
        self.rest[..., 0] -= self.part * STEP
        self.skin = figure.skin_now.copy()
        self.breath = figure.breath_now
        self.matrix = np.array(figure.head_now)
        self.eyes = [np.array(inner.matrix_world) for _, _, _, inner, _ in figure.eyes]

    def shows(self, x, y, rest, part):
        """Tell whether points at rest are what is seen at x and y; beyond an edge, at the edge."""
        return self._sees(*self._pixels(x, y), rest, part, NEAR)

    def counts(self, x, y, rest, part):
        """Tell what a picture counts at x and y for points at rest: SEEN, EDGE, BESIDE or HIDDEN."""
        i, k = self._pixels(x, y)
        seen = self._sees(i, k, rest, part, np.where(part == HEAD, DEEP, NEAR))
        edge = self.edge[i, k]
        beside = np.select([part == n for n in self.around], [m[i, k] for m in self.around.values()], False)
        return np.where(seen, np.where(edge, EDGE, SEEN), np.where(edge & beside, BESIDE, HIDDEN))

    def _pixels(self, x, y):
        h, w = self.hit.shape
        return np.clip(np.rint(y), 0, h - 1).astype(int), np.clip(np.rint(x), 0, w - 1).astype(int)

    def _sees(self, i, k, rest, part, within):
        return (self.part[i, k] == part) & (np.linalg.norm(self.rest[i, k] - rest, axis=1) < within)

    @cached_property
    def edge(self):
        """Give whether a pixel and those around it are of several surfaces."""
        span = lambda a: maximum_filter(a, 3) - minimum_filter(a, 3)
        apart = np.max([span(self.rest[..., c]) for c in range(3)], 0) > APART
        return (span(self.part) > 0) | (apart & (self.part != HEAD))

    @cached_property
    def around(self):
        """Give for each part whether a pixel or one of those around it is of it."""
        return {n: maximum_filter(self.part == n, 3) for n in (SKIN, CLOTH, HEAD, LEFT, RIGHT)}


class Tracker:
    """Follows points of one figure from pose to pose."""

    def __init__(self, figure, breathe):
        self.at_rest = figure.v0[figure.body_idx]
        self.tree = cKDTree(self.at_rest)
        self.breathe = breathe
        cam = figure.cam
        self.eye = np.array(cam.location)
        self.lens, self.shift = cam.data.lens / cam.data.sensor_width, cam.data.shift_y

    def project(self, p, width, height):
        """Give pixels (x, y) of points."""
        d = p - self.eye
        x = d[:, 0] / d[:, 1] * self.lens
        y = d[:, 2] / d[:, 1] * self.lens - self.shift
        return np.stack([(x + 0.5) * width - 0.5, height / 2 - y * width - 0.5], 1)

    def near(self, rest, part):
        """Give four neighbours on the skin of each point of it at rest, and what they weigh."""
        d, j = self.tree.query(rest[part == SKIN], k=4)
        weight = 1 / (d + 1e-4) ** 2
        return j, weight / weight.sum(1, keepdims=True)

    def places(self, snap, rest, part, near):
        """Give where points at rest are in a pose; `near` are their neighbours on the skin."""
        out = np.empty_like(rest)
        turned = lambda m, p: p @ m[:3, :3].T + m[:3, 3]
        for k, m in ((HEAD, snap.matrix), (LEFT, snap.eyes[0]), (RIGHT, snap.eyes[1])):
            out[part == k] = turned(m, rest[part == k])
        cloth = part == CLOTH
        out[cloth] = rest[cloth] + self.breathe(rest[cloth], snap.breath)
        skin = part == SKIN
        j, w = near
        out[skin] = rest[skin] + ((snap.skin - self.at_rest)[j] * w[..., None]).sum(1)
        return out

    def between(self, now, keys):
        """Make the picture of a pose out of keyframes: (snapshot, premultiplied RGBA, share) each."""
        h, w = now.hit.shape
        away, gap = distance_transform_edt(~now.hit, return_indices=True)
        ys, xs = np.nonzero(away < 6)
        source = gap[0][ys, xs], gap[1][ys, xs]  # what is outside moves with what it is nearest to
        inside = now.hit[ys, xs]
        rest, part = now.rest[source], now.part[source]
        near = self.near(rest, part)
        here = self.project(self.places(now, rest, part, near), w, h)
        total, picture, best = np.zeros(len(xs)), np.zeros((len(xs), 4)), np.zeros(len(xs))
        for snap, rgba, share in keys:
            there = self.project(self.places(snap, rest, part, near), w, h)
            x, y = xs + there[:, 0] - here[:, 0], ys + there[:, 1] - here[:, 1]
            counts = np.where(inside, snap.counts(x, y, rest, part), SEEN)
            best = np.maximum(best, counts)
            much = share * counts
            for c in range(4):
                picture[:, c] += much * map_coordinates(rgba[..., c], [y, x], order=3, mode="nearest")
            total += much
        picture /= total[:, None]
        # A thin strand over skin is not as dark as the hair beside it: edges stay what they are.
        lacks = (best <= HIDDEN) & ~now.edge[ys, xs]
        _borrow(picture, np.stack([xs, ys], 1), part, lacks, best >= EDGE)
        out = np.zeros((h, w, 4))
        out[ys, xs] = picture
        return out.clip(0, 1)


def _borrow(picture, places, part, lacks, has):
    """Give pixels that no keyframe shows the colour of the nearest of their part that one does; all are (n, ...)."""
    for one in np.unique(part[lacks]):
        here, there = lacks & (part == one), has & (part == one)
        if there.any():
            picture[here] = picture[there][cKDTree(places[there]).query(places[here])[1]]
