//! R5 and R7: what this process may use, and what of the file system is left to it.

use std::io;
use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, LandlockStatus, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetStatus, Scope, make_bitflags, path_beneath_rules,
};

use super::error::SetupError;
use super::root;
use crate::briefing::Briefing;
use crate::kernel::privileges::limit;
use crate::setup::SetupStep;

const MIB: u64 = 1 << 20;

/// Limits of this process, which after R10 is all there can be.
pub(super) fn limit_resources(briefing: &Briefing) -> io::Result<()> {
    let data = u64::from(briefing.memory_mib) * MIB;
    // The address space also holds libraries, the shared memory, and per thread a stack and the reserve of an arena.
    let address_space = data + 1024 * MIB + briefing.shared_bytes + 72 * MIB * u64::from(briefing.threads);
    let cpu = u64::from(briefing.cpu_s);

    limit(libc::RLIMIT_DATA, data, data)?;
    limit(libc::RLIMIT_AS, address_space, address_space)?;
    // At the soft limit the handler of R9 leaves with a code that says why; a second later the kernel kills.
    limit(libc::RLIMIT_CPU, cpu, cpu + 1)?;
    limit(libc::RLIMIT_STACK, 8 * MIB, 8 * MIB)?;
    limit(libc::RLIMIT_NOFILE, 64, 64)?;
    // No core files: they would hold the inputs. No file can grow, no page be locked, no message queue be made.
    for none in [libc::RLIMIT_CORE, libc::RLIMIT_FSIZE, libc::RLIMIT_MEMLOCK, libc::RLIMIT_MSGQUEUE] {
        limit(none, 0, 0)?;
    }
    Ok(())
}

/// Leaves read access to the libraries alone; forbids TCP, and signals and abstract sockets across the wall.
/// Returns the ABI in force.
pub(super) fn enforce_landlock(ort_dir: &Path) -> Result<u8, SetupError> {
    let failed = |error: landlock::RulesetError| SetupError::new(SetupStep::Landlock, error.to_string());
    // The crate does its best by default, which may be nothing: the first ABI is required, and the result looked at.
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(ABI::V1))
        .map_err(failed)?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(ABI::V6))
        .and_then(|ruleset| ruleset.handle_access(AccessNet::from_all(ABI::V6)))
        .and_then(|ruleset| ruleset.scope(Scope::from_all(ABI::V6)))
        .map_err(failed)?;

    let load = make_bitflags!(AccessFs::{Execute | ReadFile | ReadDir});
    let paths = root::SYSTEM.into_iter().map(Path::new).chain([ort_dir]);
    let created = ruleset.create().map_err(failed)?;
    let status = created
        .add_rules(path_beneath_rules(paths, load))
        .map_err(failed)?
        .restrict_self()
        .map_err(failed)?;

    match status.landlock {
        LandlockStatus::Available { effective_abi, .. } if status.ruleset != RulesetStatus::NotEnforced => {
            Ok(effective_abi.min(ABI::V6) as u8)
        }
        other => Err(SetupError::new(SetupStep::Landlock, format!("Landlock is not in force: {other:?}"))),
    }
}
