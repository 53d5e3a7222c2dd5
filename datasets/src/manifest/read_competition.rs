//! `competition.toml` → [`CompetitionManifest`].

use std::ops::Range;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::reader::{At, Source, Table};
use super::{
    CompetitionManifest, DESCRIPTION_BYTES_MAX, PhaseKind, PhaseManifest, QuotaManifest, ReleaseManifest,
    ReleasePolicy, SLUG_RULE, TITLE_BYTES_MAX, slug,
};
use crate::{Problem, Split};

/// Decimals of a released score when nothing is said.
const DECIMALS_DEFAULT: u32 = 4;
/// The largest quota of any sort.
const QUOTA_MAX: u64 = 1_000_000;

/// The tasks that `competition.toml` lists, each with its line.
pub(super) type Order = Vec<(String, u32)>;

/// Reads the text of `competition.toml`.
pub(super) fn read(file: &Path, text: &str) -> (Option<(CompetitionManifest, Order)>, Vec<Problem>) {
    let source = Source::new(file, text);
    let read = source.document().map(competition);
    let read = read.map(|(manifest, tasks)| {
        let order = tasks.into_iter().map(|task| (task.value, source.line(&task.span)));
        (manifest, order.collect())
    });
    (read, source.into_problems())
}

fn competition(mut document: Table<'_, '_>) -> (CompetitionManifest, Vec<At<String>>) {
    let id = document.required("id", 63, "id = \"my-competition\"");
    if let Some(id) = id.as_ref().filter(|id| !slug(&id.value)) {
        document.note(id.span.clone(), format!("the id \"{}\" is not allowed", id.value), SLUG_RULE);
    }
    let title = document.required("title", TITLE_BYTES_MAX, "title = \"…\"");
    let zone = document.required("time_zone", 64, "time_zone = \"Asia/Shanghai\"");
    let zone_known = zone.as_ref().and_then(|zone| known_zone(zone, &document));
    let mut text = |key, bytes_max| document.text(key, bytes_max).map_or_else(String::new, |text| text.value);
    let title_zh = text("title_zh", TITLE_BYTES_MAX);
    let description = text("description", DESCRIPTION_BYTES_MAX);
    let description_zh = text("description_zh", DESCRIPTION_BYTES_MAX);
    let open_registration = document.boolean("open_registration").is_some_and(|open| open.value);
    let tasks = document.strings("tasks").map_or_else(Vec::new, |tasks| tasks.value);
    let tables = document.tables("phases");
    if tables.is_empty() {
        document.note(
            0..0,
            "there is no phase".into(),
            "add a [[phases]] table with id, kind, start, end and split",
        );
    }
    let mut phases = Vec::new();
    for table in tables {
        let span = table.span();
        if let Some(phase) = phase(table, zone_known.as_ref()) {
            compare(&document, &phases, &phase, &span);
            phases.push(phase);
        }
    }
    document.finish();
    let value = |text: Option<At<String>>| text.map_or_else(String::new, |text| text.value);
    let manifest = CompetitionManifest {
        id: value(id),
        title: value(title),
        title_zh,
        description,
        description_zh,
        time_zone: value(zone),
        open_registration,
        phases,
    };
    (manifest, tasks)
}

fn known_zone(zone: &At<String>, document: &Table<'_, '_>) -> Option<TimeZone> {
    let found = TimeZone::get(&zone.value).ok().filter(|found| found.iana_name().is_some());
    if found.is_none() {
        let what = format!("the time zone \"{}\" is not known", zone.value);
        document.note(zone.span.clone(), what, "use an IANA name such as \"Asia/Shanghai\" or \"UTC\"");
    }
    found
}

fn phase(mut table: Table<'_, '_>, zone: Option<&TimeZone>) -> Option<PhaseManifest> {
    let id = table.required("id", 63, "id = \"live\"");
    if let Some(id) = id.as_ref().filter(|id| !slug(&id.value)) {
        table.note(id.span.clone(), format!("the phase id \"{}\" is not allowed", id.value), SLUG_RULE);
    }
    let kinds = [("practice", PhaseKind::Practice), ("live", PhaseKind::Live), ("final", PhaseKind::Final)];
    table.need("kind", "kind = \"live\"");
    let kind = table.choice("kind", &kinds);
    let splits = Split::ALL.map(|split| (split.as_str(), split));
    table.need("split", "split = \"public\"");
    let split = table.choice("split", &splits);
    let start = moment(&mut table, "start", zone);
    let end = moment(&mut table, "end", zone);
    if let (Some(start), Some(end)) = (&start, &end)
        && start.value >= end.value
    {
        table.note(
            end.span.clone(),
            "the phase ends before it starts".into(),
            "the end must be later than the start",
        );
    }
    let quota = table.table("quota").map_or_else(QuotaManifest::default, quota);
    let default = ReleaseManifest { policy: ReleasePolicy::Exact, decimals: DECIMALS_DEFAULT };
    let release = table.table("release").map_or(default, |release| self::release(release, default));
    table.finish();
    Some(PhaseManifest {
        id: id?.value,
        kind: kind?.value,
        start: start?.value,
        end: end?.value,
        split: split?.value,
        quota,
        release,
    })
}

fn quota(mut table: Table<'_, '_>) -> QuotaManifest {
    let mut number = |key| table.integer(key, 0..QUOTA_MAX + 1).map_or(0, |at| at.value as u32);
    let quota = QuotaManifest {
        per_day_max: number("per_day_max"),
        total_max: number("total_max"),
        concurrent_max: number("concurrent_max"),
    };
    table.finish();
    quota
}

fn release(mut table: Table<'_, '_>, default: ReleaseManifest) -> ReleaseManifest {
    let policy =
        table.choice("policy", &[("exact", ReleasePolicy::Exact)]).map_or(default.policy, |at| at.value);
    let decimals = table.integer("decimals", 0..7).map_or(default.decimals, |at| at.value as u32);
    table.finish();
    ReleaseManifest { policy, decimals }
}

/// A moment with an offset. Without one nobody knows when a deadline is: the clock on the wall differs between readers.
fn moment(table: &mut Table<'_, '_>, key: &'static str, zone: Option<&TimeZone>) -> Option<At<Timestamp>> {
    table.need(key, &format!("{key} = \"2026-03-01T09:00:00+08:00\""));
    let text = table.moment(key)?;
    let span = text.span.clone();
    if let Ok(value) = text.value.parse::<Timestamp>() {
        return Some(At { value, span });
    }
    let example = |local: DateTime| {
        let zone = zone.cloned().unwrap_or(TimeZone::UTC);
        let zoned = local.to_zoned(zone).ok()?;
        jiff::fmt::strtime::format("%Y-%m-%dT%H:%M:%S%:z", &zoned).ok()
    };
    match text.value.parse::<DateTime>().ok().and_then(example) {
        Some(example) => table.note(
            span,
            format!("the time of `{key}`, {}, has no offset from UTC", text.value),
            format!("write the offset, for example \"{example}\""),
        ),
        None => table.note(
            span,
            format!("`{key}` is not a time: \"{}\"", text.value),
            "write RFC 3339 with an offset, for example \"2026-03-01T09:00:00+08:00\"",
        ),
    }
    None
}

/// Ids are unique, and phases of the same kind do not overlap.
fn compare(document: &Table<'_, '_>, earlier: &[PhaseManifest], phase: &PhaseManifest, span: &Range<usize>) {
    for other in earlier {
        if other.id == phase.id {
            let what = format!("the phase id \"{}\" is used twice", phase.id);
            document.note(span.clone(), what, "give each phase its own id");
        } else if other.kind == phase.kind && other.start < phase.end && phase.start < other.end {
            let what = format!("the phases \"{}\" and \"{}\" of the same kind overlap", other.id, phase.id);
            document.note(span.clone(), what, "let one end when the other starts, or earlier");
        }
    }
}
