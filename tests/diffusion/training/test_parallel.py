"""Processes that train together end with the mean of their gradients."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import torch

from diffusion.training import parallel

WORKER = """
import torch
from diffusion.training import parallel
parallel.join()
weight = torch.zeros(3, requires_grad=True)
(weight * (parallel.rank() + 1)).sum().backward()
parallel.share_gradients([weight])
assert weight.grad.tolist() == [1.5] * 3, weight.grad
assert parallel.workers() == 2
torch.distributed.destroy_process_group()
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def test_two_processes_share_the_mean_gradient() -> None:
    port = str(free_port())
    environment = {**os.environ, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": "2"}
    root = Path(__file__).parents[3]
    started = [
        subprocess.Popen([sys.executable, "-c", WORKER], cwd=root, env={**environment, "RANK": str(rank)})
        for rank in range(2)
    ]
    assert [process.wait(timeout=120) for process in started] == [0, 0]


def test_a_process_alone_keeps_its_gradient() -> None:
    weight = torch.zeros(2, requires_grad=True)
    weight.sum().backward()
    parallel.share_gradients([weight])
    assert weight.grad is not None
    assert weight.grad.tolist() == [1.0, 1.0]
    assert (parallel.workers(), parallel.rank()) == (1, 0)
