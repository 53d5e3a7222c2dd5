//! Competitions and phases.

use egret_contest::{
    BoardView, Budget, Competition, CompetitionState, Gate, LadderRule, Nominations, Phase, PhaseChanges,
    PhaseKind, PhaseMarks, PhaseRules, Policy, PrizeRule, Prizes, QuotaRule, ReleaseRule, TaskName,
    TaskRules, TeamId, TeamRules, TimeZoneName, Timing, Window,
};
use egret_proto::v1;
use egret_store::NewCompetition;
use tonic::Status;

use super::overall::{new_overall, overall};
use super::{description, moment, split, split_to_wire, timestamp, title};
use crate::status::Violations;

/// Phases of one competition.
const PHASE_COUNT_MAX: usize = 64;
/// Tasks of which a phase says something of their own.
const PHASE_TASKS_MAX: usize = 1_024;
const EXACT: &str = "exact";
const LADDER: &str = "ladder";
/// Each figure of a quota.
const QUOTA_MAX: u32 = 1_000_000;

pub(crate) fn competition(competition: &Competition) -> v1::Competition {
    let state = match competition.state {
        CompetitionState::Draft => v1::competition::State::Draft,
        CompetitionState::Published => v1::competition::State::Published,
    };
    v1::Competition {
        name: competition.name.to_string(),
        title: competition.title.clone(),
        title_zh: competition.title_zh.clone(),
        description: competition.description.clone(),
        description_zh: competition.description_zh.clone(),
        time_zone: competition.time_zone.as_str().to_owned(),
        state: state.into(),
        create_time: timestamp(competition.created_at),
        phases: competition.phases.iter().map(phase).collect(),
        open_registration: competition.open_registration,
        tasks: competition.tasks.iter().map(TaskName::to_string).collect(),
        submitting_paused: competition.submitting_paused,
        evaluating_paused: competition.evaluating_paused,
        approve_teams: competition.team_rules.approve_teams,
        entries_required: competition.team_rules.entries_required,
        merge_deadline: competition.team_rules.merge_deadline.and_then(timestamp),
        overall: competition.overall.as_ref().map(overall),
    }
}

fn phase(phase: &Phase) -> v1::Phase {
    let kind = match phase.kind {
        PhaseKind::Practice => v1::phase::Kind::Practice,
        PhaseKind::Live => v1::phase::Kind::Live,
        PhaseKind::Final => v1::phase::Kind::Final,
    };
    let rules = &phase.rules;
    let gate = rules.gate.as_ref();
    let nominations = rules.nominations.as_ref();
    let tasks = rules.tasks.iter().map(|(task, rules)| v1::PhaseTask {
        task_id: task.to_string(),
        quota: rules.quota.map(quota_to_wire),
        freeze_time: rules.freeze_at.and_then(timestamp),
        end_time: rules.ends_at.and_then(timestamp),
        prize_places: rules.prize_places.clone(),
    });
    let removed = phase.changes.removed.iter().map(|removed| v1::RemovedInterval {
        start_time: timestamp(removed.start),
        end_time: timestamp(removed.end),
    });
    let extensions = phase.changes.extensions.iter().map(|(team, extra_us)| v1::Extension {
        team: team.as_ref().map(TeamId::to_string).unwrap_or_default(),
        extra_s: u32::try_from(extra_us / 1_000_000).unwrap_or(u32::MAX),
    });
    v1::Phase {
        phase_id: phase.id.to_string(),
        kind: kind.into(),
        start_time: timestamp(phase.window.start),
        end_time: timestamp(phase.window.end),
        split: split_to_wire(phase.split).into(),
        quota: Some(quota_to_wire(rules.quota)),
        release: Some(release_to_wire(rules.release)),
        freeze_time: rules.freeze_at.and_then(timestamp),
        board: rules.board.as_str().to_owned(),
        gate: gate.map(|gate| v1::Gate { phase_id: gate.phase.to_string(), at_least: gate.at_least }),
        nominations: nominations
            .map(|from| v1::Nominations { from_phase_id: from.from.to_string(), count_max: from.count_max }),
        prizes: rules.prizes.as_ref().map(prizes_to_wire),
        tasks: tasks.collect(),
        removed: removed.collect(),
        extensions: extensions.collect(),
        thaw_time: phase.marks.thawed_at.and_then(timestamp),
        finalize_time: phase.marks.finalized_at.and_then(timestamp),
        reveal_time: phase.marks.revealed_at.and_then(timestamp),
        close_time: timestamp(phase.ends_for_all()),
    }
}

fn release_to_wire(release: ReleaseRule) -> v1::ReleaseRule {
    let mut wire = v1::ReleaseRule::default();
    match release.policy() {
        Policy::Exact { decimals } => {
            EXACT.clone_into(&mut wire.policy);
            wire.decimals = decimals;
        }
        Policy::Ladder(rule) => {
            LADDER.clone_into(&mut wire.policy);
            wire.levels = rule.levels.unwrap_or(0);
            match rule.budget {
                Some(Budget::Bits(bits)) => wire.budget_bits = bits,
                Some(Budget::Tau(tau)) => wire.tau = tau,
                None => {}
            }
        }
    }
    let timing = match release.timing() {
        Timing::Immediate => "immediate",
        Timing::Epoch { seconds } => {
            wire.epoch_s = seconds;
            "epoch"
        }
        Timing::Finalize => "finalize",
    };
    timing.clone_into(&mut wire.timing);
    wire
}

fn release(v: &mut Violations, field: &str, given: &v1::ReleaseRule) -> Option<ReleaseRule> {
    let budget = match (given.budget_bits, given.tau) {
        (0, 0.0) => Some(None),
        (0, tau) => Some(Some(Budget::Tau(tau))),
        (bits, 0.0) => Some(Some(Budget::Bits(bits))),
        _ => None,
    };
    v.expect(
        budget.is_some(),
        &format!("{field}.tau"),
        "must not be given beside `budget_bits`: one follows from the other",
    );
    let policy = match given.policy.as_str() {
        EXACT => Some(Policy::Exact { decimals: given.decimals }),
        LADDER => Some(Policy::Ladder(LadderRule {
            levels: (given.levels != 0).then_some(given.levels),
            budget: budget.flatten(),
        })),
        _ => None,
    };
    v.expect(policy.is_some(), &format!("{field}.policy"), "must be `exact` or `ladder`");
    let timing = match given.timing.as_str() {
        "" | "immediate" => Some(Timing::Immediate),
        "epoch" => Some(Timing::Epoch { seconds: given.epoch_s }),
        "finalize" => Some(Timing::Finalize),
        _ => None,
    };
    v.expect(timing.is_some(), &format!("{field}.timing"), "must be `immediate`, `epoch` or `finalize`");
    v.take(field, ReleaseRule::new(policy?, timing?))
}

pub(super) fn prizes_to_wire(prizes: &Prizes) -> v1::Prizes {
    v1::Prizes {
        rule: prizes.rule.as_str().to_owned(),
        unit: prizes.unit.clone(),
        places: prizes.places.clone(),
    }
}

/// Prizes to declare; bounds are judged with the phases.
fn prizes(v: &mut Violations, field: &str, given: v1::Prizes) -> Option<Prizes> {
    let rule = match given.rule.as_str() {
        "" => Some(PrizeRule::SplitEvenly),
        word => PrizeRule::parse(word),
    };
    v.expect(rule.is_some(), field, "must be `split_evenly` or `by_order`");
    Some(Prizes { rule: rule?, unit: given.unit, places: given.places })
}

pub(super) fn quota_to_wire(quota: QuotaRule) -> v1::QuotaRule {
    v1::QuotaRule {
        per_day_max: quota.per_day_max,
        total_max: quota.total_max,
        concurrent_max: quota.concurrent_max,
        failed_checks_max: quota.failed_checks_max,
    }
}

fn quota(v: &mut Violations, field: &str, given: v1::QuotaRule) -> QuotaRule {
    let quota = QuotaRule {
        per_day_max: given.per_day_max,
        total_max: given.total_max,
        concurrent_max: given.concurrent_max,
        failed_checks_max: given.failed_checks_max,
    };
    let figures = [quota.per_day_max, quota.total_max, quota.concurrent_max, quota.failed_checks_max];
    let fits = figures.iter().all(|&figure| figure <= QUOTA_MAX);
    v.expect(fits, field, format!("must be at most {QUOTA_MAX}; 0 is no limit"));
    quota
}

/// A competition to create; output-only fields are ignored.
pub(crate) fn new_competition(request: v1::CreateCompetitionRequest) -> Result<NewCompetition, Status> {
    let mut v = Violations::default();
    let id = v.take("competition_id", request.competition_id.parse());
    let given = request.competition.unwrap_or_default();
    let zone = TimeZoneName::parse(&given.time_zone);
    v.expect(zone.is_some(), "competition.time_zone", "must be an IANA name, for example Asia/Shanghai");
    let fits = given.phases.len() <= PHASE_COUNT_MAX;
    v.expect(fits, "competition.phases", format!("must be at most {PHASE_COUNT_MAX}"));
    let phases: Vec<Phase> = given
        .phases
        .into_iter()
        .take(PHASE_COUNT_MAX)
        .enumerate()
        .filter_map(|(index, phase)| new_phase(&mut v, index, phase))
        .collect();
    if let Err(problem) = Phase::check_all(&phases) {
        v.add("competition.phases", problem.to_string());
    }
    let team_rules = TeamRules {
        approve_teams: given.approve_teams,
        entries_required: given.entries_required,
        merge_deadline: optional_moment(&mut v, "competition.merge_deadline", given.merge_deadline),
    };
    let overall = given.overall.as_ref().and_then(|overall| new_overall(&mut v, overall));
    let new = (|| {
        Some(NewCompetition {
            id: id?,
            title: title(&mut v, "competition.title", &given.title, true),
            title_zh: title(&mut v, "competition.title_zh", &given.title_zh, false),
            description: description(&mut v, "competition.description", given.description),
            description_zh: description(&mut v, "competition.description_zh", given.description_zh),
            time_zone: zone?,
            open_registration: given.open_registration,
            team_rules,
            overall,
            phases,
        })
    })();
    v.finish(new)
}

fn new_phase(v: &mut Violations, index: usize, phase: v1::Phase) -> Option<Phase> {
    let at = |field: &str| format!("competition.phases[{index}].{field}");
    let id = v.take(&at("phase_id"), phase.phase_id.parse());
    let kind = match phase.kind() {
        v1::phase::Kind::Practice => Some(PhaseKind::Practice),
        v1::phase::Kind::Live => Some(PhaseKind::Live),
        v1::phase::Kind::Final => Some(PhaseKind::Final),
        v1::phase::Kind::Unspecified => None,
    };
    v.expect(kind.is_some(), &at("kind"), "must be PRACTICE, LIVE or FINAL");
    let start = moment(v, &at("start_time"), phase.start_time);
    let end = moment(v, &at("end_time"), phase.end_time);
    let split = split(v, &at("split"), phase.split);
    let hidden = split.is_none_or(egret_contest::Split::is_hidden);
    v.expect(hidden, &at("split"), "must be PUBLIC or PRIVATE: the sample is downloadable");
    let quota_rule = quota(v, &at("quota"), phase.quota.unwrap_or_default());
    let release = release(v, &at("release"), &phase.release.unwrap_or_default());
    let board = match phase.board.as_str() {
        "" => Some(BoardView::Public),
        word => BoardView::parse(word),
    };
    v.expect(board.is_some(), &at("board"), "must be `public` or `jury`");
    let gate = phase.gate.map(|gate| {
        let of = v.take(&at("gate.phase_id"), gate.phase_id.parse())?;
        Some(Gate { phase: of, at_least: gate.at_least })
    });
    let nominations = phase.nominations.map(|given| {
        let from = v.take(&at("nominations.from_phase_id"), given.from_phase_id.parse())?;
        Some(Nominations { from, count_max: given.count_max })
    });
    let prizes = phase.prizes.and_then(|given| prizes(v, &at("prizes.rule"), given));
    let freeze_at = optional_moment(v, &at("freeze_time"), phase.freeze_time);
    let fits = phase.tasks.len() <= PHASE_TASKS_MAX;
    v.expect(fits, &at("tasks"), format!("must be at most {PHASE_TASKS_MAX}"));
    let mut tasks = Vec::new();
    for (number, given) in phase.tasks.into_iter().take(PHASE_TASKS_MAX).enumerate() {
        let at = |field: &str| at(&format!("tasks[{number}].{field}"));
        let id = v.take(&at("task_id"), given.task_id.parse());
        let rules = TaskRules {
            quota: given.quota.map(|given| quota(v, &at("quota"), given)),
            freeze_at: optional_moment(v, &at("freeze_time"), given.freeze_time),
            ends_at: optional_moment(v, &at("end_time"), given.end_time),
            prize_places: given.prize_places,
        };
        tasks.extend(id.map(|id| (id, rules)));
    }
    let window = Window { start: start?, end: end? };
    let rules = PhaseRules {
        quota: quota_rule,
        release: release?,
        freeze_at,
        board: board?,
        gate: gate.flatten(),
        nominations: nominations.flatten(),
        prizes,
        tasks,
    };
    let (changes, marks) = (PhaseChanges::default(), PhaseMarks::default());
    Some(Phase { id: id?, kind: kind?, window, split: split?, rules, changes, marks })
}

fn optional_moment(
    v: &mut Violations,
    field: &str,
    at: Option<prost_types::Timestamp>,
) -> Option<egret_contest::Micros> {
    at.and_then(|at| moment(v, field, Some(at)))
}

#[cfg(test)]
mod tests {
    use egret_contest::{Micros, Split, TaskId};

    use super::*;

    #[test]
    fn clients_reckon_times_as_the_server_does() {
        let at = |seconds: i64| Micros(seconds * 1_000_000 + 7);
        let window = |start, end| Window { start: at(start), end: at(end) };
        let mut rules = PhaseRules::new(QuotaRule::default(), ReleaseRule::exact(2).unwrap());
        rules.freeze_at = Some(at(80));
        let own = TaskRules { freeze_at: Some(at(15)), ends_at: Some(at(60)), ..TaskRules::default() };
        rules.tasks = vec![("digits".parse().unwrap(), own)];
        let gulls: TeamId = "gulls".parse().unwrap();
        let changes = PhaseChanges {
            removed: vec![window(10, 20), window(85, 110)],
            extensions: vec![(None, 10_000_000), (Some(gulls), 5_000_000)],
        };
        let phase = Phase {
            id: "live".parse().unwrap(),
            kind: PhaseKind::Live,
            window: window(0, 100),
            split: Split::Public,
            rules,
            changes,
            marks: PhaseMarks::default(),
        };
        let (wire, terns): (_, TeamId) = (super::phase(&phase), "terns".parse().unwrap());
        for task in ["digits", "voices"] {
            let id: TaskId = task.parse().unwrap();
            assert_eq!(wire.task_close_time(task), timestamp(phase.closes_at(&id, Some(&terns))), "{task}");
            let freeze = phase.rules.freeze_of(&id).map(|at| phase.clock_time(at));
            assert_eq!(wire.task_freeze_time(task), freeze.and_then(timestamp), "{task}");
        }
    }

    /// A competition whose final, with nominations, has these prizes.
    fn with(prizes: v1::Prizes, of_task: &[u64]) -> Result<Phase, String> {
        let time = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
        let live = v1::Phase {
            phase_id: "live".into(),
            kind: v1::phase::Kind::Live.into(),
            start_time: time(0),
            end_time: time(10),
            split: v1::Split::Public.into(),
            release: Some(v1::ReleaseRule { policy: EXACT.into(), ..v1::ReleaseRule::default() }),
            ..v1::Phase::default()
        };
        let own = v1::PhaseTask {
            task_id: "digits".into(),
            prize_places: of_task.to_vec(),
            ..v1::PhaseTask::default()
        };
        let last = v1::Phase {
            phase_id: "last".into(),
            kind: v1::phase::Kind::Final.into(),
            start_time: time(10),
            end_time: time(20),
            split: v1::Split::Private.into(),
            nominations: Some(v1::Nominations { from_phase_id: "live".into(), count_max: 1 }),
            prizes: Some(prizes),
            tasks: vec![own],
            ..live.clone()
        };
        let games = v1::Competition {
            title: "Games".into(),
            time_zone: "UTC".into(),
            phases: vec![live, last],
            ..v1::Competition::default()
        };
        let request = v1::CreateCompetitionRequest {
            competition_id: "games".into(),
            competition: Some(games),
            request_id: String::new(),
        };
        let made = new_competition(request).map_err(|status| {
            use tonic_types::StatusExt as _;
            let bad = status.get_details_bad_request().unwrap();
            let found =
                bad.field_violations.into_iter().map(|bad| format!("{}: {}", bad.field, bad.description));
            found.collect::<Vec<_>>().join("; ")
        });
        made.map(|mut new| new.phases.remove(1))
    }

    #[test]
    fn prizes_are_as_they_were_declared() {
        let of = |rule: &str, unit: &str, places: &[u64]| v1::Prizes {
            rule: rule.into(),
            unit: unit.into(),
            places: places.to_vec(),
        };
        for rule in ["split_evenly", "by_order"] {
            let declared = of(rule, "CNY", &[3, 2]);
            let wire = super::phase(&with(declared.clone(), &[9]).unwrap());
            assert_eq!((wire.prizes, &wire.tasks[0].prize_places[..]), (Some(declared), &[9][..]));
        }
        assert_eq!(with(of("", "", &[]), &[]).unwrap().rules.prizes.unwrap().rule, PrizeRule::SplitEvenly);
        let problem = |prizes, of_task: &[u64]| with(prizes, of_task).unwrap_err();
        assert!(problem(of("luck", "CNY", &[1]), &[]).contains("competition.phases[1].prizes.rule: must be"));
        let rises = problem(of("", "CNY", &[1, 2]), &[]);
        assert!(rises.contains("place 2 is worth more than the place before it"), "{rises}");
        let unit = problem(of("", "", &[]), &[7]);
        assert!(
            unit.contains("the prizes of task `digits` in phase `last`: the prizes have no unit"),
            "{unit}"
        );
    }
}
