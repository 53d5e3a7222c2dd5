use egret_proto::v1::Nominees;
use jiff::Timestamp;

use super::facts;
use crate::moment;
use crate::names::{SubmissionName, TeamName};

/// Who stands for a team, and until when that can be changed.
pub(crate) fn show(nominees: &Nominees, now: Timestamp) -> String {
    let named: Vec<String> = nominees.submissions.iter().map(|name| SubmissionName::short(name)).collect();
    let how = match (nominees.chosen, named.is_empty()) {
        (true, _) => "named by the team",
        (false, false) => "the best released one, for the team has named none",
        (false, true) => "none: nothing is released yet",
    };
    let close = moment::of(nominees.close_time).map(|at| moment::show_with_distance(at, now));
    let lines = [
        ("team", TeamName::short(&nominees.team)),
        ("stand", how.to_owned()),
        ("at most", nominees.count_max.to_string()),
        ("until", close.unwrap_or_default()),
    ];
    facts(lines.into_iter().chain(named.into_iter().map(|name| ("nominee", name))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_and_why() {
        let mut nominees = Nominees {
            team: "competitions/c/teams/gulls".into(),
            submissions: vec!["competitions/c/tasks/t/submissions/s1".into()],
            chosen: true,
            count_max: 2,
            close_time: Some(moment::to_wire(Timestamp::from_second(90).unwrap())),
        };
        let now = Timestamp::from_second(30).unwrap();
        let text = show(&nominees, now);
        for words in ["c/gulls", "named by the team", "at most  2", "(in 1 min)", "nominee  c/t/s1"] {
            assert!(text.contains(words), "{words}:\n{text}");
        }
        nominees.chosen = false;
        assert!(show(&nominees, now).contains("the best released one"));
        nominees.submissions.clear();
        assert!(show(&nominees, now).contains("none: nothing is released yet"));
    }
}
