//! Those who watch: streams of boards over a few connections, and readers who load pages and boards again and again.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Result;
use egret_proto::v1::{GetLeaderboardRequest, Leaderboard, WatchLeaderboardRequest};
use tokio::{
    task::{JoinSet, spawn_blocking},
    time::{Instant, sleep, sleep_until},
};
use tonic::Status;

use super::{Size, clock::Clock, clock::now_us, contest::Contest, log::Log, micros};
use crate::{Api, Site, plain};

/// Watchers that share a connection; the server takes 256 calls on one.
const STREAMS_PER_CONNECTION: usize = 250;
/// All have come after so many simulated minutes, so that they do not ask in one moment.
const ARRIVAL_MINUTES: f64 = 1.0;
/// A reader loads the page and the board again after this time, which is not compressed: people read no faster.
const RELOAD: Duration = Duration::from_secs(10);
/// How long a watcher waits before it comes back to a server that was away.
const RETURN: Duration = Duration::from_millis(500);

/// What one watcher has seen.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// The board it watches: a task's number.
    pub task: usize,
    /// The newest snapshot.
    pub last: Option<Leaderboard>,
    /// Snapshots that were older than the one before.
    pub backwards: u32,
    /// How old each change was when it came, in microseconds.
    pub ages_us: Vec<u64>,
}

/// How long readers waited, in microseconds.
#[derive(Debug, Default)]
pub struct Reads {
    pub pages_us: Vec<u64>,
    pub boards_us: Vec<u64>,
    pub failed: Vec<String>,
}

/// Everybody who watches, until dropped.
pub struct Stands {
    people: JoinSet<()>,
    seen: Vec<Arc<Mutex<Seen>>>,
    reads: Arc<Mutex<Reads>>,
}

impl Stands {
    /// Lets them in.
    pub fn fill(site: &Site, contest: &Contest, size: &Size, clock: Clock, log: &Log) -> Result<Self> {
        let mut stands = Self { people: JoinSet::new(), seen: Vec::new(), reads: Arc::default() };
        let now = Instant::now();
        let arrival =
            |nth: usize, of: usize| now + clock.real(ARRIVAL_MINUTES * 60.0).mul_f64(nth as f64 / of as f64);
        let connections = size.watchers.div_ceil(STREAMS_PER_CONNECTION);
        let lines: Vec<Api> = (0..connections).map(|_| Api::new(&site.url(), None)).collect::<Result<_>>()?;
        for nth in 0..size.watchers {
            let task = nth % size.tasks;
            let seen = Arc::new(Mutex::new(Seen { task, ..Seen::default() }));
            stands.seen.push(seen.clone());
            let (api, name) = (lines[nth % connections].clone(), contest.board(task));
            let (comes, log) = (arrival(nth, size.watchers), log.clone());
            stands.people.spawn(async move {
                sleep_until(comes).await;
                loop {
                    if let Err(status) = watch(&api, &name, &seen).await
                        && !log.may_repeat("watch", &status)
                    {
                        log.note(|pages| pages.strange.push(format!("watch: {status}")));
                    }
                    sleep(RETURN).await;
                }
            });
        }
        for nth in 0..size.readers {
            let reader = Reader {
                host: site.host(),
                page: Contest::page(nth % size.tasks),
                board: contest.board(nth % size.tasks),
                api: lines[nth % connections].clone(),
                reads: stands.reads.clone(),
            };
            let comes = now + RELOAD.mul_f64(nth as f64 / size.readers as f64);
            stands.people.spawn(async move {
                sleep_until(comes).await;
                loop {
                    reader.read().await;
                    sleep(RELOAD).await;
                }
            });
        }
        Ok(stands)
    }

    /// How many have not seen this state of their boards yet.
    pub fn behind(&self, boards: &[Leaderboard]) -> usize {
        let current = |seen: &Mutex<Seen>| {
            let seen = locked(seen);
            seen.last.as_ref().is_some_and(|last| last.revision == boards[seen.task].revision)
        };
        self.seen.iter().filter(|seen| !current(seen)).count()
    }

    /// Sends everybody home, and tells what they saw.
    pub fn empty(mut self) -> (Vec<Seen>, Reads) {
        self.people.abort_all();
        let seen = self.seen.iter().map(|seen| locked(seen).clone()).collect();
        let reads = std::mem::take(&mut *locked(&self.reads));
        (seen, reads)
    }
}

fn locked<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One stream, until it breaks. The first snapshot is as old as it is; how late the later ones come is measured.
async fn watch(api: &Api, name: &str, seen: &Mutex<Seen>) -> Result<(), Status> {
    let request = WatchLeaderboardRequest { name: name.to_owned() };
    let mut boards = api.boards().watch_leaderboard(request).await?.into_inner();
    let mut first = true;
    while let Some(board) = boards.message().await? {
        let age_us = now_us() - micros(board.update_time.as_ref());
        let mut seen = locked(seen);
        if seen.last.as_ref().is_some_and(|last| last.revision > board.revision) {
            seen.backwards += 1;
        }
        if !std::mem::take(&mut first) {
            seen.ages_us.push(u64::try_from(age_us).unwrap_or(0));
        }
        seen.last = Some(board);
    }
    Ok(())
}

/// What a page answers that is there, and one of a server that has more to do than it can: everybody comes at once right after it was
/// restarted.
const FINE: u16 = 200;
const TURNED_AWAY: u16 = 503;
/// When who was turned away comes again: what the server asks for (`Retry-After`). Twice in a row is a failure.
const COMES_AGAIN: Duration = Duration::from_secs(5);

struct Reader {
    host: String,
    page: String,
    board: String,
    api: Api,
    reads: Arc<Mutex<Reads>>,
}

impl Reader {
    /// The page's status; `None` if the server is away.
    async fn load(&self) -> Option<u16> {
        let (host, page) = (self.host.clone(), self.page.clone());
        let began = Instant::now();
        let (status, _) = spawn_blocking(move || plain::get(&host, &page)).await.ok()?.ok()?;
        if status == FINE {
            locked(&self.reads).pages_us.push(began.elapsed().as_micros() as u64);
        }
        Some(status)
    }

    /// The page as a browser loads it, then the board as a program does. That the server is away is no wait to measure.
    async fn read(&self) {
        let mut loaded = self.load().await;
        if loaded == Some(TURNED_AWAY) {
            sleep(COMES_AGAIN).await;
            loaded = self.load().await;
        }
        if let Some(status) = loaded.filter(|status| *status != FINE) {
            locked(&self.reads).failed.push(format!("{}: HTTP {status}", self.page));
        }
        let began = Instant::now();
        let request = GetLeaderboardRequest { name: self.board.clone(), ..GetLeaderboardRequest::default() };
        if self.api.boards().get_leaderboard(request).await.is_ok() {
            locked(&self.reads).boards_us.push(began.elapsed().as_micros() as u64);
        }
    }
}
