"""Pillow's decode, upright, and resize, to 224 x 224. Prints files per second of one thread, the second time around.

usage: peer_import.py make DIR COUNT | peer_import.py rate DIR RGB|L

`make` writes JPEG files of 500 x 375 at quality 90: noise of several scales, as compressible as photographs (about 60 KiB).
"""

import pathlib
import sys
import time

import numpy as np
from PIL import Image, ImageOps

WIDTH, HEIGHT = 500, 375


def photo(random: np.random.Generator) -> Image.Image:
    picture = np.zeros((HEIGHT, WIDTH, 3))
    for scale, strength in (64, 60.0), (16, 30.0), (4, 14.0), (1, 6.0):
        small = random.normal(0, strength, (HEIGHT // scale + 2, WIDTH // scale + 2, 3)).astype(np.float32)
        layer = [Image.fromarray(small[..., c]).resize((WIDTH, HEIGHT), Image.BICUBIC) for c in range(3)]
        picture += np.stack([np.asarray(channel) for channel in layer], -1)
    return Image.fromarray(np.clip(picture + 128, 0, 255).astype(np.uint8))


def make(folder: pathlib.Path, count: int) -> None:
    random = np.random.default_rng(4)
    for number in range(count):
        photo(random).save(folder / f"{number:04}.jpg", quality=90)


def rate(folder: pathlib.Path, mode: str) -> float:
    files = sorted(folder.iterdir())
    for _ in range(2):
        started = time.perf_counter()
        for file in files:
            image = ImageOps.exif_transpose(Image.open(file)).convert(mode)
            np.asarray(image.resize((224, 224), Image.BILINEAR))
    return len(files) / (time.perf_counter() - started)


if __name__ == "__main__":
    what, folder, last = sys.argv[1:]
    if what == "make":
        make(pathlib.Path(folder), int(last))
    else:
        print(rate(pathlib.Path(folder), last))
