#!/usr/bin/env python3
"""Makes the files in this folder: pictures and sounds, and what others read in them. Needs ffmpeg (with libmp3lame, libvorbis and
libopus) and, from PyPI, numpy==2.4.6 pillow==13.0.0 soxr==1.1.0.

NAME.EXT is a file as somebody might have it; NAME.rgb is what Pillow's convert("RGB") makes of it, row by row; NAME.f32 is what
ffmpeg decodes from it (little-endian, one channel). soxr-FROM-TO.f32 is soxr's HQ, librosa's default, of one second of `tones`.
"""
import io, os, subprocess, tempfile
import numpy as np, soxr
from PIL import Image

os.chdir(os.path.dirname(os.path.abspath(__file__)))

# ---- pictures: smooth in every channel, so that decoders' roundings differ by little
W, H = 40, 28
y, x = np.mgrid[:H, :W].astype(float)
def wave(a, b, c): return np.clip(127 + 100 * np.sin(x / a + c) * np.cos(y / b), 0, 255)
rgb = np.stack([wave(9, 7, 0), wave(11, 6, 1), wave(8, 13, 2)], -1).astype(np.uint8)
four = np.dstack([rgb, (wave(15, 9, 3) / 2).astype(np.uint8)])

def keep(name, data):
    with open(name, "wb") as f: f.write(data)
    pillow = Image.open(io.BytesIO(data)).convert("RGB")
    assert pillow.size == (W, H)
    with open(name.rsplit(".", 1)[0] + ".rgb", "wb") as f: f.write(pillow.tobytes())
def saved(image, format, **options):
    out = io.BytesIO(); image.save(out, format, **options); return out.getvalue()

cmyk = saved(Image.frombytes("CMYK", (W, H), four.tobytes()), "JPEG", quality=95)
keep("cmyk.jpg", cmyk)
# The same coefficients, read as Y, Cb, Cr and K: the last byte of the Adobe segment says so.
adobe = cmyk.index(b"Adobe")
assert cmyk[adobe + 11] == 0
keep("ycck.jpg", cmyk[:adobe + 11] + b"\x02" + cmyk[adobe + 12:])
picture = Image.fromarray(rgb)
keep("baseline.jpg", saved(picture, "JPEG", quality=90))
keep("progressive.jpg", saved(picture, "JPEG", quality=90, progressive=True))
keep("full.jpg", saved(picture, "JPEG", quality=90, subsampling=0))
keep("gray.jpg", saved(picture.convert("L"), "JPEG", quality=90))
keep("lossy.webp", saved(picture, "WEBP", quality=90))
palette = picture.quantize(37)
for format in "PNG", "BMP", "TIFF": keep(f"palette.{format.lower()}", saved(palette, format))
os.rename("palette.tiff", "palette.tif")
for bits in 1, 4: keep(f"palette{bits}.png", saved(picture.quantize(1 << bits), "PNG", bits=bits))
keep("bilevel.png", saved(picture.convert("1"), "PNG"))
for compression in "tiff_lzw", "tiff_adobe_deflate", "packbits":
    keep(f"{compression}.tif", saved(picture, "TIFF", compression=compression))
frames = [picture, picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
for name, format in ("animated.png", "PNG"), ("animated.webp", "WEBP"):
    with open(name, "wb") as f: f.write(saved(frames[0], format, save_all=True, append_images=frames[1:], lossless=True))

# ---- sounds
def tones(rate, seconds=1.0):
    t = np.arange(int(rate * seconds)) / rate
    return sum(0.2 * np.sin(2 * np.pi * f * t + f) for f in (97.0, 440.0, 1234.5, 3300.0))
def ffmpeg(*arguments, data=b""):
    return subprocess.run(["ffmpeg", "-nostdin", "-v", "error", *arguments], input=data, stdout=subprocess.PIPE, check=True).stdout
def coded(name, *arguments, rate=16000):
    raw = tones(rate, 0.25).astype("<f4").tobytes()
    with tempfile.NamedTemporaryFile(suffix=".raw") as f:
        f.write(raw); f.flush()
        ffmpeg("-y", "-f", "f32le", "-ar", str(rate), "-ac", "1", "-i", f.name, "-bitexact", *arguments, name)
    with open(name.rsplit(".", 1)[0] + ".f32", "wb") as f: f.write(ffmpeg("-i", name, "-f", "f32le", "-"))
coded("lame.mp3", "-c:a", "libmp3lame", "-b:a", "64k")
coded("bare.mp3", "-c:a", "libmp3lame", "-b:a", "64k", "-write_xing", "0", "-id3v2_version", "0")
coded("vorbis.ogg", "-c:a", "libvorbis", "-q:a", "5")
coded("opus.ogg", "-c:a", "libopus", "-b:a", "32k")
for start, end in (44100, 16000), (8000, 16000), (48000, 44100), (96000, 8000), (22050, 16000):
    made = soxr.resample(tones(start), start, end, quality="HQ")
    with open(f"soxr-{start}-{end}.f32", "wb") as f: f.write(made[::8].astype("<f4").tobytes())
