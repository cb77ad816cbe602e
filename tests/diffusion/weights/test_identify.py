"""What a file is, told by keys and shapes of the published layouts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch

from diffusion.weights.archive import open_archive
from diffusion.weights.identity.identify import identify, identify_archive
from tests.factories.checkpoints import tiny_sd1
from tests.factories.relatives import tiny_refiner, tiny_sd2, tiny_sdxl

Shapes = Mapping[str, tuple[int, ...]]
Told = tuple[str, str, str]  # role, family, variant


def unet(
    context: int,
    *,
    vector: int = 0,
    channels: int = 4,
    base: int = 320,
    linear: bool = False,
    depth: int = 1,
    prefix: str = "model.diffusion_model.",
    attended: int = 4,
) -> dict[str, tuple[int, ...]]:
    block = f"input_blocks.{attended}.1."
    shapes: dict[str, tuple[int, ...]] = {
        "time_embed.0.weight": (4 * base, base),
        "input_blocks.0.0.weight": (base, channels, 3, 3),
        block + "proj_in.weight": (base, base) if linear else (base, base, 1, 1),
        "output_blocks.0.0.in_layers.0.weight": (8 * base,),
        "out.2.weight": (4, base, 3, 3),
    }
    for index in range(depth):
        shapes[f"{block}transformer_blocks.{index}.attn1.to_k.weight"] = (base, base)
        shapes[f"{block}transformer_blocks.{index}.attn2.to_k.weight"] = (base, context)
    if vector:
        shapes["label_emb.0.0.weight"] = (4 * base, vector)
    return {prefix + key: shape for key, shape in shapes.items()}


VAE = {
    "first_stage_model.encoder.conv_in.weight": (128, 3, 3, 3),
    "first_stage_model.decoder.conv_in.weight": (512, 4, 3, 3),
    "first_stage_model.decoder.up.0.block.0.conv1.weight": (128, 256, 3, 3),
    "first_stage_model.quant_conv.weight": (8, 8, 1, 1),
}
CLIP_L = {
    "cond_stage_model.transformer.text_model.embeddings.token_embedding.weight": (49408, 768),
    "cond_stage_model.transformer.text_model.encoder.layers.11.mlp.fc1.weight": (3072, 768),
}
OPEN_CLIP = {"cond_stage_model.model.token_embedding.weight": (49408, 1024)}
TWO_CLIPS = {
    "conditioner.embedders.0.transformer.text_model.embeddings.token_embedding.weight": (49408, 768),
    "conditioner.embedders.1.model.token_embedding.weight": (49408, 1280),
}
PICTURES = {"embedder.model.visual.conv1.weight": (1280, 3, 14, 14)}

CHECKPOINTS: list[tuple[str, Shapes, Told]] = [
    ("sd1", {**unet(768), **VAE, **CLIP_L}, ("checkpoint", "sd1", "")),
    ("sd1 inpaint", {**unet(768, channels=9), **VAE, **CLIP_L}, ("checkpoint", "sd1", "inpaint")),
    ("pix2pix", {**unet(768, channels=8), **VAE, **CLIP_L}, ("checkpoint", "sd1", "pix2pix")),
    ("sd2", {**unet(1024, linear=True), **VAE, **OPEN_CLIP}, ("checkpoint", "sd2", "")),
    ("sd2 depth", {**unet(1024, channels=5), **VAE, **OPEN_CLIP}, ("checkpoint", "sd2", "depth")),
    (
        "unclip",
        {**unet(1024, vector=2048), **VAE, **OPEN_CLIP, **PICTURES},
        ("checkpoint", "sd2", "unclip-H"),
    ),
    (
        "x4 upscaler",
        {
            **unet(1024, channels=7),
            "model.diffusion_model.label_emb.weight": (1000, 1024),
            **VAE,
            **OPEN_CLIP,
        },
        ("checkpoint", "sd-upscaler", "upscaler"),
    ),
    ("sdxl", {**unet(2048, vector=2816, depth=2), **VAE, **TWO_CLIPS}, ("checkpoint", "sdxl", "")),
    (
        "sdxl v",
        {**unet(2048, vector=2816), **VAE, **TWO_CLIPS, "v_pred": ()},
        ("checkpoint", "sdxl", "v-prediction"),
    ),
    (
        "refiner",
        {
            **unet(1280, vector=2560, base=384),
            **VAE,
            "conditioner.embedders.0.model.ln_final.weight": (1280,),
        },
        ("checkpoint", "sdxl-refiner", ""),
    ),
    ("tiny sd1", {**unet(32, base=32), **VAE, **CLIP_L}, ("checkpoint", "sd1", "")),
    ("tiny sd2", {**unet(32, base=32, linear=True), **VAE, **OPEN_CLIP}, ("checkpoint", "sd2", "")),
    (
        "tiny sdxl",
        {**unet(64, base=32, vector=90, linear=True, depth=2), **VAE, **TWO_CLIPS},
        ("checkpoint", "sdxl", ""),
    ),
    ("tiny refiner", unet(64, base=32, vector=90, depth=4), ("model", "sdxl-refiner", "")),
    ("tiny unclip", unet(32, vector=70, linear=True, attended=1), ("model", "sd2", "unclip")),
    (
        "svd",
        {**unet(1024, vector=768, channels=8), "model.diffusion_model.input_blocks.1.0.time_stack.x": (1,)},
        ("model", "svd", ""),
    ),
    ("unet alone", unet(768, prefix=""), ("model", "sd1", "")),
]

FLUX = {
    "double_blocks.0.img_attn.norm.key_norm.scale": (128,),
    "single_blocks.0.linear1.weight": (21504, 3072),
    "txt_in.weight": (3072, 4096),
}
TRANSFORMERS: list[tuple[str, Shapes, Told]] = [
    ("flux schnell", {**FLUX, "img_in.weight": (3072, 64)}, ("model", "flux", "schnell")),
    (
        "flux dev",
        {**FLUX, "img_in.weight": (3072, 64), "guidance_in.in_layer.weight": (3072, 256)},
        ("model", "flux", "dev"),
    ),
    (
        "flux fill",
        {**FLUX, "img_in.weight": (3072, 384), "guidance_in.in_layer.weight": (3072, 256)},
        ("model", "flux", "fill"),
    ),
    (
        "chroma",
        {**FLUX, "img_in.weight": (3072, 64), "distilled_guidance_layer.in_proj.weight": (1,)},
        ("model", "chroma", ""),
    ),
    (
        "sd3",
        {
            "model.diffusion_model.x_embedder.proj.weight": (1536, 16, 2, 2),
            "model.diffusion_model.joint_blocks.0.context_block.attn.qkv.weight": (4608, 1536),
            "model.diffusion_model.joint_blocks.23.x_block.mlp.fc1.weight": (6144, 1536),
            "text_encoders.clip_l.transformer.text_model.final_layer_norm.weight": (768,),
            "first_stage_model.decoder.conv_in.weight": (512, 16, 3, 3),
        },
        ("checkpoint", "sd3", "3 medium"),
    ),
    (
        "wan",
        {"head.modulation": (1, 2, 1536), "blocks.0.self_attn.q.weight": (1536, 1536)},
        ("model", "wan", ""),
    ),
    (
        "ltx",
        {"model.diffusion_model.patchify_proj.weight": (2048, 128), "vae.x": (1,)},
        ("checkpoint", "ltx", ""),
    ),
    ("cascade", {"clip_txt_mapper.weight": (8192, 1280)}, ("model", "sd-cascade", "stage C")),
    (
        "pixart",
        {"t_block.1.weight": (6912, 1152), "blocks.0.cross_attn.kv_linear.weight": (2304, 1152)},
        ("model", "pixart", ""),
    ),
]

UP = "lora_unet_up_blocks_1_attentions_0_"
ATTENTION = UP + "transformer_blocks_0_attn2_to_k"
LAYER = "unet.up_blocks.1.attentions.0.transformer_blocks.0.attn2."


def kohya(width: int, module: str = ATTENTION, out: int = 640) -> Shapes:
    return {
        f"{module}.lora_down.weight": (4, width),
        f"{module}.lora_up.weight": (out, 4),
        f"{module}.alpha": (),
    }


TEXT_2 = kohya(1280, "lora_te2_text_model_encoder_layers_0_self_attn_q_proj", 1280)
LORAS: list[tuple[str, Shapes, Told, str]] = [
    ("sd1", kohya(768), ("lora", "sd1", ""), "kohya"),
    ("sd2", kohya(1024), ("lora", "sd2", ""), "kohya"),
    ("sdxl", {**kohya(2048), **TEXT_2}, ("lora", "sdxl", ""), "kohya"),
    ("refiner", kohya(1280), ("lora", "sdxl-refiner", ""), "kohya"),
    ("text of sdxl", TEXT_2, ("lora", "sdxl", ""), "kohya"),
    (
        "text of sd1",
        kohya(768, "lora_te_text_model_encoder_layers_0_self_attn_q_proj", 768),
        ("lora", "sd1", ""),
        "kohya",
    ),
    (
        "tiny sd1",
        {**kohya(32), UP + "proj_in.lora_down.weight": (4, 32, 1, 1)},
        ("lora", "sd1", ""),
        "kohya",
    ),
    ("tiny sd2", {**kohya(32), UP + "proj_in.lora_down.weight": (4, 32)}, ("lora", "sd2", ""), "kohya"),
    (
        "tiny sdxl",
        kohya(32, UP + "transformer_blocks_1_attn2_to_k"),
        ("lora", "sdxl", ""),
        "kohya",
    ),
    (
        "locon",
        {**kohya(768), "lora_unet_mid_block_resnets_0_conv1.lora_down.weight": (4, 1280, 3, 3)},
        ("lora", "sd1", "LoCon"),
        "kohya",
    ),
    (
        "loha",
        {
            f"{ATTENTION}.hada_w1_a": (640, 4),
            f"{ATTENTION}.hada_w1_b": (4, 768),
            f"{ATTENTION}.hada_w2_a": (640, 4),
            f"{ATTENTION}.hada_w2_b": (4, 768),
        },
        ("lora", "sd1", "LoHa"),
        "kohya",
    ),
    (
        "lokr",
        {
            f"{ATTENTION}.lokr_w1": (8, 8),
            f"{ATTENTION}.lokr_w2_a": (80, 4),
            f"{ATTENTION}.lokr_w2_b": (4, 256),
        },
        ("lora", "sdxl", "LoKr"),
        "kohya",
    ),
    ("dora", {**kohya(768), f"{ATTENTION}.dora_scale": (1, 768)}, ("lora", "sd1", "DoRA"), "kohya"),
    (
        "oft",
        {f"{UP}transformer_blocks_1_attn2_to_k.oft_blocks": (4, 160, 160)},
        ("lora", "sdxl", "OFT"),
        "kohya",
    ),
    (
        "boft",
        {f"{UP}transformer_blocks_1_attn2_to_k.oft_blocks": (3, 4, 160, 160)},
        ("lora", "sdxl", "BOFT"),
        "kohya",
    ),
    (
        "full",
        {f"{ATTENTION}.diff": (640, 768), f"{ATTENTION}.diff_b": (640,)},
        ("lora", "sd1", "full difference"),
        "kohya",
    ),
    (
        "diffusers",
        {LAYER + "to_k.lora.down.weight": (4, 2048), LAYER + "to_k.lora.up.weight": (640, 4)},
        ("lora", "sdxl", ""),
        "diffusers",
    ),
    (
        "diffusers, old",
        {
            LAYER + "processor.to_k_lora.down.weight": (4, 768),
            LAYER + "processor.to_k_lora.up.weight": (640, 4),
        },
        ("lora", "sd1", ""),
        "diffusers",
    ),
    (
        "diffusers, peft",
        {LAYER + "to_k.lora_A.weight": (4, 1024), LAYER + "to_k.lora_B.weight": (640, 4)},
        ("lora", "sd2", ""),
        "diffusers, PEFT",
    ),
    (
        "peft",
        {
            "base_model.model.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.lora_A.weight": (
                4,
                768,
            ),
            "base_model.model.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.lora_B.weight": (
                640,
                4,
            ),
        },
        ("lora", "sd1", ""),
        "PEFT",
    ),
    ("flux", kohya(3072, "lora_unet_double_blocks_0_img_attn_qkv", 9216), ("lora", "flux", ""), "kohya"),
    (
        "flux, diffusers",
        {
            "transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight": (4, 3072),
            "transformer.single_transformer_blocks.0.attn.to_q.lora_B.weight": (3072, 4),
        },
        ("lora", "flux", ""),
        "diffusers, PEFT",
    ),
    (
        "sd3",
        {
            "transformer.transformer_blocks.0.attn.add_k_proj.lora_A.weight": (4, 1536),
            "transformer.transformer_blocks.0.attn.add_k_proj.lora_B.weight": (1536, 4),
        },
        ("lora", "sd3", ""),
        "diffusers, PEFT",
    ),
    ("wan", kohya(1536, "lora_unet_blocks_0_self_attn_q", 1536), ("lora", "wan", ""), "kohya"),
]

HINT = {"input_hint_block.0.weight": (16, 3, 3, 3), "zero_convs.0.0.weight": (320, 320, 1, 1)}
TRUNK = {
    "input_blocks.0.0.weight": (320, 4, 3, 3),
    "input_blocks.4.1.proj_in.weight": (640, 640, 1, 1),
    "input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight": (640, 768),
}
IP = {"image_proj.norm.weight": (768,), "ip_adapter.1.to_k_ip.weight": (320, 768)}
BESIDE: list[tuple[str, Shapes, Told]] = [
    (
        "controlnet",
        {"control_model." + k: s for k, s in {**HINT, **TRUNK}.items()},
        ("controlnet", "sd1", ""),
    ),
    (
        "controlnet in a whole model",
        {**unet(768), **{"control_model." + k: s for k, s in {**HINT, **TRUNK}.items()}, **VAE},
        ("controlnet", "sd1", ""),
    ),
    ("union", {**HINT, **TRUNK, "task_embedding": (6, 320)}, ("controlnet", "sd1", "union")),
    (
        "control-lora",
        {
            "lora_controlnet": (),
            **HINT,
            "input_blocks.4.1.transformer_blocks.0.attn2.to_k.down": (128, 2048),
            "input_blocks.4.1.transformer_blocks.0.attn2.to_k.up": (640, 128),
        },
        ("control_lora", "sdxl", ""),
    ),
    (
        "lllite",
        {"lllite_unet_input_blocks_7_1_transformer_blocks_0_attn1_to_q.down.0.weight": (32, 1280)},
        ("controlnet_lllite", "sdxl", ""),
    ),
    (
        "flux controlnet",
        {"controlnet_blocks.0.weight": (3072, 3072), "controlnet_x_embedder.weight": (3072, 64)},
        ("controlnet", "flux", ""),
    ),
    (
        "t2i",
        {"conv_in.weight": (320, 192, 3, 3), "body.0.block1.weight": (320, 320, 3, 3)},
        ("t2i_adapter", "sd1", ""),
    ),
    (
        "t2i sdxl",
        {
            "adapter.conv_in.weight": (320, 768, 3, 3),
            "adapter.body.0.resnets.0.block1.weight": (320, 320, 3, 3),
        },
        ("t2i_adapter", "sdxl", ""),
    ),
    (
        "t2i light",
        {"body.0.in_conv.weight": (80, 192, 1, 1), "body.0.body.0.block1.weight": (80, 80, 3, 3)},
        ("t2i_adapter", "sd1", "light"),
    ),
    ("ip", {**IP, "image_proj.proj.weight": (3072, 1024)}, ("ip_adapter", "sd1", "")),
    ("ip plus", {**IP, "image_proj.latents": (1, 16, 768)}, ("ip_adapter", "sd1", "plus")),
    (
        "ip faceid",
        {
            "image_proj.proj.0.weight": (1024, 512),
            "image_proj.proj.2.weight": (3072, 1024),
            "ip_adapter.0.to_q_lora.down.weight": (128, 320),
            "ip_adapter.0.to_q_lora.up.weight": (320, 128),
            "ip_adapter.1.to_k_ip.weight": (320, 2048),
        },
        ("ip_adapter", "sdxl", "faceid"),
    ),
    (
        "gligen",
        {
            "position_net.linears.0.weight": (512, 832),
            "input_blocks.1.1.transformer_blocks.0.fuser.linear.weight": (320, 768),
        },
        ("gligen", "sd1", ""),
    ),
    (
        "photomaker",
        {
            "id_encoder.fuse_module.mlp1.fc1.weight": (2048, 4096),
            "lora_weights.unet.x.lora_A.weight": (64, 320),
        },
        ("photomaker", "sdxl", "v1"),
    ),
    (
        "redux",
        {"redux_up.weight": (12288, 1152), "redux_down.weight": (4096, 12288)},
        ("style_model", "flux", "Redux"),
    ),
    (
        "style",
        {"style_embedding": (1, 8, 1024), "transformer_layes.0.attn.in_proj_weight": (3072, 1024)},
        ("style_model", "sd1", "T2I-Adapter"),
    ),
    (
        "motion",
        {f"down_blocks.{n}.motion_modules.0.temporal_transformer.norm.weight": (320,) for n in range(4)},
        ("motion_module", "sd1", ""),
    ),
]

ENCODERS: list[tuple[str, Shapes, Told]] = [
    ("vae", {k.removeprefix("first_stage_model."): s for k, s in VAE.items()}, ("vae", "sd", "")),
    (
        "vae 16",
        {"decoder.conv_in.weight": (512, 16, 3, 3), "decoder.up.0.block.0.conv1.weight": (1, 1, 3, 3)},
        ("vae", "sd3-flux", ""),
    ),
    ("wan vae", {"decoder.middle.0.residual.0.gamma": (384, 1, 1, 1)}, ("vae", "wan", "")),
    (
        "taesd",
        {"1.weight": (64, 4, 3, 3), "3.conv.0.weight": (64, 64, 3, 3), "3.conv.4.weight": (64, 64, 3, 3)},
        ("preview_vae", "sd", "TAESD"),
    ),
    (
        "clip-g",
        {
            "text_model.embeddings.token_embedding.weight": (49408, 1280),
            "text_model.encoder.layers.31.mlp.fc1.weight": (5120, 1280),
        },
        ("text_encoder", "", "CLIP-G"),
    ),
    (
        "open clip",
        {"token_embedding.weight": (49408, 1024), "transformer.resblocks.22.ln_1.weight": (1024,)},
        ("text_encoder", "sd2", "CLIP-H"),
    ),
    (
        "t5",
        {"shared.weight": (32128, 4096), "encoder.block.0.layer.0.SelfAttention.q.weight": (4096, 4096)},
        ("text_encoder", "", "T5-XXL"),
    ),
    (
        "llama",
        {"model.embed_tokens.weight": (32000, 4096), "model.layers.0.self_attn.q_proj.weight": (4096, 4096)},
        ("text_encoder", "", "language model"),
    ),
    (
        "clip vision",
        {
            "vision_model.embeddings.patch_embedding.weight": (1280, 3, 14, 14),
            "vision_model.encoder.layers.31.mlp.fc1.weight": (5120, 1280),
        },
        ("clip_vision", "", "ViT-H"),
    ),
    (
        "esrgan, old",
        {
            "model.0.weight": (64, 3, 3, 3),
            "model.1.sub.0.RDB1.conv1.0.weight": (32, 64, 3, 3),
            **{f"model.{n}.weight": (64, 64, 3, 3) for n in (3, 6, 8, 10)},
        },
        ("upscaler", "", "ESRGAN 4x"),
    ),
    (
        "esrgan 2x",
        {
            "params_ema.conv_first.weight": (64, 12, 3, 3),
            "params_ema.body.0.rdb1.conv1.weight": (32, 64, 3, 3),
        },
        ("upscaler", "", "ESRGAN 2x"),
    ),
    (
        "compact",
        {"body.0.weight": (64, 3, 3, 3), "body.1.weight": (64,), "body.34.weight": (48, 64, 3, 3)},
        ("upscaler", "", "Real-ESRGAN compact 4x"),
    ),
    (
        "swinir",
        {"conv_first.weight": (180, 3, 3, 3), "layers.0.residual_group.blocks.0.attn.qkv.weight": (540, 180)},
        ("upscaler", "", "SwinIR"),
    ),
    ("embedding", {"emb_params": (4, 768)}, ("embedding", "sd1", "")),
    ("embedding sd2", {"<token>": (1024,)}, ("embedding", "sd2", "")),
    ("embedding sdxl", {"clip_l": (4, 768), "clip_g": (4, 1280)}, ("embedding", "sdxl", "")),
    (
        "hypernetwork",
        {
            "768.0.linear.0.weight": (1536, 768),
            "768.1.linear.0.weight": (1536, 768),
            "320.0.linear.0.weight": (640, 320),
        },
        ("hypernetwork", "sd1", ""),
    ),
    ("unknown", {"layer.0.weight": (4, 4)}, ("unknown", "", "")),
    ("nothing", {}, ("unknown", "", "")),
]

PLAIN = [*CHECKPOINTS, *TRANSFORMERS, *BESIDE, *ENCODERS]


@pytest.mark.parametrize(("shapes", "told"), [row[1:] for row in PLAIN], ids=[row[0] for row in PLAIN])
def test_a_file_is_known_by_its_keys_and_shapes(shapes: Shapes, told: Told) -> None:
    kind = identify(shapes)
    assert (kind.role, kind.family, kind.variant) == told
    assert bool(kind.evidence) == (kind.role != "unknown")


@pytest.mark.parametrize(
    ("shapes", "told", "layout"), [row[1:] for row in LORAS], ids=[row[0] for row in LORAS]
)
def test_a_lora_is_known_with_its_kin_family_and_names(shapes: Shapes, told: Told, layout: str) -> None:
    kind = identify(shapes)
    assert (kind.role, kind.family, kind.variant) == told
    assert kind.layout == layout


def test_where_keys_do_not_tell_the_family_of_a_lora_its_header_does() -> None:
    shapes = kohya(320, UP + "transformer_blocks_0_attn1_to_k")
    assert identify(shapes).family == ""
    said = {"modelspec.architecture": "stable-diffusion-xl-v1-base/lora"}
    assert identify(shapes, said).family == "sdxl"
    assert identify(kohya(768), said).family == "sd1"


def test_a_header_that_names_the_family_is_believed_of_a_tiny_model() -> None:
    assert identify(unet(32, linear=True), {"heddle.config": '{"family": "sd1"}'}).family == "sd1"
    assert identify(unet(32, linear=True), {"heddle.config": "["}).family == "sd2"


def test_the_parts_of_a_checkpoint_are_named() -> None:
    assert identify({**unet(768), **VAE, **CLIP_L}).parts == ("model", "text encoder", "VAE")
    assert identify({**unet(768), **VAE}).parts == ("model", "VAE")


@pytest.mark.parametrize(
    ("write", "family"),
    [(tiny_sd1, "sd1"), (tiny_sd2, "sd2"), (tiny_sdxl, "sdxl"), (tiny_refiner, "sdxl-refiner")],
)
def test_the_tiny_checkpoints_of_our_tests_are_known(
    tmp_path: Path, write: Callable[[Path], Path], family: str
) -> None:
    kind = identify_archive(open_archive(write(tmp_path / "x.safetensors")))
    assert (kind.role, kind.family) == ("checkpoint", family)


def shapes_of(network: torch.nn.Module) -> dict[str, tuple[int, ...]]:
    return {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}


SMALL = {
    "block_out_channels": (32, 64),
    "layers_per_block": 1,
    "cross_attention_dim": 32,
    "attention_head_dim": 8,
    "norm_num_groups": 8,
}
DOWN = ("CrossAttnDownBlock2D", "DownBlock2D")
SDXL_CONFIG = {
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 8,
    "projection_class_embeddings_input_dim": 80,
    "transformer_layers_per_block": (1, 2),
    "use_linear_projection": True,
}


@pytest.mark.parametrize(
    ("more", "family", "variant"),
    [
        ({}, "sd1", ""),
        ({"in_channels": 9}, "sd1", "inpaint"),
        ({"use_linear_projection": True}, "sd2", ""),
        (SDXL_CONFIG, "sdxl", ""),
    ],
)
def test_unets_that_diffusers_makes_are_known(more: dict[str, object], family: str, variant: str) -> None:
    from diffusers import UNet2DConditionModel

    up = ("UpBlock2D", "CrossAttnUpBlock2D")
    config = {**SMALL, **more, "down_block_types": DOWN, "up_block_types": up}
    kind = identify(shapes_of(UNet2DConditionModel(**config)))
    assert (kind.role, kind.family, kind.variant, kind.layout) == ("model", family, variant, "diffusers")


@pytest.mark.parametrize(("more", "family"), [({}, "sd1"), (SDXL_CONFIG, "sdxl")])
def test_controlnets_that_diffusers_makes_are_known(more: dict[str, object], family: str) -> None:
    from diffusers import ControlNetModel

    config = {**SMALL, **more, "down_block_types": DOWN, "conditioning_embedding_out_channels": (8, 16)}
    kind = identify(shapes_of(ControlNetModel(**config)))
    assert (kind.role, kind.family, kind.layout) == ("controlnet", family, "diffusers")


def test_other_networks_that_diffusers_and_transformers_make_are_known() -> None:
    from diffusers import AutoencoderKL, AutoencoderTiny, T2IAdapter
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPVisionConfig, CLIPVisionModelWithProjection

    size = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    networks = {
        "vae": AutoencoderKL(block_out_channels=(32,), latent_channels=4),
        "preview_vae": AutoencoderTiny(),
        "t2i_adapter": T2IAdapter(channels=(32, 64, 64, 64), num_res_blocks=1),
        "text_encoder": CLIPTextModel(CLIPTextConfig(vocab_size=64, **size)),
        "clip_vision": CLIPVisionModelWithProjection(CLIPVisionConfig(**size)),
    }
    found = {wanted: identify(shapes_of(network)) for wanted, network in networks.items()}
    assert {wanted: kind.role for wanted, kind in found.items()} == {wanted: wanted for wanted in networks}
    assert found["t2i_adapter"].family == "sd1"
