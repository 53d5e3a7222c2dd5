//! The only place where wire messages and the contest's nouns meet. Whatever leaves here is valid by construction: ids have
//! their form, texts their length, numbers their range. A request with several faults names all of them.

mod competition;
mod control;
mod metric;
mod overall;
mod submission;
mod task;
mod team;
mod test_set;
mod token;
mod upload;
mod work;

use egret_contest::{BlobRef, Micros, Split};
use egret_proto::v1;
use prost_types::Timestamp;
use tonic::Status;

pub(crate) use competition::{competition, new_competition};
pub(crate) use control::{ledger, nominees, phase_change};
pub use metric::{metric_answers, metric_suite, metric_suites};
pub(crate) use overall::overall_board;
pub(crate) use submission::{leaderboard, new_submission, quota, score_point, submission};
pub(crate) use task::{new_task, spec, task};
pub(crate) use team::{
    display_name, entry, entry_count, invite, merge_proposal, new_team, reason, team, team_event, team_kind,
    team_title,
};
pub(crate) use test_set::{added_key, card, new_test_set, shard, test_set};
pub(crate) use token::{new_token, organizer, token};
pub(crate) use upload::{new_upload, upload};
pub(crate) use work::{fence, lease, sealed_outcomes, slot_kind, unit_result};

use crate::status::{Violations, invalid};

/// Titles and display names, in bytes.
pub(crate) const TITLE_BYTES_MAX: usize = 256;
/// Descriptions, in bytes.
pub(crate) const DESCRIPTION_BYTES_MAX: usize = 20_000;

/// A resource name of a request.
pub(crate) fn name<T>(field: &str, text: &str) -> Result<T, Status>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| invalid(field, error.to_string()))
}

/// A request id: empty, or 8 to 64 printable ASCII characters.
pub(crate) fn request_id(text: &str) -> Result<&str, Status> {
    let fits = text.is_empty() || (8..=64).contains(&text.len());
    if fits && text.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(text)
    } else {
        Err(invalid("request_id", "must be 8 to 64 printable ASCII characters, for example a UUID"))
    }
}

/// A moment on the wire.
#[expect(clippy::unnecessary_wraps, reason = "every field of a message that is a message is optional")]
pub(crate) fn timestamp(at: Micros) -> Option<Timestamp> {
    let (seconds, nanos) = at.parts();
    Some(Timestamp { seconds, nanos })
}

/// A moment from the wire: one that RFC 3339 can write.
fn moment(violations: &mut Violations, field: &str, at: Option<Timestamp>) -> Option<Micros> {
    let valid = |at: Timestamp| {
        let fits = (0..1_000_000_000).contains(&at.nanos);
        let micros = Micros::from_parts(at.seconds, at.nanos).filter(|_| fits)?;
        jiff::Timestamp::from_microsecond(micros.0).ok().map(|_| micros)
    };
    let micros = at.and_then(valid);
    violations.expect(micros.is_some(), field, "must be a time between the years 1 and 9999");
    micros
}

/// A moment that may be left out.
pub(crate) fn optional_moment(field: &str, at: Option<Timestamp>) -> Result<Option<Micros>, Status> {
    let mut violations = Violations::default();
    let micros = at.map(|at| moment(&mut violations, field, Some(at)));
    violations.finish(Some(micros.flatten()))
}

/// A one-line text for people: not empty where `required`, not too long, no control characters.
fn title(violations: &mut Violations, field: &str, text: &str, required: bool) -> String {
    let text = text.trim();
    violations.expect(!required || !text.is_empty(), field, "must not be empty");
    let fits = text.len() <= TITLE_BYTES_MAX;
    violations.expect(fits, field, format!("must be at most {TITLE_BYTES_MAX} bytes"));
    violations.expect(!text.contains(char::is_control), field, "must be one line of text");
    text.to_owned()
}

/// Paragraphs for people.
fn description(violations: &mut Violations, field: &str, text: String) -> String {
    let fits = text.len() <= DESCRIPTION_BYTES_MAX;
    violations.expect(fits, field, format!("must be at most {DESCRIPTION_BYTES_MAX} bytes"));
    text
}

pub(crate) fn split_to_wire(split: Split) -> v1::Split {
    match split {
        Split::Sample => v1::Split::Sample,
        Split::Public => v1::Split::Public,
        Split::Private => v1::Split::Private,
    }
}

fn split(violations: &mut Violations, field: &str, value: i32) -> Option<Split> {
    let split = match v1::Split::try_from(value) {
        Ok(v1::Split::Sample) => Some(Split::Sample),
        Ok(v1::Split::Public) => Some(Split::Public),
        Ok(v1::Split::Private) => Some(Split::Private),
        _ => None,
    };
    violations.expect(split.is_some(), field, "must be SAMPLE, PUBLIC or PRIVATE");
    split
}

pub(crate) fn blob_to_wire(blob: &BlobRef) -> v1::BlobRef {
    v1::BlobRef { sha256: blob.sha256.to_string(), size_bytes: blob.bytes }
}

fn blob(violations: &mut Violations, field: &str, blob: Option<v1::BlobRef>) -> Option<BlobRef> {
    let Some(blob) = blob else {
        violations.add(field, "must name a blob");
        return None;
    };
    violations.expect(blob.size_bytes > 0, &format!("{field}.size_bytes"), "must be at least 1");
    let sha256 = violations.take(&format!("{field}.sha256"), blob.sha256.parse())?;
    Some(BlobRef { sha256, bytes: blob.size_bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_have_a_form() {
        for good in ["", "12345678", &"x".repeat(64)] {
            assert!(request_id(good).is_ok(), "{good}");
        }
        for bad in ["1234567", "with space", "täglich-neu", &"x".repeat(65)] {
            assert!(request_id(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn moments_are_those_that_can_be_written() {
        let valid = |seconds, nanos| {
            moment(&mut Violations::default(), "t", Some(Timestamp { seconds, nanos })).is_some()
        };
        assert!(valid(0, 0) && valid(253_370_764_799, 0));
        assert!(
            !valid(0, -1) && !valid(0, 1_000_000_000) && !valid(253_402_300_800, 0) && !valid(i64::MAX, 0)
        );
        assert!(moment(&mut Violations::default(), "t", None).is_none());
    }

    #[test]
    fn titles_are_one_line_and_short() {
        let good = |text: &str, required| {
            let mut violations = Violations::default();
            title(&mut violations, "title", text, required);
            violations.finish(Some(())).is_ok()
        };
        assert!(good("识鹭", true) && good("", false) && good(&"x".repeat(TITLE_BYTES_MAX), true));
        assert!(!good("  ", true) && !good("a\nb", false) && !good(&"x".repeat(TITLE_BYTES_MAX + 1), true));
    }
}
