#!/usr/bin/env python3
"""Import beside Pillow's decode and resize: import-rate.py PATH-OF-import-rate

Makes 200 JPEG files of 500 x 375 at quality 90 (gradients and noise of several scales, as compressible as photographs: about 60 KiB), then
lets both turn them into 224 x 224, one process and one thread each, three times in turn; the best round of each counts. Needs pillow and numpy.
"""
import pathlib, subprocess, sys, tempfile, time
import numpy as np
from PIL import Image

W, H, COUNT = 500, 375, 200
random = np.random.default_rng(4)

def photo():
    picture = np.zeros((H, W, 3))
    for scale, strength in (64, 60.), (16, 30.), (4, 14.), (1, 6.):
        small = random.normal(0, strength, (H // scale + 2, W // scale + 2, 3))
        layer = [Image.fromarray(small[..., c].astype("f")).resize((W, H), Image.BICUBIC) for c in range(3)]
        picture += np.stack([np.asarray(l) for l in layer], -1)
    return Image.fromarray(np.clip(picture + 128, 0, 255).astype(np.uint8))

def pillow(files, mode):
    start = time.perf_counter()
    for file in files: np.asarray(Image.open(file).convert(mode).resize((224, 224), Image.BILINEAR))
    return len(files) / (time.perf_counter() - start)

with tempfile.TemporaryDirectory() as folder:
    for i in range(COUNT): photo().save(f"{folder}/{i:04}.jpg", quality=90)
    files = sorted(pathlib.Path(folder).iterdir())
    print(f"{sum(f.stat().st_size for f in files) / COUNT / 1024:.0f} KiB a file")
    for mode, channels in ("RGB", "3"), ("L", "1"):
        pillow(files, mode)
        ours, theirs = [], []
        for _ in range(3):
            theirs.append(pillow(files, mode))
            made = subprocess.run([sys.argv[1], folder, "224", "224", channels], check=True, capture_output=True, text=True)
            ours.append(float(made.stdout))
        a, b = max(ours), max(theirs)
        print(f"{mode}: import {a:.0f} images/s, Pillow {b:.0f} images/s, ratio {a / b:.2f}")
