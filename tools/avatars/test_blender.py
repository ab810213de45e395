"""What Blender is needed for: trees of rays for the renderer alone, brows that are followed, shoulders of jackets."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false

from __future__ import annotations

import unittest
from types import SimpleNamespace

import blender
import bpy
import clothes
import coat
import numpy as np
import tracks
from figure import Figure

RAYS = ("camera", "diffuse", "glossy", "transmission", "volume_scatter", "shadow")


class Trees(unittest.TestCase):
    def test_the_twin_is_kept_and_not_seen(self) -> None:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        points = np.linspace(0, 1, 2 * 4 * 3).reshape(2, 4, 3)
        hair = blender.make_hair("hair", points, 1e-4, 1e-5, bpy.data.materials.new("hair"))
        blender.keep_tree(hair)
        twin = bpy.data.objects["hair_twin"]
        self.assertIs(twin.data, hair.data)
        # What no ray sees is left out of the scene, and then the hair is there once and keeps no tree.
        seen = [ray for ray in RAYS if getattr(twin, f"visible_{ray}")]
        self.assertEqual(seen, ["volume_scatter"])


class Brows(unittest.TestCase):
    """A strand whose points are moved is found at rest all the same, or a raised brow is looked for where it is not."""

    def test_strands_are_followed_as_skin(self) -> None:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        of = bpy.data.materials.new("any")
        brow, line, tear, lash, head = (
            blender.make_hair(name, np.linspace(0, 1, 12).reshape(1, 4, 3), 1e-4, 1e-5, of)
            for name in ("brow", "line", "tear", "lash", "head")
        )
        skin = bpy.data.objects.new("skin", bpy.data.meshes.new("skin"))
        skin.data.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
        figure = object.__new__(Figure)  # with nothing but what is followed
        figure.body, figure.body_idx, figure.v0 = skin, [0, 1, 2], np.zeros((3, 3))
        figure.cloth, figure.eyes, figure.stuck = [], [], [(brow, None, None)]
        figure.lines, figure.tears, figure.lash = [(None, line)], [(None, tear)], [[None] * 5 + [lash]]
        tracks.label(figure)
        for ob in (brow, line, tear, lash):
            blender.move_hair(ob, np.ones((1, 4, 3)))
            rest = blender.vectors(ob.data.attributes["rest"].data)
            np.testing.assert_allclose(rest.ravel(), np.linspace(0, 1, 12), atol=1e-6)
            self.assertEqual(ob.pass_index, tracks.SKIN)
        self.assertEqual(head.pass_index, tracks.HEAD)


class Jackets(unittest.TestCase):
    def test_the_shoulders_follow_the_cut_and_the_body_where_it_is_higher(self) -> None:
        tailor = SimpleNamespace(cut=clothes.BLAZER, wide=1.0, join=0.475)
        x, y = (g.ravel() for g in np.meshgrid(np.linspace(0.005, 0.195, 120), np.linspace(-0.05, 0.05, 5)))
        line = np.interp(x, clothes.BLAZER.line_x, clothes.BLAZER.line_z) + 0.475
        inner = (x > 0.08) & (x < 0.105)
        for over, want in ((-0.03, 0.0), (0.02, 0.02 - coat.NEAREST)):  # thin shoulders, mighty ones
            worn = coat.tailored(tailor, np.stack([x, y, line + over], 1))
            self.assertLess(np.abs(worn[inner, 2] - line[inner] - want).max(), 0.003)

    def test_the_crease_runs_from_the_button_to_the_neck(self) -> None:
        tailor = SimpleNamespace(cut=clothes.BLAZER, at=lambda x, z: (x, z + 0.475))
        for x, z in (clothes.BLAZER.button, clothes.BLAZER.crease):
            self.assertAlmostEqual(float(coat.crease(tailor, z + 0.475)), x)


if __name__ == "__main__":
    unittest.main()
