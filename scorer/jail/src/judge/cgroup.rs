//! A control group for each runner, where this host lets the worker make one: a second bound on memory, which also counts what
//! the limits of a process do not, such as shared memory and pages of files.
//!
//! Version 1: below the group that the worker itself is in. Version 2 allows no processes beside groups, so there the groups
//! lie beside the worker's own, in the folder of a systemd unit that is delegated to it (`Delegate=memory`,
//! `DelegateSubgroup=…`); this half has not been run.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Beside the task's limit and the shared memory: stacks, page tables, and the libraries' pages.
const SLACK_BYTES: u64 = 64 << 20;
/// How long the kernel may take to empty a group whose processes have ended.
const EMPTY_MAX: Duration = Duration::from_millis(250);
/// Names of our groups begin like this, and go on with the number of the process that made them.
const PREFIX: &str = "egret-";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// Where groups can be made.
#[derive(Debug)]
struct Home {
    dir: PathBuf,
    version: Version,
}

/// Looked for once: a process does not change its group.
static HOME: LazyLock<io::Result<Home>> = LazyLock::new(Home::find);

/// Whether runners can have groups here.
pub(crate) fn offered() -> bool {
    HOME.is_ok()
}

/// One runner's group. Dropping it removes it; its processes must have ended.
#[derive(Debug)]
pub(super) struct Group {
    dir: PathBuf,
    version: Version,
}

impl Group {
    /// Makes one that holds a runner with this much memory of its own and this much shared with the judge.
    pub fn make(memory_mib: u32, shared_bytes: u64) -> io::Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let home = HOME.as_ref().map_err(|error| io::Error::new(error.kind(), error.to_string()))?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let dir = home.dir.join(format!("{PREFIX}{}-{number}", std::process::id()));
        fs::create_dir(&dir)?;
        let group = Self { dir, version: home.version };
        let own = u64::from(memory_mib) << 20;
        // Page tables grow with the memory.
        group.limit(own + own / 64 + shared_bytes + SLACK_BYTES)?;
        Ok(group)
    }

    fn limit(&self, bytes: u64) -> io::Result<()> {
        let (memory, swap, of_swap) = match self.version {
            Version::One => ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes", bytes),
            Version::Two => ("memory.max", "memory.swap.max", 0),
        };
        fs::write(self.dir.join(memory), bytes.to_string())?;
        // Not there on kernels that do not count swap.
        let swap = self.dir.join(swap);
        if swap.exists() { fs::write(swap, of_swap.to_string()) } else { Ok(()) }
    }

    /// The group's name, as `/proc/self/cgroup` of a member ends with it.
    pub fn name(&self) -> String {
        self.dir.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// A process of one thread that writes `0` here is a member.
    pub fn entrance(&self) -> io::Result<File> {
        // Version 1 also moves whole processes, but waits for every processor of the host first: 5 to 17 ms.
        let members = if self.version == Version::One { "tasks" } else { "cgroup.procs" };
        OpenOptions::new().write(true).open(self.dir.join(members))
    }

    /// Whether a process of the group was killed for want of memory, and the limit that was met is the group's own.
    pub fn has_struck(&self) -> bool {
        match self.version {
            Version::One => {
                // Hits of the limit are not counted by newer kernels; that it was all but reached says the same.
                let (peak, limit) =
                    (self.figure("memory.max_usage_in_bytes", ""), self.figure("memory.limit_in_bytes", ""));
                self.figure("memory.oom_control", "oom_kill") > 0 && peak >= limit - limit / 16
            }
            Version::Two => {
                let event = |key| self.figure("memory.events", key);
                event("oom_kill") > 0 && event("oom") > 0
            }
        }
    }

    /// The number behind `key` in a file of the group, or the only one; 0 if there is none.
    fn figure(&self, file: &str, key: &str) -> u64 {
        let text = fs::read_to_string(self.dir.join(file)).unwrap_or_default();
        text.lines().find_map(|line| line.strip_prefix(key)?.trim().parse().ok()).unwrap_or(0)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let until = Instant::now() + EMPTY_MAX;
        // What is left for good is swept by the next worker.
        while fs::remove_dir(&self.dir).is_err_and(|error| error.raw_os_error() == Some(libc::EBUSY))
            && Instant::now() < until
        {
            std::thread::yield_now();
        }
    }
}

impl Home {
    fn find() -> io::Result<Self> {
        let groups = fs::read_to_string("/proc/self/cgroup")?;
        let mounts = fs::read_to_string("/proc/self/mountinfo")?;
        let home = Self::candidate(&groups, &mounts)
            .ok_or_else(|| io::Error::other("the worker is in no group that is delegated to it"))?;
        sweep(&home.dir);
        if home.version == Version::Two {
            fs::write(home.dir.join("cgroup.subtree_control"), "+memory")?;
        }
        // Only making one shows that one can be made.
        let probe = Group {
            dir: home.dir.join(format!("{PREFIX}{}-probe", std::process::id())),
            version: home.version,
        };
        fs::create_dir(&probe.dir)?;
        probe.limit(SLACK_BYTES)?;
        probe.entrance()?;
        Ok(home)
    }

    /// By the texts of `/proc/self/cgroup` and `/proc/self/mountinfo`.
    fn candidate(groups: &str, mounts: &str) -> Option<Self> {
        let own = |wanted: &dyn Fn(&str) -> bool| {
            groups.lines().find_map(|line| {
                let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
                wanted(controllers).then(|| PathBuf::from(path))
            })
        };
        let mounted = |kind: &str, option: &str| {
            mounts.lines().find_map(|line| {
                let (place, system) = line.split_once(" - ")?;
                let place: Vec<&str> = place.split(' ').collect();
                let system: Vec<&str> = system.split(' ').collect();
                let wanted = system.first() == Some(&kind)
                    && (option.is_empty() || system.last()?.split(',').any(|other| other == option));
                wanted.then(|| (PathBuf::from(place.get(3).copied().unwrap_or("/")), PathBuf::from(place[4])))
            })
        };
        let below =
            |(root, point): (PathBuf, PathBuf), path: &Path| Some(point.join(path.strip_prefix(root).ok()?));
        if let Some(path) = own(&|controllers| controllers.split(',').any(|one| one == "memory")) {
            return Some(Self { dir: below(mounted("cgroup", "memory")?, &path)?, version: Version::One });
        }
        let path = own(&str::is_empty)?;
        let unit = path.parent().filter(|parent| {
            // Only a unit's own folder can have been given to us.
            parent.extension().is_some_and(|kind| kind == "service" || kind == "scope")
        })?;
        Some(Self { dir: below(mounted("cgroup2", "")?, unit)?, version: Version::Two })
    }
}

/// Removes the empty groups of processes that are no more.
fn sweep(home: &Path) {
    for entry in fs::read_dir(home).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let maker = name.strip_prefix(PREFIX).and_then(|rest| rest.split_once('-')?.0.parse::<u32>().ok());
        if maker.is_some_and(|maker| !Path::new("/proc").join(maker.to_string()).exists()) {
            // One that is not empty stays.
            let _ = fs::remove_dir(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n\
        35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n";
    const TWO: &str = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";

    fn home(groups: &str, mounts: &str) -> Option<(String, Version)> {
        let home = Home::candidate(groups, mounts)?;
        Some((home.dir.to_str()?.to_owned(), home.version))
    }

    #[test]
    fn groups_of_version_one_lie_below_the_workers() {
        let found = home("5:cpu:/\n4:memory:/workers/one\n0::/\n", ONE);
        assert_eq!(found, Some(("/sys/fs/cgroup/memory/workers/one".into(), Version::One)));
        // A container sees a part of the tree only.
        let part = "35 31 0:32 /docker/x /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";
        let found = home("4:memory:/docker/x/y\n", part);
        assert_eq!(found, Some(("/sys/fs/cgroup/memory/y".into(), Version::One)));
        assert_eq!(home("4:memory:/other\n", part), None);
    }

    #[test]
    fn groups_of_version_two_lie_in_a_unit_that_is_the_workers() {
        let found = home("0::/system.slice/egret-worker.service/main\n", TWO);
        assert_eq!(found, Some(("/sys/fs/cgroup/system.slice/egret-worker.service".into(), Version::Two)));
        for not_ours in ["0::/", "0::/system.slice/egret-worker.service", "0::/user.slice/main"] {
            assert_eq!(home(not_ours, TWO), None, "{not_ours}");
        }
    }
}
