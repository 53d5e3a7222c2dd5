//! `[[phases]]` of `competition.toml` → [`PhaseManifest`].

use std::ops::Range;

use egret_contest::{BoardView, Gate, NOMINATIONS_MAX, Nominations, PhaseId, PhaseKind, Prizes};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::reader::{At, Table};
use super::{PhaseManifest, PhaseTaskManifest, SLUG_RULE, read_prizes, read_release, slug};
use crate::Split;

/// A phase, and where in the file stands what must fit other phases.
pub(super) struct Read {
    pub phase: PhaseManifest,
    pub span: Range<usize>,
    pub gate: Range<usize>,
    pub nominations: Range<usize>,
}

pub(super) fn read(mut table: Table<'_, '_>, zone: Option<&TimeZone>) -> Option<Read> {
    let span = table.span();
    let id = table.required("id", 63, "id = \"live\"");
    if let Some(id) = id.as_ref().filter(|id| !slug(&id.value)) {
        table.note(id.span.clone(), format!("the phase id \"{}\" is not allowed", id.value), SLUG_RULE);
    }
    let kinds = [PhaseKind::Practice, PhaseKind::Live, PhaseKind::Final].map(|kind| (kind.as_str(), kind));
    table.need("kind", "kind = \"live\"");
    let kind = table.choice("kind", &kinds);
    let splits = Split::ALL.map(|split| (split.as_str(), split));
    table.need("split", "split = \"public\"");
    let split = table.choice("split", &splits);
    let start = moment(&mut table, "start", zone);
    let end = moment(&mut table, "end", zone);
    let window = start.as_ref().zip(end.as_ref()).map(|(start, end)| (start.value, end.value));
    if let (Some((start, last)), Some(end)) = (window, &end)
        && start >= last
    {
        let what = "the phase ends before it starts".into();
        table.note(end.span.clone(), what, "the end must be later than the start");
    }
    let freeze = freeze(&mut table, zone, window);
    let quota = table.table("quota").map_or_else(Default::default, read_release::quota);
    let boards = [BoardView::Public, BoardView::Jury].map(|board| (board.as_str(), board));
    let board = table.choice("board", &boards).map_or(BoardView::Public, |at| at.value);
    let (gate, gate_span) = table.table("gate").map_or((None, 0..0), self::gate);
    let (nominations, nominations_span) = nominations(&mut table);
    let nominating = nominations.is_some();
    let prizes = table.table("prizes").map(|prizes| read_prizes::read(prizes, nominating));
    let training = table.boolean("training").filter(|training| training.value);
    if let (Some(training), Some(kind)) = (&training, &kind)
        && kind.value != PhaseKind::Practice
    {
        let what = format!("a training ground is of the kind `practice`, not `{}`", kind.value.as_str());
        table.note(training.span.clone(), what, "write `kind = \"practice\"`, or remove `training`");
    }
    let tasks = table.table("tasks").map_or_else(Vec::new, |tasks| {
        let task = |(id, table)| task(table, id, zone, window, prizes.as_ref());
        tasks.other_tables().into_iter().map(task).collect()
    });
    let line = table.line(if table.has("release") { table.span_of("release") } else { span.clone() });
    let release = match table.table("release") {
        Some(release) => read_release::release(release, nominating),
        None => read_release::default(nominating),
    };
    table.finish();
    let phase = PhaseManifest {
        id: id?.value,
        kind: kind?.value,
        start: start?.value,
        end: end?.value,
        freeze,
        split: split?.value,
        quota,
        release: release?,
        board,
        gate,
        nominations,
        prizes,
        training: training.is_some(),
        tasks,
        line,
    };
    Some(Read { phase, span, gate: gate_span, nominations: nominations_span })
}

/// A phase's gate, and where it stands.
fn gate(mut table: Table<'_, '_>) -> (Option<Gate>, Range<usize>) {
    let span = table.span();
    let phase = table.required("phase", 63, "phase = \"live\"");
    table.need("at_least", "at_least = 0.5");
    let at_least = table.number("at_least");
    let phase = phase.and_then(|phase| named(&table, &phase));
    table.finish();
    let gate = phase.zip(at_least).map(|(phase, at_least)| Gate { phase, at_least: at_least.value });
    (gate, span)
}

/// What teams nominate instead of sending submissions, and where that stands.
fn nominations(table: &mut Table<'_, '_>) -> (Option<Nominations>, Range<usize>) {
    let stated = table.has("nominations");
    let count = table.integer("nominations", 0..u64::from(NOMINATIONS_MAX) + 1);
    let count = count.filter(|count| count.value > 0);
    if count.is_some() {
        table.need("nominates_from", "nominates_from = \"live\"");
    }
    let from = table.text("nominates_from", 63);
    match (count, from) {
        (Some(count), Some(from)) => {
            let nominations =
                named(table, &from).map(|from| Nominations { from, count_max: count.value as u32 });
            (nominations, from.span)
        }
        (None, Some(from)) if !stated => {
            let what = "`nominates_from` of [phases] is there without `nominations`".into();
            table.note(from.span.clone(), what, "add `nominations = 2`, or remove it");
            (None, from.span)
        }
        (count, _) => (None, count.map_or(0..0, |count| count.span)),
    }
}

/// The id of another phase; a text that cannot be one names none.
fn named(table: &Table<'_, '_>, id: &At<String>) -> Option<PhaseId> {
    let parsed = PhaseId::parse(&id.value).ok();
    if parsed.is_none() {
        no_phase(table, &id.value, &id.span);
    }
    parsed
}

fn no_phase(table: &Table<'_, '_>, id: &str, span: &Range<usize>) {
    table.note(span.clone(), format!("there is no phase \"{id}\""), "name another phase by its id");
}

fn task(
    mut table: Table<'_, '_>,
    id: String,
    zone: Option<&TimeZone>,
    window: Option<(Timestamp, Timestamp)>,
    prizes: Option<&Prizes>,
) -> PhaseTaskManifest {
    let line = table.line(table.span());
    let quota = table.table("quota").map(read_release::quota);
    let freeze = freeze(&mut table, zone, window);
    let end = moment_if_any(&mut table, "end", zone);
    if let (Some((start, last)), Some(end)) = (window, &end)
        && (end.value <= start || end.value > last)
    {
        let what = format!("the task \"{id}\" ends outside of the phase");
        table.note(end.span.clone(), what, "let it end after the phase starts, and not after the phase ends");
    }
    let prizes = read_prizes::of_task(&mut table, prizes);
    table.finish();
    PhaseTaskManifest { id, quota, freeze, end: end.map(|end| end.value), prizes, line }
}

/// When boards stand still, which is while the phase runs.
fn freeze(
    table: &mut Table<'_, '_>,
    zone: Option<&TimeZone>,
    window: Option<(Timestamp, Timestamp)>,
) -> Option<Timestamp> {
    let freeze = moment_if_any(table, "freeze", zone)?;
    if window.is_some_and(|(start, end)| freeze.value < start || freeze.value >= end) {
        let what = "the boards freeze outside of the phase".to_owned();
        table.note(freeze.span, what, "freeze them at its start or later, and before it ends");
    }
    Some(freeze.value)
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

/// The same, if it is there.
pub(super) fn moment_if_any(
    table: &mut Table<'_, '_>,
    key: &'static str,
    zone: Option<&TimeZone>,
) -> Option<At<Timestamp>> {
    if table.has(key) { moment(table, key, zone) } else { None }
}

/// What phases must be to one another: ids are unique, windows of one kind apart, and what one refers to is there and earlier.
pub(super) fn compare(document: &Table<'_, '_>, phases: &[Read]) {
    for (index, Read { phase, span, .. }) in phases.iter().enumerate() {
        for Read { phase: other, .. } in &phases[..index] {
            if other.id == phase.id {
                let what = format!("the phase id \"{}\" is used twice", phase.id);
                document.note(span.clone(), what, "give each phase its own id");
            } else if other.kind == phase.kind && other.start < phase.end && phase.start < other.end {
                let what =
                    format!("the phases \"{}\" and \"{}\" of the same kind overlap", other.id, phase.id);
                document.note(span.clone(), what, "let one end when the other starts, or earlier");
            }
        }
    }
    for read in phases {
        let phase = &read.phase;
        if let Some(gate) = &phase.gate {
            earlier(document, phases, phase, gate.phase.as_str(), &read.gate);
        }
        if let Some(nominations) = &phase.nominations
            && let Some(from) = earlier(document, phases, phase, nominations.from.as_str(), &read.nominations)
            && from.end > phase.end
        {
            let what =
                format!("the phase \"{}\" ends before \"{}\", whose submissions it takes", phase.id, from.id);
            document.note(read.nominations.clone(), what, "let it end when the other ends, or later");
        }
        training(document, phases, read);
    }
}

/// The other phase that one refers to, which must start before it.
fn earlier<'p>(
    document: &Table<'_, '_>,
    phases: &'p [Read],
    phase: &PhaseManifest,
    id: &str,
    span: &Range<usize>,
) -> Option<&'p PhaseManifest> {
    let found = phases.iter().map(|read| &read.phase).find(|other| other.id == id);
    match found {
        None => no_phase(document, id, span),
        Some(other) if other.id == phase.id || other.start >= phase.start => {
            let what =
                format!("the phase \"{}\" refers to \"{id}\", which does not start before it", phase.id);
            document.note(span.clone(), what, "name another phase that starts earlier");
        }
        Some(other) => return Some(other),
    }
    None
}

/// A training ground opens when the contest is over. One of another kind was noted.
fn training(document: &Table<'_, '_>, phases: &[Read], Read { phase, span, .. }: &Read) {
    let contest = phases.iter().map(|read| &read.phase).filter(|other| other.kind != PhaseKind::Practice);
    if let Some(last) = contest.max_by_key(|other| other.end)
        && phase.training
        && phase.kind == PhaseKind::Practice
        && phase.start < last.end
    {
        let what = format!("the training ground \"{}\" starts before \"{}\" ends", phase.id, last.id);
        document.note(span.clone(), what, "let it start when the contest is over");
    }
}
