//! `competition.toml` → [`CompetitionManifest`].

use std::path::Path;

use egret_contest::{OverallRule, Weight};
use jiff::tz::TimeZone;

use super::reader::{At, Source, Table};
use super::{
    CompetitionManifest, DESCRIPTION_BYTES_MAX, OverallManifest, SLUG_RULE, TITLE_BYTES_MAX, read_phase, slug,
};
use crate::Problem;

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
    let mut flag = |key| document.boolean(key).is_some_and(|flag| flag.value);
    let open_registration = flag("open_registration");
    let approve_teams = flag("approve_teams");
    let entries_required = flag("entries_required");
    let merge_deadline = read_phase::moment_if_any(&mut document, "merge_deadline", zone_known.as_ref());
    let tasks = document.strings("tasks").map_or_else(Vec::new, |tasks| tasks.value);
    let tables = document.tables("phases");
    if tables.is_empty() {
        document.note(
            0..0,
            "there is no phase".into(),
            "add a [[phases]] table with id, kind, start, end and split",
        );
    }
    let phases: Vec<_> =
        tables.into_iter().filter_map(|table| read_phase::read(table, zone_known.as_ref())).collect();
    read_phase::compare(&document, &phases);
    let overall = document.table("overall").and_then(overall);
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
        approve_teams,
        entries_required,
        merge_deadline: merge_deadline.map(|at| at.value),
        overall,
        phases: phases.into_iter().map(|read| read.phase).collect(),
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

/// What the boards of all tasks make together; whether they can is seen with the tasks.
fn overall(mut table: Table<'_, '_>) -> Option<OverallManifest> {
    let line = table.line(table.span());
    table.need("rule", "rule = \"mean_rank\"");
    let rules: Vec<_> = OverallRule::ALL.iter().map(|rule| (rule.as_str(), *rule)).collect();
    let rule = table.choice("rule", &rules);
    let mut weights = Vec::new();
    for (task, weight) in table.table("weights").map_or_else(Vec::new, Table::other_numbers) {
        match Weight::new(weight.value) {
            Ok(weight) => weights.push((task, weight)),
            Err(bad) => {
                let what = format!("the task \"{task}\" weighs {}: {bad}", weight.value);
                table.note(weight.span, what, "correct the value");
            }
        }
    }
    table.finish();
    Some(OverallManifest { rule: rule?.value, weights, line })
}
