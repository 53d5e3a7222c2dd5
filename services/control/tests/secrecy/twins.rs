//! Two contests that differ in nothing but the hidden labels. Whatever a spectator or a team reads differently in them depends on hidden
//! data, and its field must say so.

use std::collections::BTreeSet;
use std::iter;

use egret_control::policy::{Rule, TABLE, reads};
use egret_proto::v1::{self, Split, phase::Kind};
use prost::Message as _;

use crate::appearance::skilled;
use crate::arena::{Arena, GAMES, Rules, TASK, exact, ladder, phase};
use crate::reading::{Reader, Said, answer_of};
use crate::team::{Team, named};
use crate::wire::call;
use crate::worker::{Hidden, Model, bits};

pub const ITEMS: usize = 64;
const HOUR_S: u64 = 3_600;

/// What is said in one world, call by call.
pub type Story = Vec<(String, Vec<Said>)>;

/// The message of a method that only reads; `None`: it does more, or is not for teams.
fn question(method: &str, rule: Rule, team: &Team<'_>, phase: &str, submission: &str) -> Option<Vec<u8>> {
    let board = format!("{TASK}/phases/{phase}/leaderboard");
    let (service, verb) = method.split_once('/').unwrap();
    if !reads(method) || [Rule::Organizer, Rule::Auditor, Rule::Operator].contains(&rule) {
        return None;
    }
    let (parent, own) = (TASK.to_owned(), team.name.clone());
    Some(match verb {
        "GetCompetition" | "ListTasks" | "ListTeams" | "ListPhaseChanges" | "ListEntries" => named(GAMES),
        "GetTask" | "DownloadSample" => named(TASK),
        "GetTeam" | "ListInvites" | "ListTeamHistory" | "ListMergeProposals" => named(&own),
        "GetOverallLeaderboard" => named(&format!("{GAMES}/phases/{phase}")),
        "GetLeaderboard" | "WatchLeaderboard" | "ListScoreHistory" => named(&board),
        "GetSubmission" | "WatchSubmission" => named(submission),
        "ListSubmissions" => {
            v1::ListSubmissionsRequest { parent, team: own, ..Default::default() }.encode_to_vec()
        }
        "GetQuota" => v1::GetQuotaRequest { parent, team: own, phase_id: phase.into() }.encode_to_vec(),
        "GetLedger" => v1::GetLedgerRequest { parent, team: own }.encode_to_vec(),
        "GetNominees" => {
            v1::GetNomineesRequest { parent, phase_id: "last".into(), team: own }.encode_to_vec()
        }
        "ListCompetitions" | "ListMetrics" | "ListWorkerPools" | "WhoAmI" | "ListTokens" => Vec::new(),
        // Of what the team sent itself.
        "GetUpload" => named("uploads/none"),
        _ => panic!("{service}/{verb} is new: ask for it here"),
    })
}

/// Everything that can be read, as everybody.
pub async fn look(arena: &Arena, teams: &[Team<'_>], phase: &str, reader: &mut Reader, story: &mut Story) {
    let spectator = (None, &teams[0], "a spectator");
    let members = teams.iter().map(|team| (Some(team.token.as_str()), team, team.name.as_str()));
    for (token, team, who) in iter::once(spectator).chain(members) {
        let all = team.all().await;
        for (path, rule) in TABLE.iter().filter(|(path, _)| path.starts_with("/egret.v1.")) {
            let method = path.trim_start_matches("/egret.v1.");
            let submissions = if method.ends_with("Submission") { &all[..] } else { &all[..1] };
            for submission in submissions {
                let Some(message) = question(method, *rule, team, phase, &submission.name) else { continue };
                let said = match call(&arena.public, token, path, message).await {
                    Ok(answer) => reader.read(&answer_of(path), &answer),
                    Err(status) => vec![Said {
                        path: "status".to_owned(),
                        value: format!("{:?}: {}", status.code(), without_figures(status.message())),
                        marked: false,
                    }],
                };
                story.push((format!("{method} in {phase} as {who}"), said));
            }
        }
    }
}

/// A model that is good in one of the worlds.
pub fn tuned(seed: u64) -> Model {
    let labels = Hidden::new(ITEMS as u32, seed, "accuracy").public;
    let answers: Vec<bool> = labels.iter().enumerate().map(|(place, label)| label ^ (place >= 44)).collect();
    Model::answers(0, &answers)
}

/// A contest from its opening to the reveal, with these labels.
async fn contest(release: v1::ReleaseRule, seed: u64) -> Story {
    let live = phase("live", Kind::Live, Split::Public, release);
    let live = v1::Phase { quota: Some(v1::QuotaRule { per_day_max: 50, ..Default::default() }), ..live };
    let last = phase("last", Kind::Final, Split::Private, exact(4));
    let nominations = Some(v1::Nominations { from_phase_id: "live".into(), count_max: 1 });
    let prizes = Some(v1::Prizes { unit: "CNY".into(), places: vec![3, 2], ..Default::default() });
    let last = v1::Phase { nominations, prizes, ..last };
    let ground = phase("ground", Kind::Practice, Split::Public, ladder());
    let phases = vec![(-1, 24, live), (0, 48, last), (48, 96, ground)];
    let arena = Arena::open(Rules { seed, phases, ..Rules::live(ITEMS as u32, ladder()) }).await;
    let begin = arena.wait_for_epoch(HOUR_S as i64).await;
    let (mut reader, mut story) = (Reader::from(Some(begin)), Story::new());
    let teams = [Team::found(&arena, "red").await, Team::found(&arena, "blue").await];
    for round in [[7, 8], [8, 7]] {
        for (team, seed) in teams.iter().zip(round) {
            team.submit(&tuned(seed)).await;
        }
        look(&arena, &teams, "live", &mut reader, &mut story).await;
        arena.work_off().await;
        look(&arena, &teams, "live", &mut reader, &mut story).await;
    }
    for (number, team) in teams.iter().enumerate() {
        // Had before; one that fails where the input has it; and one that is as good in every world, which stands for the team.
        team.learn(&tuned(7)).await;
        team.learn(&Model::CrashIf(0, 0)).await;
        team.learn(&skilled(&arena, 0, 52 + 4 * number)).await;
        let best = team.all().await.remove(0).name;
        let nominate = v1::NominateRequest {
            parent: TASK.into(),
            phase_id: "last".into(),
            submissions: vec![best],
            ..Default::default()
        };
        let _: v1::Nominees = team.ask("ControlService/Nominate", &nominate).await;
    }
    arena.wait(25 * HOUR_S);
    finish(&arena, "live").await;
    look(&arena, &teams, "live", &mut reader, &mut story).await;
    arena.wait(24 * HOUR_S);
    finish(&arena, "last").await;
    look(&arena, &teams, "last", &mut reader, &mut story).await;
    teams[0].submit(&Model::answers(0, &bits(200, ITEMS))).await;
    arena.work_off().await;
    look(&arena, &teams, "ground", &mut reader, &mut story).await;
    story
}

/// Has everything done, and says the last word on a phase.
async fn finish(arena: &Arena, phase: &str) {
    arena.control.reaper_step().await.unwrap();
    arena.work_off().await;
    let name = format!("{GAMES}/phases/{phase}");
    let finalize = v1::FinalizePhaseRequest { name: name.clone() };
    let _: v1::Competition = arena.organize("ControlService/FinalizePhase", &finalize).await;
    let reveal = v1::RevealPhaseRequest { name, decimals: 3 };
    let _: v1::Competition = arena.organize("ControlService/RevealPhase", &reveal).await;
}

/// The fields that are marked and differ; fails on one that differs and is not marked.
pub fn compare(one: &Story, other: &Story) -> BTreeSet<String> {
    let (mut seen, mut wrong) = (BTreeSet::new(), Vec::new());
    assert_eq!(one.len(), other.len());
    for ((call, a), (_, b)) in one.iter().zip(other) {
        for said in a.iter().filter(|said| !b.contains(said)).chain(b.iter().filter(|said| !a.contains(said)))
        {
            if said.marked {
                seen.insert(without_places(&said.path));
            } else {
                wrong.push(format!("{call}: {} = {}", said.path, said.value));
            }
        }
    }
    assert!(wrong.is_empty(), "depends on hidden data and is not marked:\n{}", wrong.join("\n"));
    seen
}

/// Messages hold times.
fn without_figures(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
}

/// `entries[3].rank` is `entries.rank`.
fn without_places(path: &str) -> String {
    path.split('.').map(|word| word.split('[').next().unwrap_or(word)).collect::<Vec<_>>().join(".")
}

#[tokio::test]
async fn whatever_differs_with_the_labels_is_marked_where_scores_are_exact() {
    let seen = compare(&contest(exact(6), 7).await, &contest(exact(6), 8).await);
    for field in [
        "Submission.release.metrics.value",
        "Submission.revealed.metrics.value",
        "Leaderboard.entries.metrics.value",
        "ListScoreHistoryResponse.points.value",
        "OverallLeaderboard.entries.team",
        "Nominees.submissions",
    ] {
        assert!(seen.contains(field), "{field} is not among {seen:#?}");
    }
}

#[tokio::test]
async fn whatever_differs_with_the_labels_is_marked_on_a_ladder() {
    let one = contest(ladder(), 7).await;
    let seen = compare(&one, &contest(ladder(), 8).await);
    for field in [
        "Submission.release.level",
        "Submission.release.charge_millibits",
        "Ledger.splits.account.spent_millibits",
    ] {
        assert!(seen.contains(field), "{field} is not among {seen:#?}");
    }
    // Twins with the same labels say the same: nothing else makes a difference.
    assert_eq!(compare(&one, &contest(ladder(), 7).await), BTreeSet::new());
}
