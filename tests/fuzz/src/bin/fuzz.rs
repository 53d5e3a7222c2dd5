//! libFuzzer on one of the targets, the one that `EGRET_FUZZ_TARGET` names. Built by `cargo xtask fuzz`.

#![no_main]

use std::sync::LazyLock;

use egret_fuzz::Target;

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("EGRET_FUZZ_TARGET").expect("EGRET_FUZZ_TARGET names a target");
    Target::named(&name).unwrap_or_else(|| panic!("there is no target {name}"))
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| (TARGET.run)(data));
