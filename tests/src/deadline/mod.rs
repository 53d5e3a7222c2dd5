//! The deadline, rehearsed: everybody submits in the last hour, workers and server die, the stands are full, and every promise
//! is audited afterwards.
//!
//! **Time.** The hour is simulated: it is shorter by one factor, evaluations too, and the burst of the last minute comes in
//! as much less time. The end of the phase is real: it is the end of the window that the server was given, and whoever
//! comes after it is late. What is ours is not compressed: leases last as long as ever, and people reload pages no faster.
//!
//! **Course**, in minutes: nobody watches until 20; then the stands fill, so that 2 to 20 and 22 to 40 are the same hour without
//! and with spectators; workers die with their leases after 8 and 16; the server is killed at 45 and started again; from 59 on
//! every entry sends its last model, and some come after 60. Then the queue runs empty.
//!
//! **Audit.** Clients keep their receipts, workers the verdicts that were acknowledged. What the server says in the end must be
//! what follows from these two, and from nothing else ([`audit`]).

mod audit;
mod boards;
mod clock;
mod contest;
mod fairness;
mod log;
mod plan;
mod quotas;
mod report;
mod spectators;
mod teams;
mod workers;

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use egret_proto::v1::{
    GetLeaderboardRequest, GetQuotaRequest, Leaderboard, ListSubmissionsRequest, Quota, Submission,
    submission::State,
};
use prost_types::Timestamp;
use tokio::{
    task::block_in_place,
    time::{Instant, sleep, sleep_until, timeout},
};

use crate::{Api, Database, Site};
use audit::Audit;
use clock::{Clock, END};
use contest::Contest;
use log::{Log, Pages};
use plan::{BURST, Plan};
pub use report::Finding;
use report::Times;
use spectators::{Reads, Seen, Stands};

/// When the stands fill, and when the server is killed.
const SPECTATORS_COME: f64 = 20.0;
const SERVER_DIES: f64 = 45.0;
/// The same stretch of the hour, before the spectators and with all of them there.
const QUIET: std::ops::Range<f64> = 2.0..20.0;
const WATCHED: std::ops::Range<f64> = 22.0..40.0;
const PAGE_SIZE: i32 = 200;
/// How often it is looked whether all is done.
const GLANCE: Duration = Duration::from_secs(1);

/// How big a rehearsal is.
#[derive(Debug, Clone)]
pub struct Size {
    /// Teams, each with one member.
    pub teams: usize,
    /// Tasks, each with one board.
    pub tasks: usize,
    /// Teams in tasks.
    pub entries: usize,
    /// Units that are worked on at once.
    pub workers: usize,
    /// Streams of boards.
    pub watchers: usize,
    /// People who load pages.
    pub readers: usize,
    /// What is left for making the contest before the hour begins. If it takes longer, the hour is shorter.
    pub prepare: Duration,
    /// What the simulated hour takes.
    pub hour: Duration,
    /// What the queue may take to run empty after the end.
    pub drain: Duration,
}

impl Size {
    /// Xiamen, 2019: 362 teams, 15 tasks, 995 entries; an hour in two minutes.
    pub fn full() -> Self {
        Self {
            teams: 362,
            tasks: 15,
            entries: 995,
            workers: 64,
            watchers: 1_800,
            readers: 200,
            prepare: Duration::from_secs(40),
            hour: Duration::from_secs(120),
            drain: Duration::from_secs(240),
        }
    }

    /// The same in small, for every day: an hour in twenty seconds.
    pub fn small() -> Self {
        Self {
            teams: 20,
            tasks: 3,
            entries: 40,
            workers: 12,
            watchers: 45,
            readers: 5,
            prepare: Duration::from_secs(8),
            hour: Duration::from_secs(20),
            drain: Duration::from_secs(90),
        }
    }
}

/// Rehearses on a site of its own, and tells what was found.
pub fn rehearse(database: Database, size: &Size) -> Result<Vec<Finding>> {
    let mut site = Site::start(database, 0)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let found = runtime.block_on(run(&mut site, size));
    runtime.shutdown_background();
    found
}

async fn run(site: &mut Site, size: &Size) -> Result<Vec<Finding>> {
    let (plan, log) = (Arc::new(Plan::draw(size)), Log::default());
    let clock = Clock::ending_in(size.prepare + size.hour, size.hour);
    let contest = Contest::open(site, size, &clock).await.context("the contest cannot be made")?;
    let crew_line = Api::new(&site.worker_url(), Some(&contest.worker_token))?;
    let crew = workers::start(size.workers, &crew_line, &plan, clock, &log);
    let mut clients = teams::start(&plan, &contest, clock, &log);

    sleep_until(clock.at(SPECTATORS_COME)).await;
    let stands = Stands::fill(site, &contest, size, clock, &log)?;
    sleep_until(clock.at(SERVER_DIES)).await;
    block_in_place(|| {
        site.server().kill();
        site.boot()
    })?;
    let patience = clock.at(END) + size.drain - Instant::now();
    let answered = async {
        while let Some(ended) = clients.join_next().await {
            ended??;
        }
        anyhow::Ok(())
    };
    timeout(patience, answered).await.context("some clients never had an answer")??;
    let submissions = settled(&contest, clock.at(END) + size.drain).await?;
    let drained = clock.minute(Instant::now()) - END;
    let boards = boards(&contest, size).await?;
    let quotas = quotas_of(&contest, &plan).await?;
    while stands.behind(&boards) > 0 && Instant::now() < clock.at(END) + size.drain {
        sleep(GLANCE).await;
    }
    let (seen, reads) = stands.empty();
    drop(crew);

    let pages = log.pages();
    let teams: Vec<String> = contest.teams.iter().map(|(name, _)| name.clone()).collect();
    let audit = Audit {
        plan: &plan,
        clock,
        log: &pages,
        submissions: &submissions,
        quotas: &quotas,
        boards: &boards,
        teams: &teams,
    };
    let mut findings = audit.findings();
    findings.push(current(&seen, &reads, &boards));
    findings.extend(measured(&pages, clock, &seen, &reads));
    let told = format!("{:.1} s", clock.real(drained * 60.0).as_secs_f64());
    findings.push(Finding::measured("from the end until the queue was empty", told, drained));
    Ok(findings)
}

/// All submissions, once they are final, or as they are when patience ends.
async fn settled(contest: &Contest, until: Instant) -> Result<Vec<Submission>> {
    loop {
        let all = submissions(contest).await?;
        let open = all
            .iter()
            .filter(|one| matches!(one.state(), State::Checking | State::Queued | State::Evaluating));
        if open.count() == 0 || Instant::now() > until {
            return Ok(all);
        }
        sleep(GLANCE).await;
    }
}

/// Every team's submissions to every task.
async fn submissions(contest: &Contest) -> Result<Vec<Submission>> {
    let mut all = Vec::new();
    for task in &contest.tasks {
        let mut page_token = String::new();
        loop {
            let request = ListSubmissionsRequest {
                parent: task.clone(),
                page_size: PAGE_SIZE,
                page_token,
                ..ListSubmissionsRequest::default()
            };
            let page = contest.operator.submissions().list_submissions(request).await?.into_inner();
            all.extend(page.submissions);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
    }
    Ok(all)
}

async fn boards(contest: &Contest, size: &Size) -> Result<Vec<Leaderboard>> {
    let mut boards = Vec::new();
    for task in 0..size.tasks {
        let request = GetLeaderboardRequest { name: contest.board(task), ..GetLeaderboardRequest::default() };
        boards.push(contest.operator.boards().get_leaderboard(request).await?.into_inner());
    }
    Ok(boards)
}

/// What every entry has used of its quota, now that the phase is over.
async fn quotas_of(contest: &Contest, plan: &Plan) -> Result<Vec<Quota>> {
    let mut quotas = Vec::new();
    for entry in &plan.entries {
        let (team, api) = &contest.teams[entry.team];
        let (parent, phase_id) = (contest.tasks[entry.task].clone(), "live".to_owned());
        let request = GetQuotaRequest { parent, team: team.clone(), phase_id };
        quotas.push(api.submissions().get_quota(request).await?.into_inner());
    }
    Ok(quotas)
}

/// Every watcher ends with the board as it is, and never saw one go back; no reader got an error.
fn current(seen: &[Seen], reads: &Reads, boards: &[Leaderboard]) -> Finding {
    let mut against: Vec<String> = reads.failed.clone();
    for (number, watcher) in seen.iter().enumerate() {
        if watcher.backwards > 0 {
            against.push(format!("watcher {number} saw the board go back {} times", watcher.backwards));
        }
        if watcher.last.as_ref() != Some(&boards[watcher.task]) {
            let last = watcher.last.as_ref().map(|last| last.revision);
            against
                .push(format!("watcher {number} is at {last:?}, not at {}", boards[watcher.task].revision));
        }
    }
    if seen.is_empty() || reads.pages_us.is_empty() || reads.boards_us.is_empty() {
        against.push("nobody watched, or nobody read: nothing was rehearsed".into());
    }
    let told =
        format!("{} watchers, {} pages, {} boards", seen.len(), reads.pages_us.len(), reads.boards_us.len());
    Finding::asserted("every spectator ends with the board as it is", told, against)
}

/// What waiting there was. Requests that had to be repeated are left out: the server was away.
fn measured(pages: &Pages, clock: Clock, seen: &[Seen], reads: &Reads) -> Vec<Finding> {
    let submit = |minutes: std::ops::Range<f64>| {
        let sent =
            pages.sent.iter().filter(|sent| sent.tries == 1 && minutes.contains(&clock.minute(sent.begun)));
        Times::of(sent.map(|sent| (sent.ended - sent.begun).as_micros() as u64))
    };
    let (quiet, watched) = (submit(QUIET), submit(WATCHED));
    let ratio = watched.ms(0.99) / quiet.ms(0.99);
    vec![
        quiet.finding("submit, nobody watching"),
        watched.finding("submit, everybody watching"),
        Finding::measured("p99 of submit, watched / unwatched", format!("{ratio:.2}"), ratio),
        submit(BURST).finding("submit, in the last minute"),
        Times::of(reads.boards_us.iter().copied()).finding("board, one call"),
        Times::of(reads.pages_us.iter().copied()).finding("board, as a page"),
        Times::of(seen.iter().flat_map(|seen| seen.ages_us.iter().copied()))
            .finding("watch, from change to watcher"),
    ]
}

/// Microseconds since 1970; 0 of none.
fn micros(time: Option<&Timestamp>) -> i64 {
    time.map_or(0, |time| time.seconds * 1_000_000 + i64::from(time.nanos) / 1_000)
}
