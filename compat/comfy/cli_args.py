"""`comfy.cli_args` as packs know it: the command line, with what Heddle makes of each option."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class LatentPreviewMethod(StrEnum):
    """How a latent is shown while a sampler runs."""

    NoPreviews = "none"
    Auto = "auto"
    Latent2RGB = "latent2rgb"
    TAESD = "taesd"

    @classmethod
    def from_string(cls, value: str) -> LatentPreviewMethod | None:
        """The method of this name."""
        return next((method for method in cls if method.value == value), None)


class PerformanceFeature(StrEnum):
    """What `--fast` turns on in the field; Heddle chooses by itself."""

    Fp16Accumulation = "fp16_accumulation"
    Fp8MatrixMultiplication = "fp8_matrix_mult"
    CublasOps = "cublas_ops"
    AutoTune = "autotune"


# Memory is leased, precision is chosen by the device, attention is torch's own: no option forces any.
DEFAULTS: Mapping[str, Any] = {
    "listen": "127.0.0.1", "port": 8188, "tls_keyfile": None, "tls_certfile": None,
    "enable_cors_header": None, "max_upload_size": 100, "base_directory": None,
    "extra_model_paths_config": None, "output_directory": None, "temp_directory": None,
    "input_directory": None, "user_directory": None, "auto_launch": False, "cuda_device": None,
    "default_device": None, "directml": None, "cpu": False, "cpu_vae": False, "force_fp32": False,
    "force_fp16": False, "fp32_unet": False, "fp64_unet": False, "bf16_unet": False, "fp16_unet": False,
    "fp8_e4m3fn_unet": False, "fp8_e5m2_unet": False, "fp8_e8m0fnu_unet": False, "fp16_vae": False,
    "fp32_vae": False, "bf16_vae": False, "fp8_e4m3fn_text_enc": False, "fp8_e5m2_text_enc": False,
    "fp16_text_enc": False, "fp32_text_enc": False, "bf16_text_enc": False, "force_channels_last": False,
    "supports_fp8_compute": False, "preview_size": 512, "cache_classic": False, "cache_lru": 0,
    "cache_none": False, "cache_ram": 0, "use_split_cross_attention": False,
    "use_quad_cross_attention": False, "use_pytorch_cross_attention": True, "use_sage_attention": False,
    "use_flash_attention": False, "disable_xformers": True, "force_upcast_attention": False,
    "dont_upcast_attention": False, "gpu_only": False, "highvram": False, "normalvram": False,
    "lowvram": False, "novram": False, "reserve_vram": None, "async_offload": None,
    "disable_async_offload": False, "disable_smart_memory": False, "deterministic": False,
    "disable_pinned_memory": False, "mmap_torch_files": False, "disable_mmap": False,
    "dont_print_server": False, "quick_test_for_ci": False, "windows_standalone_build": False,
    "disable_metadata": False, "disable_all_custom_nodes": False, "whitelist_custom_nodes": [],
    "disable_api_nodes": True, "multi_user": False, "verbose": "INFO", "log_stdout": False,
    "front_end_version": "", "front_end_root": None, "enable_compress_response_body": False,
    "enable_manager": False, "disable_manager_ui": False,
}  # fmt: skip

args = Namespace(
    **{name: [] if value == [] else value for name, value in DEFAULTS.items()},
    preview_method=LatentPreviewMethod.Auto,
    fast=set(),
)


def settle(options: Mapping[str, Any]) -> None:
    """Let `args` say what Heddle was started with; what it does not know stays as it is."""
    for name, value in options.items():
        if name == "preview_method":
            value = LatentPreviewMethod.from_string(value) or LatentPreviewMethod.Auto
        if name in vars(args):
            setattr(args, name, value)
