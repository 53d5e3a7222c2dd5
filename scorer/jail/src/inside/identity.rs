//! R1 and R2: who this process is.

use std::fs;
use std::io;

use super::error::{At, SetupError};
use crate::kernel::{privileges, process};
use crate::setup::SetupStep;

/// Users from here upwards own nothing on any host we know of, and lie above every range handed to containers. Each runner
/// takes its own (by process id, so no two at a time are equal): runners cannot signal each other even without namespaces.
const SLOT_UID_BASE: u32 = 1_700_000_000;

/// The user inside the namespace: nobody.
const INNER_ID: u32 = 65534;

/// Real root becomes a user that owns nothing. Root of a container's own user namespace is no more than a user outside
/// and may have no other user to become.
pub(super) fn leave_root() -> io::Result<()> {
    if privileges::user_and_group().0 != 0 {
        return Ok(());
    }
    let map = fs::read_to_string("/proc/self/uid_map")?;
    if map.split_whitespace().eq(["0", "0", "4294967295"]) {
        let id = SLOT_UID_BASE + std::process::id();
        privileges::become_user(id, id)?;
        // The change of user closed /proc/self to ourselves; R2 writes there. Closed again in R10.
        privileges::set_dumpable(true)?;
    }
    Ok(())
}

/// New namespaces, with this user as nobody in them.
pub(super) fn enter_namespaces() -> Result<(), SetupError> {
    // Asked before: afterwards there is no mapping, and the kernel answers for everyone with 65534.
    let (uid, gid) = privileges::user_and_group();
    privileges::unshare_everything().at(SetupStep::Namespaces)?;
    // The kernel asks for `deny` before an unprivileged process may map a group.
    fs::write("/proc/self/setgroups", "deny").at(SetupStep::IdMaps)?;
    fs::write("/proc/self/uid_map", format!("{INNER_ID} {uid} 1")).at(SetupStep::IdMaps)?;
    fs::write("/proc/self/gid_map", format!("{INNER_ID} {gid} 1")).at(SetupStep::IdMaps)?;
    // Changes of user and namespace have cleared the tie to the judge.
    process::die_with_parent().at(SetupStep::IdMaps)
}
