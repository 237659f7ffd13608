"""The AutoAugment engine: training steps, and its input pipeline beside Pillow's, image by image.

A step is compared with the same network as it is usually written for PyTorch: planes of channels apart and an
optimizer that goes over the weights once per operation. Both run in turns, so that a busy machine slows both.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import numpy as np
import torch
from PIL import Image, ImageEnhance, ImageOps
from torch.nn import functional

from engines.autoaugment import recipe
from engines.autoaugment.augmentation import DRAWS, Augmentation
from engines.autoaugment.model import ResNet50, WideResNet
from engines.autoaugment.policy import NAMES as OPERATIONS
from engines.autoaugment.policy import Policy, load_policy
from engines.common.cpu_features import computes_in_bfloat16
from engines.common.draws import uniform_draws

ROUNDS = 3
FILL = (125, 123, 114)


def main() -> None:
    """Print both tables."""
    cores = len(os.sched_getaffinity(0))
    torch.set_num_threads(cores)
    print(f"{'training step, ' + str(cores) + ' cores':<44} {'images/s':>9} {'plain':>9}  ratio")
    measure_step("WRN-28-10, batch 32", lambda: WideResNet(28, 10, 10, 0.3), (32, 3, 32, 32), 1)
    measure_step("WRN-16-4, batch 64", lambda: WideResNet(16, 4, 10, 0.3), (64, 3, 32, 32), 3)
    measure_step("WRN-10-2 (digits), batch 32", lambda: WideResNet(10, 2, 10, 0.0), (32, 3, 32, 32), 10)
    measure_step("ResNet-50, batch 8", lambda: ResNet50(1000), (8, 3, 224, 224), 1)
    if not computes_in_bfloat16():
        print("mixed precision: this CPU has no instructions for bfloat16")
    torch.set_num_threads(1)
    print(f"\n{'input pipeline, 1 core (seconds of CPU)':<44} {'images/s':>9} {'Pillow':>9}  ratio")
    for policy in ("cifar10", "imagenet", "svhn"):
        measure_pipeline(policy, 32, 2048)
    measure_pipeline("imagenet", 224, 64)


def measure_step(
    name: str, network: Callable[[], torch.nn.Module], shape: tuple[int, ...], steps: int
) -> None:
    """Forward, backward and update, best of some rounds; with bfloat16 where there are units for it."""
    ours = Step(network(), shape, tuned=True)
    plain = Step(network(), shape, tuned=False)
    fastest = [min(one.seconds(steps) for _ in range(ROUNDS)) for one in (ours, plain)]
    rates = [shape[0] * steps / seconds for seconds in fastest]
    print(
        f"{name + ', float32':<44} {rates[0]:>9.1f} {rates[1]:>9.1f}  {rates[0] / rates[1]:.2f}", flush=True
    )
    if computes_in_bfloat16():
        mixed = Step(network(), shape, tuned=True, mixed=True)
        rate = shape[0] * steps / min(mixed.seconds(steps) for _ in range(ROUNDS))
        print(f"{name + ', bfloat16':<44} {rate:>9.1f} {rates[1]:>9.1f}  {rate / rates[1]:.2f}", flush=True)


class Step:
    """A training step of ``network`` on one batch, as the engine does it or as it is usually written."""

    def __init__(
        self, network: torch.nn.Module, shape: tuple[int, ...], tuned: bool, mixed: bool = False
    ) -> None:
        images = torch.randn(shape)
        layout = torch.channels_last if tuned else torch.contiguous_format
        self._mixed = mixed
        self._images = images.contiguous(memory_format=layout)
        self._labels = torch.randint(10, shape[:1])
        self._network = network.to(memory_format=layout)
        self._optimizer = torch.optim.SGD(
            network.parameters(),
            0.1,
            0.9,
            weight_decay=5e-4,
            **({"fused": True} if tuned else {"foreach": False}),
        )
        self.seconds(1)

    def seconds(self, steps: int) -> float:
        """What ``steps`` steps take."""
        began = time.perf_counter()
        for _ in range(steps):
            self._optimizer.zero_grad(set_to_none=True)
            with torch.autocast("cpu", torch.bfloat16, enabled=self._mixed):
                logits = self._network(self._images)
            functional.cross_entropy(logits.float(), self._labels).backward()
            self._optimizer.step()
        return time.perf_counter() - began


def measure_pipeline(name: str, side: int, count: int) -> None:
    """Crop, flip, policy, Cutout and normalisation of ``count`` images, by the engine and by Pillow."""
    generator = np.random.default_rng(0)
    coarse = generator.integers(0, 256, (count, 3, 8, 8)).astype(np.float32)
    images = functional.interpolate(torch.from_numpy(coarse), size=(side, side), mode="bicubic")
    images = images.clamp(0, 255).to(torch.uint8)
    flags = ["--auto_augment=True", "--cutout=True", f"--policy={name}", f"--image_size={side}"]
    augment, policy = Augmentation(recipe.parse(flags), shift=True), load_policy(name)
    pictures = [Image.fromarray(image) for image in images.permute(0, 2, 3, 1).numpy()]
    records, best = np.arange(count), [float("inf"), float("inf")]
    for round_number in range(ROUNDS):
        began = time.process_time()
        augment(images, uniform_draws(1, round_number, records, DRAWS))
        best[0] = min(best[0], time.process_time() - began)
        draws = uniform_draws(1, round_number, records, DRAWS).tolist()
        began = time.process_time()
        np.stack([by_pillow(picture, policy, one) for picture, one in zip(pictures, draws, strict=True)])
        best[1] = min(best[1], time.process_time() - began)
    ours, pillow = count / best[0], count / best[1]
    print(
        f"{name + ' policy, ' + str(side) + 'x' + str(side):<44} {ours:>9.0f} {pillow:>9.0f}  {ours / pillow:.1f}"
    )


def by_pillow(image: Image.Image, policy: Policy, draws: list[float]) -> np.ndarray:
    """The same pipeline for one image, as it is usually written."""
    side = image.size[0]
    border = side // 8
    padded = ImageOps.expand(image, border)
    left, top = (int(draw * (2 * border + 1)) for draw in draws[:2])
    image = padded.crop((left, top, left + side, top + side))
    if draws[2] < 0.5:
        image = ImageOps.mirror(image)
    pair = int(draws[3] * len(policy.operation))
    for place in (0, 1):
        if draws[4 + place] < policy.probability[pair, place]:
            negative = policy.signed[pair, place] and draws[6 + place] < 0.5
            value = float(policy.amount[pair, place]) * (-1.0 if negative else 1.0)
            image = operate(OPERATIONS[policy.operation[pair, place]], image, value)
    values = (np.asarray(image, np.float32) / 255 - 0.5) / 0.2
    y, x = (int(draw * side) - 8 for draw in draws[8:])
    values[max(0, y) : y + 16, max(0, x) : x + 16] = 0
    return values.transpose(2, 0, 1)


def operate(name: str, image: Image.Image, value: float) -> Image.Image:
    """One operation by Pillow."""
    if name in ("Brightness", "Color", "Contrast", "Sharpness"):
        return getattr(ImageEnhance, name)(image).enhance(value)
    if name in ("AutoContrast", "Equalize", "Invert"):
        return getattr(ImageOps, name.lower())(image)
    if name == "Solarize":
        return ImageOps.solarize(image, int(value))
    if name == "Posterize":
        return ImageOps.posterize(image, int(value))
    if name == "Rotate":
        return image.rotate(value, fillcolor=FILL)
    matrix = {
        "ShearX": (1, value, 0, 0, 1, 0),
        "ShearY": (1, 0, 0, value, 1, 0),
        "TranslateX": (1, 0, int(value * image.size[0]), 0, 1, 0),
        "TranslateY": (1, 0, 0, 0, 1, int(value * image.size[1])),
    }[name]
    return image.transform(
        image.size, Image.Transform.AFFINE, matrix, Image.Resampling.NEAREST, fillcolor=FILL
    )


if __name__ == "__main__":
    main()
