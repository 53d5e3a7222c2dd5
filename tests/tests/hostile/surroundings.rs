//! What lies around a run and must be the same after it.

use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::Result;

use crate::corpus::folder;

/// Names that ONNX Runtime, its telemetry or a model of the corpus would give to a file.
const SUSPICIOUS: [&str; 5] = ["onnxruntime", ".onnxruntime", "egret-hostile", "libonnxruntime", "core"];

/// A path's size, mode, times in nanoseconds, and, of the canaries, its content.
type State = BTreeMap<PathBuf, (u64, u32, i128, Vec<u8>)>;

/// Files that anyone may write to, the folders a runner has been in, and the names that it might leave.
pub struct Surroundings {
    canaries: PathBuf,
    /// Where the library lies: a runner's working directory before its root is empty.
    library: PathBuf,
    before: State,
}

impl Surroundings {
    /// Lays out the canaries and looks around.
    pub fn prepare(ort_lib: &Path) -> Result<Self> {
        let canaries = folder().join("canaries");
        for place in ["home", "work"] {
            let place = canaries.join(place);
            fs::create_dir_all(&place)?;
            fs::set_permissions(&place, fs::Permissions::from_mode(0o777))?;
            fs::write(place.join("labels.csv"), "file,label\n0001.png,7\n")?;
            fs::set_permissions(place.join("labels.csv"), fs::Permissions::from_mode(0o666))?;
        }
        let library = ort_lib.canonicalize()?.parent().expect("a file lies in a folder").to_owned();
        let mut around = Self { canaries, library, before: State::new() };
        around.before = around.look()?;
        Ok(around)
    }

    /// What has changed since; nothing, if all is well.
    pub fn changes(&self) -> Result<Vec<PathBuf>> {
        let now = self.look()?;
        let gone = self.before.keys().filter(|path| !now.contains_key(*path));
        let other = now.iter().filter(|(path, state)| self.before.get(*path) != Some(state));
        Ok(gone.chain(other.map(|(path, _)| path)).cloned().collect())
    }

    fn look(&self) -> Result<State> {
        let mut state = State::new();
        for place in ["home", "work"] {
            note(&self.canaries.join(place), &mut state, |_| true)?;
        }
        for entry in
            fs::read_dir(self.canaries.join("home"))?.chain(fs::read_dir(self.canaries.join("work"))?)
        {
            let path = entry?.path();
            if let Some(known) = state.get_mut(&path) {
                known.3 = fs::read(&path)?;
            }
        }
        note(&self.library, &mut state, |_| true)?;
        let suspicious = |name: &str| SUSPICIOUS.iter().any(|prefix| name.starts_with(prefix));
        for place in [PathBuf::from("/"), std::env::temp_dir(), "/dev/shm".into(), std::env::current_dir()?] {
            note(&place, &mut state, suspicious)?;
        }
        if let Some(home) = std::env::var_os("HOME") {
            note(&Path::new(&home).join(".cache/Microsoft"), &mut state, |_| true)?;
        }
        Ok(state)
    }
}

/// Notes the entries of a folder that are of interest; a folder that is not there has none.
fn note(folder: &Path, state: &mut State, interesting: impl Fn(&str) -> bool) -> Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if interesting(&entry.file_name().to_string_lossy()) {
            let about = fs::symlink_metadata(entry.path())?;
            let changed = i128::from(about.ctime()) * 1_000_000_000 + i128::from(about.ctime_nsec());
            state.insert(entry.path(), (about.len(), about.mode(), changed, Vec::new()));
        }
    }
    Ok(())
}

/// Processes of this executable, by their numbers.
pub fn processes_of(runner: &Path) -> Result<Vec<u32>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let Ok(pid) = entry?.file_name().to_string_lossy().parse() else { continue };
        if fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe == runner) {
            found.push(pid);
        }
    }
    Ok(found)
}

/// Whether this process may do everything.
pub fn am_root() -> Result<bool> {
    Ok(fs::metadata("/proc/self")?.uid() == 0)
}
