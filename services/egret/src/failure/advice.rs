use std::collections::BTreeMap;

use tonic::Code;

/// The next step, in this program's verbs, for a reason of the server and its facts. `None` where the server's sentence has it
/// already.
pub(super) fn next_step(reason: &str, facts: &BTreeMap<String, String>, code: Code) -> Option<String> {
    let failed_checks = facts.get("quota").is_some_and(|quota| quota == "failed_checks");
    let step = match (reason, code) {
        ("TOKEN_MISSING", _) => {
            "`egret team join CODE` signs you in; or set EGRET_TOKEN, or pass --token-file"
        }
        ("TOKEN_INVALID", _) => {
            "ask for a new invite or token, then `egret team join CODE`, EGRET_TOKEN or --token-file"
        }
        ("NOT_A_MEMBER", _) => "`egret status` shows which teams you are in",
        ("QUOTA_EXHAUSTED", _) if failed_checks => {
            "`egret check MODEL --task TASK` says at home what the server's check would; it costs nothing"
        }
        ("QUOTA_EXHAUSTED", _) => {
            "`egret status` shows what is left and when it resets; `egret cancel` ends a running submission"
        }
        ("PHASE_CLOSED", _) => "`egret competition show` lists the phases and their windows",
        ("PAUSED", _) => {
            "`egret competition show` says when it is resumed; times that are lost may be given back"
        }
        ("GATE_CLOSED", _) => {
            "`egret leaderboard TASK --phase PHASE` shows where you stand in the phase that is asked for"
        }
        ("TEAM_NOT_ACTIVE", _) => "`egret team list` shows your team as the organizer sees it",
        ("NOT_FINAL", _) => {
            "`egret phase list` shows when phases end; `egret submissions TASK --all-teams` what still runs"
        }
        ("NO_TEAM", _) => {
            "`egret team join CODE` with the invite of a team, or `egret team create` where registration is open"
        }
        ("INVITE_INVALID", _) => "invites work once and expire; `egret team invite` makes another one",
        ("UPLOAD_BUSY" | "WRONG_OFFSET", _) => {
            "wait until the other upload of this file ends, then run the same command again"
        }
        ("WRONG_DIGEST", _) => "the file changed while it was sent; run the same command again",
        ("MODEL_TOO_LARGE", _) => "`egret task show` prints the task's limits",
        ("SERVER_CLOSING", _) => "run the same command again in a moment",
        ("" | "NOT_FOUND", Code::NotFound) => {
            "`egret competition list` and `egret competition show` print the names"
        }
        ("", Code::Unauthenticated) => "sign in: `egret team join CODE`, EGRET_TOKEN or --token-file",
        (_, Code::Unimplemented) => "use the same version of egret on both sides",
        (_, Code::DeadlineExceeded) => "run the same command again; the server is slow or out of reach",
        _ => return None,
    };
    Some(step.to_owned())
}
