//! `egret-fuzz list`, `egret-fuzz seeds TARGET FOLDER`, `egret-fuzz replay TARGET FILE`: all that needs no fuzzer.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use egret_fuzz::{TARGETS, Target};

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["list"] => TARGETS.iter().for_each(|target| println!("{}", target.name)),
        ["seeds", target, folder] => {
            fs::create_dir_all(folder)?;
            for (number, seed) in (named(target)?.seeds)().into_iter().enumerate() {
                fs::write(Path::new(folder).join(format!("seed-{number:03}")), seed)?;
            }
        }
        ["replay", target, file] => {
            (named(target)?.run)(&fs::read(file).with_context(|| format!("cannot read {file}"))?);
            println!("{file}: no panic");
        }
        _ => bail!("usage: egret-fuzz list | seeds TARGET FOLDER | replay TARGET FILE"),
    }
    Ok(())
}

fn named(name: &str) -> Result<&'static Target> {
    let names = || TARGETS.iter().map(|target| target.name).collect::<Vec<_>>().join(", ");
    Target::named(name).with_context(|| format!("no target is called {name}; there are {}", names()))
}
