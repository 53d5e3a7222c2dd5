//! A team of the arena, and everything that it can read.

use egret_proto::v1;
use prost::Message as _;

use crate::arena::{Arena, GAMES, TASK};
use crate::reading::{Reader, answer_of};
use crate::wire::call;
use crate::worker::Model;

pub struct Team<'a> {
    pub arena: &'a Arena,
    pub name: String,
    pub token: String,
}

/// What a submission came to, as its team is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Told {
    /// Policy `exact`: the value, if it was scored.
    Value(Option<f64>),
    /// Policy `ladder`: the team's best level.
    Level(u32),
    Withheld,
}

impl Told {
    /// As a number that grows with what was reached.
    pub fn height(self) -> f64 {
        match self {
            Self::Value(value) => value.unwrap_or(0.0),
            Self::Level(level) => f64::from(level),
            Self::Withheld => 0.0,
        }
    }
}

impl<'a> Team<'a> {
    pub async fn found(arena: &'a Arena, id: &str) -> Self {
        let token = arena.found(id).await;
        Self { arena, name: format!("{GAMES}/teams/{id}"), token }
    }

    pub async fn ask<T: prost::Message + Default>(&self, method: &str, message: &impl prost::Message) -> T {
        self.arena.ask(Some(&self.token), method, message).await.unwrap()
    }

    pub async fn submit(&self, model: &Model) -> v1::Submission {
        let purpose = v1::upload::Purpose::Model;
        let upload = self.arena.upload(&self.token, purpose, &self.name, &model.bytes()).await;
        let create =
            v1::CreateSubmissionRequest { parent: TASK.into(), upload: upload.name, ..Default::default() };
        self.ask("SubmissionService/CreateSubmission", &create).await
    }

    pub async fn read(&self, name: &str) -> v1::Submission {
        self.ask("SubmissionService/GetSubmission", &v1::GetSubmissionRequest { name: name.into() }).await
    }

    /// Submits, has everything done, and reads what is told.
    pub async fn learn(&self, model: &Model) -> Told {
        let submission = self.submit(model).await;
        self.arena.work_off().await;
        told(&self.read(&submission.name).await)
    }

    pub async fn ledger(&self) -> v1::SplitLedger {
        let get = v1::GetLedgerRequest { parent: TASK.into(), team: self.name.clone() };
        let ledger: v1::Ledger = self.ask("LedgerService/GetLedger", &get).await;
        ledger.splits.into_iter().find(|split| split.split == "public").unwrap()
    }

    /// Its account on the public split, after holding it against the budget, the rows, the releases and the public sum.
    pub async fn audited_account(&self) -> v1::TeamAccount {
        let split = self.ledger().await;
        let account = split.account.clone().unwrap();
        for phase in split.phases.iter().filter(|phase| phase.policy == "ladder") {
            assert!(account.spent_millibits <= phase.budget_millibits, "overdrawn: {split:?}");
        }
        let phases: Vec<&str> = split.phases.iter().map(|phase| phase.phase_id.as_str()).collect();
        let own = self.all().await.into_iter().filter(|one| phases.contains(&one.phase.as_str()));
        let releases: u64 = own.filter_map(|one| one.release).map(|release| release.charge_millibits).sum();
        assert_eq!(releases, account.spent_millibits);
        let rows: u64 = account.rows.iter().map(|row| row.charge_millibits).sum();
        assert!(rows == account.spent_millibits || account.rows.len() == 200, "{account:?}");
        account
    }

    /// Its submissions, newest first, over all pages.
    pub async fn all(&self) -> Vec<v1::Submission> {
        let mut list =
            v1::ListSubmissionsRequest { parent: TASK.into(), page_size: 200, ..Default::default() };
        let mut all = Vec::new();
        loop {
            let page: v1::ListSubmissionsResponse =
                self.ask("SubmissionService/ListSubmissions", &list).await;
            all.extend(page.submissions);
            if page.next_page_token.is_empty() {
                return all;
            }
            list.page_token = page.next_page_token;
        }
    }

    /// Every answer that tells a team something of its submissions, in the words of [`Reader`].
    pub async fn view(&self, phase: &str, begin: Option<i64>) -> String {
        let board = format!("{TASK}/phases/{phase}/leaderboard");
        let list = v1::ListSubmissionsRequest { parent: TASK.into(), ..Default::default() };
        let quota = v1::GetQuotaRequest { parent: TASK.into(), phase_id: phase.into(), ..Default::default() };
        let ledger =
            |team: &str| v1::GetLedgerRequest { parent: TASK.into(), team: team.into() }.encode_to_vec();
        let watch = v1::WatchLeaderboardRequest { name: board.clone() };
        let mut calls = vec![
            ("SubmissionService/ListSubmissions", list.encode_to_vec()),
            ("SubmissionService/GetQuota", quota.encode_to_vec()),
            ("LedgerService/GetLedger", ledger("")),
            ("LedgerService/GetLedger", ledger(&self.name)),
            ("LeaderboardService/GetLeaderboard", named(&board)),
            ("LeaderboardService/WatchLeaderboard", watch.encode_to_vec()),
            ("LeaderboardService/ListScoreHistory", named(&board)),
        ];
        for submission in self.all().await {
            calls.push(("SubmissionService/GetSubmission", named(&submission.name)));
            calls.push(("SubmissionService/WatchSubmission", named(&submission.name)));
        }
        let mut reader = Reader::from(begin);
        let mut view = String::new();
        for (method, message) in calls {
            let path = format!("/egret.v1.{method}");
            let answer = call(&self.arena.public, Some(&self.token), &path, message).await.unwrap();
            view += &reader.text(&answer_of(&path), &answer);
        }
        view
    }
}

/// Every request whose first field is a name has the same bytes.
pub fn named(name: &str) -> Vec<u8> {
    v1::GetTaskRequest { name: name.into() }.encode_to_vec()
}

pub fn told(submission: &v1::Submission) -> Told {
    match (submission.state(), &submission.release) {
        (v1::submission::State::Withheld, None) => Told::Withheld,
        (v1::submission::State::Released, Some(release)) => match release.level {
            Some(level) => Told::Level(level),
            None => Told::Value(release.metrics.first().and_then(|metric| metric.value)),
        },
        (state, _) => panic!("{state:?} is not the end of {submission:?}"),
    }
}
