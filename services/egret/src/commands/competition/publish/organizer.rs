use std::path::PathBuf;

use anyhow::{Context as _, Result};
use egret_datasets::PoolIdentity;

use crate::config::config_home;

/// The organizer's own identity; a new one where there is none, readable by its owner only.
pub(super) fn identity(file: Option<PathBuf>) -> Result<PoolIdentity> {
    let path = match file {
        Some(file) => file,
        None => config_home()?.join("organizer.key"),
    };
    if path.is_file() {
        return PoolIdentity::load(&path).with_context(|| path.display().to_string());
    }
    let made = PoolIdentity::generate();
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    folder.and_then(|()| made.save(&path)).with_context(|| path.display().to_string())?;
    tracing::warn!("{} is your new key to what you publish: keep it, and keep it secret", path.display());
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/organizer.key");
        let made = identity(Some(path.clone())).unwrap().recipient();
        assert_eq!(identity(Some(path.clone())).unwrap().recipient(), made);
        std::fs::write(&path, "no key").unwrap();
        assert!(identity(Some(path)).is_err(), "a damaged key is not replaced");
    }
}
