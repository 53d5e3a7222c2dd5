//! R4: a root that holds the libraries to load, what they read of the processor, and nothing else.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::error::{At, SetupError};
use crate::kernel::mounts;
use crate::setup::SetupStep;

/// Where the new root shows the folder of ONNX Runtime.
pub(super) const ORT_DIR: &str = "/ort";

/// Where the runner stands in the new root: a model that names a file beside it finds none.
const EMPTY_DIR: &str = "/empty";

/// What a dynamic library and ONNX Runtime's start read of a host; the absence of any is tolerated.
pub(super) const SYSTEM: [&str; 7] = [
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/etc/ld.so.cache",
    // Core counts and features, for the thread pool and the choice of kernels.
    "/sys/devices/system/cpu",
    "/proc/cpuinfo",
];

/// Folders that hide nothing of [`SYSTEM`] when the new root is put together over them.
const SCAFFOLDS: [&str; 3] = ["/tmp", "/run", "/mnt"];

/// Replaces the root. The current directory, ONNX Runtime's folder, becomes [`ORT_DIR`].
pub(super) fn replace() -> Result<(), SetupError> {
    build().at(SetupStep::Mounts)?;
    // The scaffold is the current directory now.
    mounts::pivot_to_current_dir().at(SetupStep::PivotRoot)?;
    std::env::set_current_dir(EMPTY_DIR).at(SetupStep::PivotRoot)?;
    // Last, as the mount points had to be made first.
    mounts::set_readonly(Path::new("/"), false).at(SetupStep::PivotRoot)
}

fn build() -> io::Result<()> {
    mounts::make_private()?;
    let scaffold = SCAFFOLDS.into_iter().map(Path::new).find(|dir| dir.is_dir());
    let scaffold = scaffold.ok_or_else(|| io::Error::other("none of /tmp, /run and /mnt is a folder"))?;
    mounts::tmpfs(scaffold)?;

    let place = |path: &str| scaffold.join(path.trim_start_matches('/'));
    fs::create_dir(place(EMPTY_DIR))?;
    fs::create_dir(place(ORT_DIR))?;
    mounts::bind_readonly(Path::new("."), &place(ORT_DIR))?;
    for path in SYSTEM {
        show(Path::new(path), &place(path))?;
    }
    std::env::set_current_dir(scaffold)
}

/// Shows one path of the host in the new root: a link as a link, a folder or a file by a read-only mount.
fn show(source: &Path, target: &Path) -> io::Result<()> {
    let Ok(metadata) = fs::symlink_metadata(source) else {
        return Ok(());
    };
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    if metadata.is_symlink() {
        return symlink(fs::read_link(source)?, target);
    }
    if metadata.is_dir() {
        fs::create_dir(target)?;
    } else {
        fs::File::create(target)?;
    }
    mounts::bind_readonly(source, target)
}
