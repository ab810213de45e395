"""Node trees of the materials: skin, eyes, enamel, cloth, hair."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import math

import bpy
import mesh
import textures


class M:
    """tiny node-tree writer"""

    def __init__(self, name):
        self.mat = bpy.data.materials.new(name)
        self.mat.use_nodes = True
        self.t = self.mat.node_tree
        self.t.nodes.clear()
        self.out = self.t.nodes.new("ShaderNodeOutputMaterial")

    def n(self, kind, _props=None, **inputs):
        nd = self.t.nodes.new("ShaderNode" + kind)
        for k, v in (_props or {}).items():
            setattr(nd, k, v)
        for k, v in inputs.items():
            self.set(nd, k.replace("_", " "), v)
        return nd

    def set(self, nd, key, v):
        sock = nd.inputs[int(key)] if key.isdigit() else nd.inputs[key]
        if isinstance(v, bpy.types.NodeSocket):
            self.t.links.new(v, sock)
        elif isinstance(v, bpy.types.Node):
            self.t.links.new(v.outputs[0], sock)
        else:
            if hasattr(v, "__len__") and len(v) == 3 and sock.type == "RGBA":
                v = (*v, 1)
            sock.default_value = v

    def mix(self, fac, a, b, blend="MIX"):
        nd = self.t.nodes.new("ShaderNodeMix")
        nd.data_type, nd.blend_type = "RGBA", blend
        for i, v in ((0, fac), (6, a), (7, b)):
            self.set(nd, str(i), v)
        return nd.outputs[2]

    def math(self, op, a, b=0.0, c=0.0, clamp=False):
        nd = self.t.nodes.new("ShaderNodeMath")
        nd.operation, nd.use_clamp = op, clamp
        for i, v in ((0, a), (1, b), (2, c)):
            self.set(nd, str(i), v)
        return nd.outputs[0]

    def attr(self, name):
        return self.n("Attribute", {"attribute_name": name})

    def image(self, path, raw=True, vector=None):
        im = bpy.data.images.load(path, check_existing=True)
        if raw:
            im.colorspace_settings.name = "Non-Color"
        nd = self.n("TexImage", {"image": im, "extension": "EXTEND"})
        if vector is not None:
            self.set(nd, "Vector", vector)
        return nd

    def done(self, bsdf):
        self.t.links.new(bsdf.outputs[0] if isinstance(bsdf, bpy.types.Node) else bsdf, self.out.inputs[0])
        return self.mat


def mat_skin():
    m = M("skin")
    # two picture look-ups instead of six procedural noises: several times faster on a CPU
    suv = m.n("Mapping", Vector=m.attr("suv").outputs["Vector"], Scale=(1 / 0.08, 1 / 0.08, 1))
    tile = m.image(textures.skin_tile(), vector=suv)
    tile.extension = "REPEAT"
    sep = m.n("SeparateColor", Color=tile.outputs[0])
    pore, fine, blot = sep.outputs[0], sep.outputs[1], sep.outputs[2]
    col = m.attr("tone").outputs["Color"]
    lips = m.image(str(mesh.makehuman() / "textures" / "mpfb_lips.jpg")).outputs[0]
    inside = m.image(str(mesh.makehuman() / "textures" / "mpfb_inside-mouth.jpg")).outputs[0]
    scalp = m.attr("scalp").outputs["Fac"]
    c = m.mix(blot, m.mix(1.0, col, (1.0, 0.91, 0.89), "MULTIPLY"), m.mix(1.0, col, (1.03, 1.05, 1.02), "MULTIPLY"))
    c = m.mix(fine, m.mix(1.0, c, (0.90, 0.82, 0.79), "MULTIPLY"), c)
    c = m.mix(m.math("MULTIPLY_ADD", pore, -1.1, 0.62, True), c, m.mix(1.0, c, (0.80, 0.70, 0.66), "MULTIPLY"))
    lipc = m.mix(fine, (0.37, 0.115, 0.105), (0.46, 0.165, 0.145))
    lipm = m.math("MULTIPLY", lips, 0.80)
    c = m.mix(lipm, c, lipc)
    c = m.mix(inside, c, (0.20, 0.040, 0.040))
    c = m.mix(scalp, c, (0.012, 0.009, 0.008))
    bump = m.n("Bump", Strength=0.45, Distance=0.0005, Height=pore)
    shine = m.attr("shine").outputs["Fac"]
    rough = m.math("SUBTRACT", m.math("MULTIPLY_ADD", fine, 0.16, 0.42), m.math("MULTIPLY", shine, 0.10))
    rough = m.math("SUBTRACT", rough, m.math("MULTIPLY", lipm, 0.12))
    rough = m.math("SUBTRACT", rough, m.math("MULTIPLY", inside, 0.22))
    b = m.n(
        "BsdfPrincipled",
        Base_Color=c,
        Roughness=rough,
        IOR=1.42,
        Normal=bump,
        Subsurface_Weight=1.0,
        Subsurface_Scale=0.0042,
        Subsurface_Radius=(1.0, 0.36, 0.18),
    )
    m.set(b, "Specular IOR Level", 0.42)
    return m.done(b)


def mat_simple(name, color, rough=0.5, sss=0.0, coat=0.0, sheen=0.0, bump=None, spec=0.5):
    m = M(name)
    b = m.n(
        "BsdfPrincipled",
        Roughness=rough,
        Coat_Weight=coat,
        Coat_Roughness=0.12,
        Subsurface_Weight=1.0 if sss else 0.0,
        Subsurface_Scale=sss or 0.001,
        Subsurface_Radius=(1.0, 0.4, 0.25),
        Sheen_Weight=sheen,
        Sheen_Roughness=0.4,
    )
    m.set(b, "Base Color", color)
    m.set(b, "Specular IOR Level", spec)
    if bump:
        co = m.n("TexCoord").outputs["Object"]
        h = m.n("TexNoise", Vector=co, Scale=bump[0], Detail=4.0).outputs[0]
        m.set(b, "Normal", m.n("Bump", Strength=bump[1], Distance=0.0006, Height=h))
    return m.done(b)


def mat_fabric(name, color, scale, rough, sheen):
    m = M(name)
    co = m.n("TexCoord").outputs["Object"]
    w1 = m.n(
        "TexWave",
        {"wave_type": "BANDS", "bands_direction": "DIAGONAL"},
        Vector=co,
        Scale=scale,
        Distortion=1.5,
        Detail=2.0,
    ).outputs[1]
    nz = m.n("TexNoise", Vector=co, Scale=scale * 1.3, Detail=3.0).outputs[0]
    fold = m.n("TexNoise", Vector=co, Scale=14.0, Detail=2.0).outputs[0]
    c = m.mix(nz, tuple(0.75 * x for x in color), tuple(1.3 * x for x in color))
    h = m.math("ADD", m.math("MULTIPLY", w1, 0.5), nz)
    b1 = m.n("Bump", Strength=0.25, Distance=0.0005, Height=h)
    b2 = m.n("Bump", Strength=0.35, Distance=0.006, Height=fold, Normal=b1)
    b = m.n("BsdfPrincipled", Base_Color=c, Roughness=rough, Normal=b2, Sheen_Weight=sheen, Sheen_Roughness=0.45)
    m.set(b, "Specular IOR Level", 0.25)
    return m.done(b)


def mat_hair(name, melanin, rough=0.28):
    m = M(name)
    b = m.n("BsdfHairPrincipled", {"parametrization": "MELANIN"})
    for k, v in (
        ("Melanin", melanin),
        ("Melanin Redness", 0.12),
        ("Roughness", rough),
        ("Radial Roughness", 0.35),
        ("Random Roughness", 0.3),
        ("Random Color", 0.25),
        ("Coat", 0.0),
    ):
        if k in b.inputs:
            b.inputs[k].default_value = v
    return m.done(b)


def mat_eyeball():
    m = M("eye")
    co = m.n("TexCoord").outputs["Object"]  # +-1 across the picture = +-EYE_R
    uv = m.n(
        "Mapping",
        Vector=m.n("Mapping", Vector=co, Rotation=(math.radians(90), 0, 0)),
        Location=(0.5, 0.5, 0),
        Scale=(0.5 / 0.0142, 0.5 / 0.0142, 1),
    )
    tex = m.image(textures.eye_texture(), raw=False, vector=uv)
    b = m.n(
        "BsdfPrincipled",
        Base_Color=tex.outputs[0],
        Roughness=0.35,
        Subsurface_Weight=0.25,
        Subsurface_Scale=0.0015,
        Subsurface_Radius=(1, 0.5, 0.4),
    )
    m.set(b, "Specular IOR Level", 0.2)
    return m.done(b)


def mat_cornea():
    m = M("cornea")
    g = m.n("BsdfGlossy", Roughness=0.015)
    tr = m.n("BsdfTransparent")
    fr = m.n("Fresnel", IOR=1.38)
    lp = m.n("LightPath")
    cam = m.math("MULTIPLY", fr, m.math("SUBTRACT", 1.0, lp.outputs["Is Shadow Ray"]))
    mx = m.t.nodes.new("ShaderNodeMixShader")
    m.set(mx, "0", cam)
    m.set(mx, "1", tr)
    m.set(mx, "2", g)
    return m.done(mx)
