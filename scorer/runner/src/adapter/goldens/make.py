#!/usr/bin/env python3
"""Log-mel spectrograms as librosa makes them: little-endian float32, one column of bands after the other.

Written with librosa 0.11.0 and NumPy 2.4.6. The sound is a formula, exact in float32, which the test repeats.
"""
import pathlib
import librosa
import numpy as np

HERE = pathlib.Path(__file__).parent
n = np.arange(2000, dtype=np.int64)
SOUND = ((((n * n * 37 + n * 101) % 65536) - 32768) / 32768).astype(np.float32)
SOUND[1200:] = 0  # silence: the floor

CASES = {  # name: rate, fft, hop, bands, lowest, highest, floor, decibels
    "speech": (16000, 400, 160, 40, 0.0, None, 1e-10, False),
    "narrow": (8000, 256, 100, 24, 20.0, 3800.0, 1e-6, False),
    "music": (22050, 1024, 512, 64, 0.0, 8000.0, 1e-10, True),
}

for name, (rate, fft, hop, bands, lowest, highest, floor, decibels) in CASES.items():
    # In float64, so that what is compared is the definition and not the reference's rounding.
    mel = librosa.feature.melspectrogram(
        y=SOUND.astype(np.float64), sr=rate, n_fft=fft, hop_length=hop, n_mels=bands, fmin=lowest, fmax=highest, window="hann",
        center=True, pad_mode="constant", power=2.0, htk=False, norm="slaney", dtype=np.float64)
    mel = np.maximum(mel, floor)
    made = 10 * np.log10(mel) if decibels else np.log(mel)
    (HERE / f"mel-{name}.f32").write_bytes(made.T.astype("<f4").tobytes())
