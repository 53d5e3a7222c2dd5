//! A spring contest with one task, four phases and a board.

use std::sync::atomic::AtomicUsize;

use egret_proto::v1::{
    AnswerContract, Certificate, ClassesAnswer, Competition, Entry, Extension, Gate, Grading, ImageInput,
    InputContract, InputPart, Leaderboard, LeaderboardEntry, Ledger, Limits, Medals, Metric, MetricField,
    MetricRef, MetricSuite, MetricValue, Nominations, OverallEntry, OverallLeaderboard, OverallRule, Phase,
    PhaseChange, PhaseLedger, PhaseTask, Prizes, QuotaRule, ReleaseRule, RemovedInterval, ScorePoint, Split,
    SplitCount, SplitLedger, Task, TaskWeight, Team, TestSetCard, answer_contract, competition, input_part,
    metric_ref::Direction, phase::Kind, team,
};
use jiff::Timestamp;
use tokio::sync::watch;

use super::Shown;

/// The competition, the task and the phases' names in URLs.
pub const TASK: &str = "/c/spring/t/digits";

/// The board's submissions were accepted this long ago, in seconds, and on.
const HISTORY_S: i64 = 3 * 86_400;

fn ago(seconds: i64) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: Timestamp::now().as_second() - seconds, nanos: 0 }
}

/// So that the rows of two boards made one after the other differ only in what the test changes.
fn since_the_hour() -> i64 {
    Timestamp::now().as_second() % 3_600
}

fn phase(id: &str, kind: Kind, from: i64, to: i64, split: Split) -> Phase {
    Phase {
        phase_id: id.into(),
        kind: kind.into(),
        start_time: Some(ago(-from)),
        end_time: Some(ago(-to)),
        split: split.into(),
        quota: Some(QuotaRule { per_day_max: 5, total_max: 40, concurrent_max: 2, failed_checks_max: 0 }),
        release: Some(ReleaseRule { policy: "exact".into(), decimals: 4, ..ReleaseRule::default() }),
        ..Phase::default()
    }
}

/// A competition with practice over, live open and final to come.
pub fn competition() -> Competition {
    let day = 86_400;
    Competition {
        name: "competitions/spring".into(),
        title: "Spring Open 2026".into(),
        title_zh: "二〇二六春季公开赛".into(),
        description: "Small models, hidden data.\n\nEvery model meets the same bytes under the same limits."
            .into(),
        description_zh: "小模型，隐藏数据。\n\n每个模型在相同的限制下处理完全相同的输入。".into(),
        time_zone: "Asia/Shanghai".into(),
        state: competition::State::Published.into(),
        create_time: Some(ago(10 * day)),
        phases: vec![
            phase("practice", Kind::Practice, -9 * day, -4 * day, Split::Public),
            phase("live", Kind::Live, -4 * day, 3 * day + 7_000, Split::Public),
            phase("final", Kind::Final, 4 * day, 5 * day, Split::Private),
        ],
        open_registration: true,
        tasks: vec!["competitions/spring/tasks/digits".into()],
        overall: Some(rule("mean_rank")),
        ..Competition::default()
    }
}

/// What has left its test set: 1,204 bytes, under a ladder while it is live.
pub fn ledger() -> Ledger {
    let live = PhaseLedger {
        phase_id: "live".into(),
        policy: "ladder".into(),
        levels: 50,
        step: 0.01,
        budget_millibits: 64_000,
        tau: 0.080_61,
        ..PhaseLedger::default()
    };
    let practice = PhaseLedger {
        phase_id: "practice".into(),
        policy: "exact".into(),
        charge_millibits: 26_578,
        ..PhaseLedger::default()
    };
    Ledger {
        name: "competitions/spring/tasks/digits".into(),
        test_set: "competitions/spring/tasks/digits/testSets/1".into(),
        splits: vec![SplitLedger {
            split: "public".into(),
            item_count: 4_000,
            spent_millibits: 9_631_004,
            team_count: 12,
            phases: vec![practice, live],
            ..SplitLedger::default()
        }],
    }
}

/// The contest under way under control: a ladder, frozen an hour ago, extended, with an interval taken out; a final of
/// nominations to come.
pub fn controlled() -> Competition {
    let mut competition = competition();
    let [_, live, last] = competition.phases.as_mut_slice() else { unreachable!("three phases") };
    live.release = Some(ReleaseRule {
        policy: "ladder".into(),
        timing: "epoch".into(),
        epoch_s: 10_800,
        ..ReleaseRule::default()
    });
    live.removed = vec![RemovedInterval { start_time: Some(ago(9_000)), end_time: Some(ago(7_200)) }];
    live.freeze_time = Some(ago(5_400));
    live.extensions = vec![Extension { team: "gulls".into(), extra_s: 1_800 }];
    live.tasks =
        vec![PhaseTask { task_id: "voices".into(), end_time: Some(ago(60)), ..PhaseTask::default() }];
    last.gate = Some(Gate { phase_id: "live".into(), at_least: 0.5 });
    last.nominations = Some(Nominations { from_phase_id: "live".into(), count_max: 2 });
    last.release = Some(ReleaseRule {
        policy: "exact".into(),
        decimals: 4,
        timing: "finalize".into(),
        ..ReleaseRule::default()
    });
    last.board = "jury".into();
    last.prizes = Some(Prizes { rule: "by_order".into(), unit: "CNY".into(), places: vec![3_000, 2_000] });
    last.tasks =
        vec![PhaseTask { task_id: "digits".into(), prize_places: vec![500], ..PhaseTask::default() }];
    competition.submitting_paused = true;
    competition
}

/// What organizers have changed of it.
pub fn changes() -> Vec<PhaseChange> {
    let change = |phase: &str, kind: &str, detail: &str, reason: &str| PhaseChange {
        phase_id: phase.into(),
        kind: kind.into(),
        detail: detail.into(),
        reason: reason.into(),
        user: "users/olga".into(),
        time: Some(ago(600)),
    };
    vec![
        change("", "pause submitting", "competitions/spring", "moving the server"),
        change("live", "extend", "team gulls, +1800 s", "their upload was lost"),
        change("live", "remove", "2026-01-01T00:00:00Z to 2026-01-01T00:30:00Z", "power cut"),
    ]
}

/// A rule under which the one task weighs twice.
fn rule(rule: &str) -> OverallRule {
    let digits = TaskWeight { task: "digits".into(), weight: 2.0 };
    OverallRule { rule: rule.into(), weights: vec![digits] }
}

/// Its task: pictures in, classes out.
pub fn task() -> Task {
    let part = |split: &str, item_count| SplitCount { split: split.into(), item_count };
    Task {
        name: "competitions/spring/tasks/digits".into(),
        title: "Handwritten digits".into(),
        title_zh: "手写数字识别".into(),
        description: "Tell which digit a person wrote.".into(),
        description_zh: "识别手写的数字。".into(),
        input: Some(InputContract {
            parts: vec![InputPart {
                name: "image".into(),
                kind: Some(input_part::Kind::Image(ImageInput {
                    width: 28,
                    height: 28,
                    channels: 1,
                    fit: "pad".into(),
                })),
            }],
        }),
        answer: Some(AnswerContract {
            kind: Some(answer_contract::Kind::Classes(ClassesAnswer {
                class_count: 10,
                class_names: (0..10).map(|digit| digit.to_string()).collect(),
                reject: None,
            })),
            item_bytes_max: 40,
        }),
        metrics: metrics(),
        columns: metrics(),
        grading: Some(Grading::default()),
        limits: Some(Limits {
            wall_s_max: 60,
            cpu_s_max: 120,
            memory_mib_max: 2048,
            thread_count: 2,
            model_mib_max: 200,
        }),
        create_time: Some(ago(10 * 86_400)),
        test_set: "competitions/spring/tasks/digits/testSets/1".into(),
        split_counts: vec![part("sample", 100), part("public", 4_000), part("private", 6_000)],
        card: Some(TestSetCard {
            licence: "CC BY 4.0".into(),
            root: "5e".repeat(32),
            ..TestSetCard::default()
        }),
        ..Task::default()
    }
}

/// A team that competes, one that is out, one that is a baseline, and one that is part of the first.
fn teams() -> Vec<Team> {
    let team = |id: &str, title: &str, status: team::Status, kind: team::Kind| Team {
        name: format!("competitions/spring/teams/{id}"),
        title: title.into(),
        create_time: Some(ago(4 * 86_400)),
        status: status.into(),
        kind: kind.into(),
        ..Team::default()
    };
    let mut merged = team("gulls", "Gull", team::Status::Merged, team::Kind::Regular);
    merged.merged_into = "competitions/spring/teams/herons".into();
    vec![
        team("coots", "Coot", team::Status::Active, team::Kind::Baseline),
        team("herons", "Heron", team::Status::Active, team::Kind::Regular),
        merged,
        team("terns", "", team::Status::Disqualified, team::Kind::Guest),
    ]
}

fn entry(team: &str, title: &str) -> Entry {
    Entry {
        task: "competitions/spring/tasks/digits".into(),
        team: format!("competitions/spring/teams/{team}"),
        team_title: title.into(),
        create_time: Some(ago(3 * 86_400)),
    }
}

fn metrics() -> Vec<MetricRef> {
    let metric = |id: &str, title: &str, direction: Direction| MetricRef {
        id: id.into(),
        direction: direction.into(),
        title: title.into(),
    };
    vec![
        metric("accuracy", "Accuracy", Direction::HigherIsBetter),
        metric("f1.macro", "Macro F1", Direction::HigherIsBetter),
        metric("log_loss", "Log loss", Direction::LowerIsBetter),
    ]
}

/// A board of these teams, best first: title, primary score.
pub fn board(revision: u64, teams: &[(&str, f64)]) -> Leaderboard {
    let value = |id: &str, value| MetricValue { id: id.into(), value };
    let entries = teams.iter().enumerate().map(|(at, (title, score))| LeaderboardEntry {
        rank: at as u32 + 1,
        team: format!("competitions/spring/teams/team-{}", at + 1),
        team_title: (*title).into(),
        metrics: vec![
            value("accuracy", Some(*score)),
            value("f1.macro", Some(score - 0.01)),
            value("log_loss", (at % 2 == 0).then_some(0.25)),
        ],
        accept_time: Some(ago(since_the_hour() + 3_600 * at as i64)),
        submission_count: 3 + at as u32,
        certificate: if *score >= 0.9 { "B".into() } else { String::new() },
        kind: "regular".into(),
        ..LeaderboardEntry::default()
    });
    Leaderboard {
        name: "competitions/spring/tasks/digits/phases/live/leaderboard".into(),
        revision,
        update_time: Some(ago(60)),
        metrics: metrics(),
        certificates: vec![Certificate { name: "B".into(), threshold: 0.9 }],
        entries: entries.collect(),
        ..Leaderboard::default()
    }
}

/// What a board makes overall beside another that nobody is on; the last two teams are equal.
pub fn overall(board: &Leaderboard, rule_word: &str) -> OverallLeaderboard {
    let last = board.entries.len().saturating_sub(1).max(1) as u32;
    let entries = board.entries.iter().map(|entry| {
        let rank = entry.rank.min(last);
        let gold = if rank == 1 { 2.0 } else { 0.0 };
        OverallEntry {
            rank,
            team: entry.team.clone(),
            team_title: entry.team_title.clone(),
            score: (rule_word != "medals").then_some((2.0 * f64::from(rank) + 1.0) / 3.0),
            medals: (rule_word == "medals").then_some(Medals { gold, ..Medals::default() }),
            task_ranks: vec![entry.rank, 0],
            accept_time: entry.accept_time,
        }
    });
    OverallLeaderboard {
        name: String::new(),
        revision: board.revision,
        update_time: board.update_time,
        rule: Some(rule(rule_word)),
        tasks: vec!["competitions/spring/tasks/digits".into(), "competitions/spring/tasks/voices".into()],
        entries: entries.collect(),
    }
}

/// `steps` improvements of each of so many teams, of which the last is the board's score.
pub fn history(board: &Leaderboard, steps: usize) -> Vec<ScorePoint> {
    let point = |entry: &LeaderboardEntry, at: usize, step: usize| {
        let share = (step as f64 + 0.3 * (at % 3) as f64) / steps as f64;
        let last = entry.metrics[0].value.unwrap_or_default();
        ScorePoint {
            team: entry.team.clone(),
            time: Some(ago(HISTORY_S - (share * HISTORY_S as f64 * 0.9) as i64)),
            value: last - 0.3 * (1.0 - (step + 1) as f64 / steps as f64).powi(2),
        }
    };
    let teams = board.entries.iter().enumerate();
    teams.flat_map(|(at, entry)| (0..steps).map(move |step| point(entry, at, step))).collect()
}

/// A suite that tasks and one that only files are scored by.
pub fn suites() -> Vec<MetricSuite> {
    let field = |name: &str, default: Option<&str>, meaning: &str| MetricField {
        name: name.into(),
        default_value: default.map(str::to_owned),
        meaning: meaning.into(),
    };
    let metric = |id: &str, plain_id: &str, title: &str, direction: Direction, maximum| Metric {
        id: id.into(),
        plain_id: plain_id.into(),
        title: title.into(),
        direction: direction.into(),
        minimum: Some(0.0),
        maximum,
        formula: format!("the formula of {title}"),
        reference: "a well known one".into(),
        ties_and_missing: "missing: wrong".into(),
        ..Metric::default()
    };
    let top = metric(
        "top{k}.{tie_rule}",
        "top5.lowest_index",
        "Top-k accuracy",
        Direction::HigherIsBetter,
        Some(1.0),
    );
    let mut classes = MetricSuite {
        name: "classification".into(),
        title: "One class per item".into(),
        modality: "any".into(),
        answers: vec!["classes".into()],
        predictions: vec![field("scores", None, "one number per class")],
        labels: vec![field("label", None, "the class, an index from 0")],
        settings: vec![field("classes", None, "how many classes there are; 2 to 100000")],
        parameters: vec![
            field("k", Some("5"), "how many classes count"),
            field("tie_rule", Some("lowest_index"), "who wins"),
            field("beta", Some("1"), "weight of recall"),
        ],
        metrics: vec![
            metric("accuracy", "accuracy", "Accuracy", Direction::HigherIsBetter, Some(1.0)),
            Metric { needs_scores: true, ..top },
            metric("log_loss", "log_loss", "Log loss", Direction::LowerIsBetter, None),
        ],
    };
    let mut sounds = MetricSuite {
        name: "si_sdr".into(),
        title: "How near a sound comes to another".into(),
        modality: "audio".into(),
        predictions: vec![field("est", None, "the samples")],
        labels: vec![field("ref", None, "the samples, as many")],
        metrics: vec![metric("si_sdr", "si_sdr", "SI-SDR", Direction::HigherIsBetter, None)],
        ..MetricSuite::default()
    };
    for suite in [&mut classes, &mut sounds] {
        for metric in &mut suite.metrics {
            metric.full_name = format!("{}.{}", suite.name, metric.id);
        }
    }
    vec![classes, sounds]
}

/// All of it, with this board.
pub fn shown(board: Leaderboard) -> Shown {
    Shown {
        competitions: vec![competition()],
        tasks: vec![task()],
        teams: teams(),
        entries: vec![entry("herons", "Heron"), entry("coots", "Coot")],
        suites: suites(),
        history: history(&board, 5),
        overall: Some(overall(&board, "mean_rank")),
        ledger: Some(ledger()),
        changes: Vec::new(),
        board: watch::Sender::new(Some(board)),
        watches: AtomicUsize::new(0),
        sample: vec![b"PK first ".to_vec(), b"second ".to_vec(), b"third".to_vec()],
    }
}
