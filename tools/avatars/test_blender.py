"""What Blender is needed for: hair keeps its tree of rays for the renderer alone; a jacket lies on any shoulder."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false

from __future__ import annotations

import unittest
from types import SimpleNamespace

import blender
import bpy
import clothes
import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree

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


class Jackets(unittest.TestCase):
    def test_it_is_cut_higher_for_higher_shoulders_alone(self) -> None:
        tailor = SimpleNamespace(scale=1.0, drop=np.array([0, 0, -0.05]))
        for high, want in ((0.496, 0.0), (0.500, 0.0), (0.536, 0.034)):  # the interviewer's, the analyst's, of 90 years
            corners = [
                Vector((x, y, high - 0.05 - y**2)) for x, y in ((-1, -1), (1, -1), (1, 0), (-1, 0), (1, 1), (-1, 1))
            ]
            surface = BVHTree.FromPolygons(corners, [(0, 1, 2, 3), (3, 2, 4, 5)])
            self.assertAlmostEqual(clothes.raised(surface, tailor), want, 5)
        self.assertEqual(clothes.raised(BVHTree.FromPolygons([], []), tailor), 0.0)


if __name__ == "__main__":
    unittest.main()
