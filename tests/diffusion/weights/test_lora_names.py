"""Every naming of LoRA files leads to the same tensors, for networks named by the field's own libraries."""

import pytest
import torch
from diffusers import UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from diffusion.networks.unet import UNet, UNetConfig
from diffusion.text.clip import ClipConfig, text_tower
from diffusion.weights.layout import unet_key
from diffusion.weights.lora_names import Key, diffusers_modules, modules_of, read_key, text_table, unet_table

SD1 = UNetConfig(widths=(32, 32, 64, 64), context_width=32)
SDXL = UNetConfig(
    widths=(32, 64, 64), depths=(0, 2, 10), middle_depth=10, context_width=48, vector_width=64,
    linear_projection=True, heads=None, head_dim=8,
)  # fmt: skip
REFINER = UNetConfig(
    widths=(32, 64, 64, 64), depths=(0, 4, 4, 0), middle_depth=4, context_width=48, vector_width=64,
    linear_projection=True, heads=None, head_dim=8,
)  # fmt: skip
VECTOR = {
    "addition_embed_type": "text_time", "addition_time_embed_dim": 8,
    "projection_class_embeddings_input_dim": 64, "cross_attention_dim": 48, "use_linear_projection": True,
}  # fmt: skip
CROSS_DOWN, CROSS_UP = "CrossAttnDownBlock2D", "CrossAttnUpBlock2D"
THEIRS = {
    "sd1": {"block_out_channels": SD1.widths, "cross_attention_dim": 32},
    "sdxl": {
        "block_out_channels": SDXL.widths,
        "down_block_types": ("DownBlock2D", CROSS_DOWN, CROSS_DOWN),
        "up_block_types": (CROSS_UP, CROSS_UP, "UpBlock2D"),
        "transformer_layers_per_block": (1, 2, 10),
        **VECTOR,
    },
    "sdxl-refiner": {
        "block_out_channels": REFINER.widths,
        "down_block_types": ("DownBlock2D", CROSS_DOWN, CROSS_DOWN, "DownBlock2D"),
        "up_block_types": ("UpBlock2D", CROSS_UP, CROSS_UP, "UpBlock2D"),
        "transformer_layers_per_block": (1, 4, 4, 4),
        **VECTOR,
    },
}
OURS = {"sd1": SD1, "sdxl": SDXL, "sdxl-refiner": REFINER}


def tensor_names(config: UNetConfig) -> list[str]:
    with torch.device("meta"):
        return list(UNet(config).state_dict())


@pytest.mark.parametrize("family", OURS)
def test_every_module_of_diffusers_is_one_of_ours_and_the_other_way_round(family: str) -> None:
    with torch.device("meta"):
        theirs = modules_of(UNet2DConditionModel(**THEIRS[family]).state_dict())
    names = tensor_names(OURS[family])
    found = diffusers_modules(modules_of(names))
    assert sorted(found) == sorted(modules_of(names))
    assert sorted(found.values()) == sorted(theirs)
    table = unet_table(names)
    assert {table[name.replace(".", "_")] for name in theirs} == set(modules_of(names))


@pytest.mark.parametrize("family", OURS)
def test_the_names_are_those_by_which_folders_of_diffusers_are_opened(family: str) -> None:
    config = OURS[family]
    attended = {level for level, depth in enumerate(reversed(config.depths)) if depth}
    for ours, theirs in diffusers_modules(modules_of(tensor_names(config))).items():
        assert unet_key(f"{theirs}.weight", config.blocks, attended) == f"{ours}.weight"


@pytest.mark.parametrize("family", OURS)
def test_no_two_modules_have_one_name(family: str) -> None:
    modules = modules_of(tensor_names(OURS[family]))
    names = [*modules, *diffusers_modules(modules).values()]
    assert len({name.replace(".", "_") for name in names}) == len(set(names))


TO_Q = "input_blocks.1.1.transformer_blocks.0.attn1.to_q"


@pytest.mark.parametrize(
    ("key", "ours"),
    [
        ("lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q.lora_up.weight", TO_Q),
        ("lora_unet_input_blocks_1_1_transformer_blocks_0_attn1_to_q.lora_up.weight", TO_Q),
        ("unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora.up.weight", TO_Q),
        ("unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora_B.weight", TO_Q),
        ("unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.processor.to_q_lora.up.weight", TO_Q),
        ("down_blocks.0.attentions.0.transformer_blocks.0.attn1.processor.to_q_lora.up.weight", TO_Q),
        ("base_model.model.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora_B.weight", TO_Q),
        (
            "base_model.model.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora_B.default.weight",
            TO_Q,
        ),
        (
            "unet.base_model.model.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora_B.weight",
            TO_Q,
        ),
        ("lycoris_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q.lora_up.weight", TO_Q),
        ("diffusion_model.input_blocks.1.1.transformer_blocks.0.attn1.to_q.lora_up.weight", TO_Q),
        ("model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn1.to_q.lora_B.weight", TO_Q),
        ("lora_unet_mid_block_attentions_0_proj_in.lora_up.weight", "middle_block.1.proj_in"),
        ("lora_unet_up_blocks_0_upsamplers_0_conv.lora_up.weight", "output_blocks.2.1.conv"),
        ("lora_unet_up_blocks_1_upsamplers_0_conv.lora_up.weight", "output_blocks.5.2.conv"),
        ("lora_unet_down_blocks_0_downsamplers_0_conv.lora_up.weight", "input_blocks.3.0.op"),
        (
            "lora_unet_down_blocks_2_resnets_0_conv_shortcut.lora_up.weight",
            "input_blocks.7.0.skip_connection",
        ),
        ("lora_unet_mid_block_resnets_1_time_emb_proj.lora_up.weight", "middle_block.2.emb_layers.1"),
        ("lora_unet_time_embedding_linear_1.lora_up.weight", "time_embed.0"),
        ("lora_unet_conv_in.lora_up.weight", "input_blocks.0.0"),
        ("lora_unet_conv_out.lora_up.weight", "out.2"),
        (
            "unet.mid_block.attentions.0.transformer_blocks.0.attn2.processor.to_out_lora.up.weight",
            "middle_block.1.transformer_blocks.0.attn2.to_out.0",
        ),
        (
            "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_out_0.lora_up.weight",
            "middle_block.1.transformer_blocks.0.attn2.to_out.0",
        ),
        (
            "lora_unet_mid_block_attentions_0_transformer_blocks_0_ff_net_0_proj.lora_up.weight",
            "middle_block.1.transformer_blocks.0.ff.net.0.proj",
        ),
    ],
)
def test_a_module_of_the_unet_is_found_by_each_of_its_names(key: str, ours: str) -> None:
    read = read_key(key)
    assert read is not None
    assert read.role == "lora_up"
    assert read.target in ("unet", "any")
    assert unet_table(tensor_names(SD1))[read.module] == ours


Q = "encoder.layers.1.self_attn.q_proj"


@pytest.mark.parametrize(
    ("key", "target", "ours"),
    [
        ("lora_te_text_model_encoder_layers_1_self_attn_q_proj.lora_down.weight", "text", Q),
        ("lora_te1_text_model_encoder_layers_1_self_attn_q_proj.lora_down.weight", "text1", Q),
        ("lora_te2_text_model_encoder_layers_1_self_attn_q_proj.lora_down.weight", "text2", Q),
        ("text_encoder.text_model.encoder.layers.1.self_attn.q_proj.lora_A.weight", "text", Q),
        (
            "text_encoder.text_model.encoder.layers.1.self_attn.q_proj.lora_linear_layer.down.weight",
            "text",
            Q,
        ),
        ("text_encoder.text_model.encoder.layers.1.self_attn.to_q_lora.down.weight", "text", Q),
        ("text_encoder_2.text_model.encoder.layers.1.self_attn.q_proj.lora_A.weight", "text2", Q),
        ("base_model.model.text_model.encoder.layers.1.self_attn.q_proj.lora_A.default.weight", "any", Q),
        (
            "text_encoders.clip_l.transformer.text_model.encoder.layers.1.self_attn.q_proj.lora_A.weight",
            "text1",
            Q,
        ),
        ("clip_g.transformer.text_model.encoder.layers.1.self_attn.q_proj.lora_down.weight", "text2", Q),
        ("lora_te_text_model_encoder_layers_0_mlp_fc1.lora_down.weight", "text", "encoder.layers.0.mlp.fc1"),
        ("lora_te2_text_projection.lora_down.weight", "text2", "text_projection"),
    ],
)
def test_a_module_of_a_text_tower_is_found_by_each_of_its_names(key: str, target: str, ours: str) -> None:
    with torch.device("meta"):
        tower = text_tower(ClipConfig(width=32, layers=2, heads=1, hidden=64, projection=32))
    read = read_key(key)
    assert read is not None
    assert (read.target, read.role) == (target, "lora_down")
    assert text_table(tower.state_dict())[read.module] == ours


@pytest.mark.parametrize("kind", [CLIPTextModel, CLIPTextModelWithProjection])
def test_every_module_of_the_text_models_of_transformers_is_one_of_ours(kind: type) -> None:
    projection = 32 if kind is CLIPTextModelWithProjection else None
    with torch.device("meta"):
        config = CLIPTextConfig(
            hidden_size=32, num_hidden_layers=2, intermediate_size=64, num_attention_heads=2
        )
        theirs = modules_of(kind(config).state_dict())
        ours = text_tower(ClipConfig(width=32, layers=2, heads=1, hidden=64, projection=projection))
    table = text_table(ours.state_dict())
    assert {table[name.replace(".", "_")] for name in theirs} == set(modules_of(ours.state_dict()))


@pytest.mark.parametrize(
    ("end", "role"),
    [
        (".lora_up.weight", "lora_up"), (".lora_down.weight", "lora_down"), (".lora_mid.weight", "lora_mid"),
        (".alpha", "alpha"), (".lora.alpha", "alpha"), (".dora_scale", "dora_scale"),
        (".lora_magnitude_vector", "dora_scale"), (".lora_magnitude_vector.weight", "dora_scale"),
        (".lora_magnitude_vector.default.weight", "dora_scale"), (".lora_A.style.weight", "lora_down"),
        (".hada_w1_a", "hada_w1_a"), (".hada_w2_b", "hada_w2_b"), (".hada_t1", "hada_t1"),
        (".lokr_w1", "lokr_w1"), (".lokr_w2_a", "lokr_w2_a"), (".lokr_t2", "lokr_t2"),
        (".oft_blocks", "oft_blocks"), (".oft_diag", "oft_diag"), (".rescale", "rescale"),
        (".a1.weight", "a1"), (".b2.weight", "b2"), (".diff", "diff"), (".diff_b", "diff_b"),
        (".set_weight", "set_weight"), (".w_norm", "w_norm"), (".b_norm", "b_norm"),
    ],
)  # fmt: skip
def test_the_end_of_a_key_says_what_the_tensor_is(end: str, role: str) -> None:
    assert read_key("unet.conv_in" + end) == Key("unet", "conv_in", role)


@pytest.mark.parametrize(
    "key", ["model.diffusion_model.out.2.weight", "string_to_param.*", "emb_params", "lora"]
)
def test_other_keys_are_none_of_adapters(key: str) -> None:
    assert read_key(key) is None
