//! How a run of `egret` ends, for scripts.

use std::process::ExitCode;

/// The closed list of exit codes. `--help` prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Ok = 0,
    /// Our failure, or one that no other code names.
    Failed = 1,
    /// The command line or a configuration file is wrong. clap ends with it as well.
    Usage = 2,
    /// Refused by a rule: a quota, a closed window or gate, a pause, a package with problems.
    Refused = 3,
    /// Not signed in, or not allowed.
    Denied = 4,
    /// No such thing.
    NotFound = 5,
    /// A model is refused, or a submission was rejected, withheld, cancelled, or ended without a score.
    Rejected = 6,
    /// The server does not answer.
    Unreachable = 7,
    /// The jail does not hold on this host.
    Unsound = 8,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// The list, as `--help` prints it.
pub(crate) const HELP: &str = "\
Exit codes:
  0  done
  1  failed for a reason that no other code names
  2  wrong command line or configuration
  3  refused by a rule: quota used up, window or gate closed, paused, package with problems
  4  not signed in, or not allowed
  5  not found
  6  a model is refused, or a submission was rejected, withheld, cancelled, or ended without a score
  7  the server does not answer
  8  the jail does not hold on this host";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_lists_every_code_once() {
        let all = [
            Exit::Ok,
            Exit::Failed,
            Exit::Usage,
            Exit::Refused,
            Exit::Denied,
            Exit::NotFound,
            Exit::Rejected,
            Exit::Unreachable,
            Exit::Unsound,
        ];
        let listed: Vec<_> =
            HELP.lines().skip(1).map(|line| line.trim_start().as_bytes()[0] - b'0').collect();
        assert_eq!(listed, all.map(Exit::code));
    }
}
