"""Hair: what keeps its tree of rays is there for the renderer, and for nobody else."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false

from __future__ import annotations

import unittest

import blender
import bpy
import numpy as np

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


if __name__ == "__main__":
    unittest.main()
