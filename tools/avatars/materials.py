"""Node trees of the materials: skin, eyes, enamel, cloth, hair."""

# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from __future__ import annotations

import math

import basis
import bpy
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


def mat_skin(look):
    m = M("skin")
    # picture look-ups instead of procedural noises: several times faster on a CPU
    tile = lambda k: m.image(
        textures.skin_tile(), vector=m.n("Mapping", Vector=m.attr("suv").outputs["Vector"], Scale=k)
    )
    skin, streak = tile((12.5, 12.5, 1)), tile((26.0, 2.6, 1))
    skin.extension = streak.extension = "REPEAT"
    sep = m.n("SeparateColor", Color=skin.outputs[0])
    pore, fine, blot = sep.outputs[0], sep.outputs[1], sep.outputs[2]
    wide = m.n("SeparateColor", Color=tile((3.1, 3.1, 1)).outputs[0]).outputs[2]
    wide.node.inputs[0].links[0].from_node.extension = "REPEAT"
    line = m.n("SeparateColor", Color=streak.outputs[0]).outputs[1]
    lips = m.image(str(basis.makehuman() / "textures" / "mpfb_lips.jpg")).outputs[0]
    inside = m.image(str(basis.makehuman() / "textures" / "mpfb_inside-mouth.jpg")).outputs[0]
    scalp, beard = m.attr("scalp").outputs["Fac"], m.attr("beard").outputs["Fac"]
    c = m.attr("tone").outputs["Color"]
    mottle = look.get("mottle", 1.0)
    around = lambda k, r: tuple(1 + (x - 1) * mottle * k for x in r)
    c = m.mix(
        blot,
        m.mix(1.0, c, around(1, (0.99, 0.86, 0.84)), "MULTIPLY"),
        m.mix(1.0, c, around(1, (1.04, 1.07, 1.05)), "MULTIPLY"),
    )
    c = m.mix(
        wide,
        m.mix(1.0, c, around(1, (0.98, 0.91, 0.88)), "MULTIPLY"),
        m.mix(1.0, c, around(1, (1.02, 1.05, 1.04)), "MULTIPLY"),
    )
    c = m.mix(fine, m.mix(1.0, c, around(1, (0.88, 0.79, 0.75)), "MULTIPLY"), c)
    c = m.mix(m.math("MULTIPLY_ADD", pore, -1.4, 0.72, True), c, m.mix(1.0, c, (0.76, 0.64, 0.60), "MULTIPLY"))
    c = m.mix(
        m.math("MULTIPLY", beard, m.math("MULTIPLY_ADD", fine, -0.6, 0.95, True)),
        c,
        m.mix(1.0, c, (0.62, 0.66, 0.72), "MULTIPLY"),
    )
    lip = look["lips"]
    lipc = m.mix(line, tuple(0.80 * x for x in lip), tuple(min(1, 1.18 * x) for x in lip))
    lipm = m.math("MULTIPLY", lips, look.get("lip_cover", 0.8))
    c = m.mix(lipm, c, lipc)
    c = m.mix(inside, c, (0.20, 0.040, 0.040))
    c = m.mix(m.math("MULTIPLY", scalp, 0.9), c, look.get("scalp", (0.03, 0.022, 0.018)))
    age = look.get("lines", 0.0)
    if age:
        front = m.n("Mapping", Vector=m.attr("ref").outputs["Vector"], Rotation=(math.radians(-90), 0, 0))
        front = m.n("Mapping", Vector=front, Location=(0.5, -0.48 / 0.22, 0), Scale=(1 / 0.22, 1 / 0.22, 1))
        line_map = m.image(textures.age_lines(), vector=front).outputs[0]
        c = m.mix(m.math("MULTIPLY", line_map, 0.45 * age), c, m.mix(1.0, c, (0.62, 0.48, 0.44), "MULTIPLY"))
        carved = m.n("Bump", {"invert": True}, Strength=age, Distance=0.0012, Height=line_map)
    else:
        carved = m.n("Bump", Strength=0.0)
    bump = m.n("Bump", Normal=carved, Strength=look.get("pores", 0.6), Distance=0.0005, Height=pore)
    bump = m.n("Bump", Strength=0.35, Distance=0.0006, Height=fine, Normal=bump)
    bump = m.n("Bump", Strength=m.math("MULTIPLY", lips, 0.55), Distance=0.0008, Height=line, Normal=bump)
    shine = m.attr("shine").outputs["Fac"]
    rough = m.math("SUBTRACT", m.math("MULTIPLY_ADD", fine, 0.20, 0.43), m.math("MULTIPLY", shine, 0.11))
    rough = m.math("SUBTRACT", rough, m.math("MULTIPLY", lipm, 0.14))
    rough = m.math("SUBTRACT", rough, m.math("MULTIPLY", inside, 0.22))
    b = m.n(
        "BsdfPrincipled",
        Base_Color=c,
        Roughness=rough,
        IOR=1.42,
        Normal=bump,
        Subsurface_Weight=1.0,
        Subsurface_Scale=look.get("scatter", 0.0026),
        Subsurface_Radius=(1.0, 0.36, 0.20),
        Coat_Weight=m.math("MULTIPLY", shine, look.get("oil", 0.10)),
        Coat_Roughness=0.28,
    )
    m.set(b, "Specular IOR Level", 0.45)
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


def mat_fabric(name, look):
    """Cloth: a weave of so many threads a metre, mottled threads, a bloom of loose fibres, stripes when asked for."""
    m = M(name)
    color = look["color"]
    co = m.n("TexCoord").outputs["Object"]
    weave = look.get("weave", 900.0)
    kind = {"wave_type": "BANDS", "bands_direction": look.get("direction", "DIAGONAL")}
    w1 = m.n("TexWave", kind, Vector=co, Scale=weave / 20, Distortion=2.0, Detail=2.0, Detail_Scale=3.0).outputs[1]
    nz = m.n("TexNoise", Vector=co, Scale=weave, Detail=3.0).outputs[0]
    mel = look.get("melange", 0.25)
    c = m.mix(nz, tuple((1 - mel) * x for x in color), tuple((1 + mel) * x for x in color))
    if "stripe" in look:
        sep = m.n("SeparateXYZ", Vector=co)
        along = m.math("ADD", m.math("MULTIPLY", sep.outputs[0], 0.8), sep.outputs[2])
        band = m.math("FRACT", m.math("MULTIPLY", along, look["stripes"]))
        c = m.mix(m.math("LESS_THAN", band, look.get("stripe_width", 0.22)), c, look["stripe"])
    h = m.math("ADD", m.math("MULTIPLY", w1, look.get("twill", 0.5)), nz)
    b1 = m.n("Bump", Strength=look.get("bump", 0.3), Distance=0.0006, Height=h)
    b = m.n(
        "BsdfPrincipled",
        Base_Color=c,
        Roughness=look.get("rough", 0.75),
        Normal=b1,
        Sheen_Weight=look.get("sheen", 0.1),
        Sheen_Roughness=0.45,
    )
    m.set(b, "Specular IOR Level", look.get("spec", 0.25))
    return m.done(b)


def mat_hair(name, look):
    m = M(name)
    b = m.n("BsdfHairPrincipled", {"parametrization": "MELANIN"})
    m.set(b, "Melanin", m.attr("melanin").outputs["Fac"])
    if "streaks" in look:
        m.set(b, "Tint", m.attr("tint").outputs["Fac"])
    for k, v in (
        ("Melanin Redness", look.get("redness", 0.25)),
        ("Roughness", look.get("rough", 0.30)),
        ("Radial Roughness", 0.40),
        ("Random Roughness", 0.3),
        ("Random Color", 0.2),
        ("Coat", 0.0),
    ):
        if k in b.inputs:
            b.inputs[k].default_value = v
    return m.done(b)


def mat_tear():
    """The wet edge where the lower lid meets the eye."""
    m = M("tear")
    g = m.n("BsdfGlossy", Roughness=0.03)
    tr = m.n("BsdfTransparent")
    mx = m.t.nodes.new("ShaderNodeMixShader")
    m.set(mx, "0", m.math("MULTIPLY", m.n("Fresnel", IOR=1.34), 1.6, clamp=True))
    m.set(mx, "1", tr)
    m.set(mx, "2", g)
    return m.done(mx)


def mat_eyeball(look):
    m = M("eye")
    co = m.n("TexCoord").outputs["Object"]  # +-1 across the picture = +-EYE_R
    uv = m.n(
        "Mapping",
        Vector=m.n("Mapping", Vector=co, Rotation=(math.radians(90), 0, 0)),
        Location=(0.5, 0.5, 0),
        Scale=(0.5 / 0.0142, 0.5 / 0.0142, 1),
    )
    tex = m.image(textures.eye_texture(look), raw=False, vector=uv)
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
