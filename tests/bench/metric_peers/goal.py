import os


class Peer:
    """`run(data)` is timed; the values that it may return, by our names, are compared. `at_least`: our speed over its speed."""

    def __init__(self, name, run, at_least):
        self.name, self.run, self.at_least = name, run, at_least


class Goal:
    """One measurement of ours, by its name in `scorer/metrics/benches/peers/main.rs`, and what stands beside it.

    - `make(folder)` writes the files that our side reads, and returns what the peers are given.
    - `expected(data)`: values to compare, by our names, from a slower or more exact way than the timed one.
    - `rounds_max`: for what takes minutes.
    - `beside`: other work of ours, by the name our side gives it, with its `at_least`; None is only shown.
    """

    def __init__(
        self,
        name,
        make,
        peers=(),
        expected=lambda data: {},
        beside=None,
        peak_bytes_max=None,
        tolerance=1e-9,
        rounds_max=None,
    ):
        self.rounds_max = rounds_max
        self.name, self.make, self.peers, self.expected = name, make, peers, expected
        self.beside, self.peak_bytes_max, self.tolerance = beside or {}, peak_bytes_max, tolerance

    def is_called(self, name):
        return self.name == name or self.name.startswith(f"{name}-")


def write(folder, **columns):
    """Writes arrays as plain little-endian files: `binary_scores` of float32 is `binary-scores.f32`."""
    kinds = {"float32": "f32", "float64": "f64", "uint32": "u32", "bool": "u8"}
    for name, column in columns.items():
        path = os.path.join(folder, f"{name.replace('_', '-')}.{kinds[column.dtype.name]}")
        column.astype(column.dtype.newbyteorder("<")).tofile(path)
