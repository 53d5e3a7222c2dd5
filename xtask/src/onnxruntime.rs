//! ONNX Runtime, pinned by version and digest, out of its PyPI wheel.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use sha2::{Digest, Sha256};

use crate::{
    process::{cache, root, run_quietly},
    python,
};

const VERSION: &str = "1.31.1";
const LIBRARY: &str = "libonnxruntime.so.1.31.1";
const LIBRARY_SHA256: &str = "fc44112fbe06d7d689c57e11d3862031f64711007e4ee020f8eed5185fd2c1d3";

/// The library's path: `EGRET_ORT_LIB` if set, else the cached one, fetched now if need be.
pub fn ensure() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("EGRET_ORT_LIB") {
        let path = PathBuf::from(path);
        if !path.is_file() {
            bail!("EGRET_ORT_LIB names {}, which is not a file", path.display());
        }
        return Ok(path);
    }
    let directory = cache()?.join(format!("onnxruntime-{VERSION}"));
    let library = directory.join(LIBRARY);
    if library.is_file() && digest(&library)? == LIBRARY_SHA256 {
        return Ok(library);
    }
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        bail!(
            "the pinned ONNX Runtime is for x86-64 Linux; set EGRET_ORT_LIB to a libonnxruntime {VERSION} of this machine"
        );
    }
    fetch(&directory).context("cannot fetch ONNX Runtime")?;
    let found = digest(&library)?;
    if found != LIBRARY_SHA256 {
        fs::remove_file(&library)?;
        bail!("{LIBRARY} has SHA-256 {found}, expected {LIBRARY_SHA256}: refused");
    }
    Ok(library)
}

fn fetch(directory: &Path) -> Result<()> {
    println!("Fetching ONNX Runtime {VERSION} (24 MB, once)");
    let python = python::ensure()?;
    let unpacked = directory.join("unpacked");
    fs::create_dir_all(&unpacked)?;
    let mut download = Command::new(&python);
    download.args([
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
        "--python-version",
        "3.11",
    ]);
    download.args(["--platform", "manylinux_2_28_x86_64", "--require-hashes", "--requirement"]);
    run_quietly(download.arg(root().join("xtask/python/onnxruntime.txt")).arg("--dest").arg(&unpacked))?;
    let wheel = fs::read_dir(&unpacked)?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|e| e == "whl"))
        .context("pip downloaded no wheel")?;
    run_quietly(Command::new(&python).args(["-m", "zipfile", "--extract"]).arg(&wheel).arg(&unpacked))?;
    fs::rename(unpacked.join("onnxruntime/capi").join(LIBRARY), directory.join(LIBRARY))?;
    fs::remove_dir_all(&unpacked)?;
    Ok(())
}

fn digest(path: &Path) -> Result<String> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(hex::encode(Sha256::digest(bytes)))
}
