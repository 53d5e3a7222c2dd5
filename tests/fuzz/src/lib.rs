//! Whatever parses bytes that somebody else made, as functions of bytes: none of them may panic, hang, or take more memory
//! than it says.
//!
//! | target | bytes of | parsed by |
//! |---|---|---|
//! | `admission` | a team | [`egret_admission::admit`] and the adapter's resolution |
//! | `predictions` | a runner that may have been taken over | [`egret_jail::answers::decode`] |
//! | `inputs`, `labels` | an organizer's client, under a valid seal | [`egret_datasets::plain`] |
//! | `manifest` | an organizer's folder | [`egret_datasets::check`] |
//!
//! `cargo xtask fuzz` builds them with coverage and runs them under libFuzzer (`bin/fuzz.rs`); what it finds is replayed by
//! `cargo run -p egret-fuzz --bin egret-fuzz -- replay TARGET FILE`, which needs neither. This crate's tests run the seeds.

mod admission;
mod manifest;
mod predictions;
mod shard;

/// One of the parsers.
pub struct Target {
    /// As `cargo xtask fuzz` takes it.
    pub name: &'static str,
    /// Parses; panics if the parser or what it promises is broken.
    pub run: fn(&[u8]),
    /// Bytes to begin with: well-formed ones, so that the fuzzer need not guess what those look like.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All of them.
pub const TARGETS: [Target; 5] = [
    Target { name: "admission", run: admission::run, seeds: admission::seeds },
    Target { name: "predictions", run: predictions::run, seeds: predictions::seeds },
    Target { name: "inputs", run: shard::inputs, seeds: shard::input_seeds },
    Target { name: "labels", run: shard::labels, seeds: shard::label_seeds },
    Target { name: "manifest", run: manifest::run, seeds: manifest::seeds },
];

impl Target {
    /// The target of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        TARGETS.iter().find(|target| target.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seed_and_every_beginning_of_it_is_parsed() {
        for target in &TARGETS {
            let seeds = (target.seeds)();
            assert!(!seeds.is_empty(), "{} begins with something", target.name);
            for seed in seeds {
                // Every beginning of a short one, sixty-four of a long one.
                for end in (0..=seed.len()).step_by((seed.len() / 64).max(1)) {
                    (target.run)(&seed[..end]);
                }
                (target.run)(&seed);
            }
        }
    }
}
