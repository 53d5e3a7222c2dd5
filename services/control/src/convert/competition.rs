//! Competitions and phases.

use egret_contest::{
    Competition, CompetitionState, Phase, PhaseKind, QuotaRule, ReleaseRule, TaskName, TimeZoneName, Window,
};
use egret_proto::v1;
use egret_store::NewCompetition;
use tonic::Status;

use super::overall::{new_overall, overall};
use super::{description, moment, split, split_to_wire, timestamp, title};
use crate::status::Violations;

/// Phases of one competition.
const PHASE_COUNT_MAX: usize = 64;
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
        overall: competition.overall.as_ref().map(overall),
    }
}

fn phase(phase: &Phase) -> v1::Phase {
    let kind = match phase.kind {
        PhaseKind::Practice => v1::phase::Kind::Practice,
        PhaseKind::Live => v1::phase::Kind::Live,
        PhaseKind::Final => v1::phase::Kind::Final,
    };
    let (policy, decimals) = (phase.release.policy().to_owned(), phase.release.decimals());
    v1::Phase {
        phase_id: phase.id.to_string(),
        kind: kind.into(),
        start_time: timestamp(phase.window.start),
        end_time: timestamp(phase.window.end),
        split: split_to_wire(phase.split).into(),
        quota: Some(quota_to_wire(phase.quota)),
        release: Some(v1::ReleaseRule { policy, decimals }),
    }
}

pub(super) fn quota_to_wire(quota: QuotaRule) -> v1::QuotaRule {
    v1::QuotaRule {
        per_day_max: quota.per_day_max,
        total_max: quota.total_max,
        concurrent_max: quota.concurrent_max,
    }
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
    let overall = given.overall.and_then(|overall| new_overall(&mut v, overall));
    let new = (|| {
        Some(NewCompetition {
            id: id?,
            title: title(&mut v, "competition.title", &given.title, true),
            title_zh: title(&mut v, "competition.title_zh", &given.title_zh, false),
            description: description(&mut v, "competition.description", given.description),
            description_zh: description(&mut v, "competition.description_zh", given.description_zh),
            time_zone: zone?,
            open_registration: given.open_registration,
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
    let given = phase.quota.unwrap_or_default();
    let quota = QuotaRule {
        per_day_max: given.per_day_max,
        total_max: given.total_max,
        concurrent_max: given.concurrent_max,
    };
    let figures = [quota.per_day_max, quota.total_max, quota.concurrent_max];
    let fits = figures.iter().all(|&figure| figure <= QUOTA_MAX);
    v.expect(fits, &at("quota"), format!("must be at most {QUOTA_MAX}; 0 is no limit"));
    let given = phase.release.unwrap_or_default();
    let release = v.take(&at("release"), ReleaseRule::parse(&given.policy, given.decimals));
    let window = Window { start: start?, end: end? };
    Some(Phase { id: id?, kind: kind?, window, split: split?, quota, release: release? })
}
