//! Hidden data, models that attack it, and a worker that runs them.

use egret_proto::v1;
use egret_proto::worker::v1::{self as worker, worker_service_client::WorkerServiceClient};
use futures::TryStreamExt as _;

use crate::arena::{Arena, WALL_S_MAX};
use crate::wire::with_token;

/// How long a model sleeps that tells a bit by its run time: within the limit.
pub const SLEEP_S: u64 = 2_500;

/// The labels of both hidden splits, and something about the inputs that a model can see and its team cannot.
pub struct Hidden {
    pub public: Vec<bool>,
    pub private: Vec<bool>,
    pub inputs: Vec<bool>,
    metric: &'static str,
}

/// Bits that are the same on every machine.
pub fn bits(seed: u64, count: usize) -> Vec<bool> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) >> 63 == 1
    };
    (0..count).map(|_| next()).collect()
}

impl Hidden {
    pub fn new(items: u32, seed: u64, metric: &'static str) -> Self {
        let bits = |lane| bits(seed * 1_000_003 + lane, items as usize);
        Self { public: bits(1), private: bits(2), inputs: bits(3), metric }
    }

    /// What a model comes to on a split, and how long it ran, in seconds.
    fn run(&self, model: &Model, split: v1::Split) -> (worker::verdict::Outcome, u64) {
        let labels = if split == v1::Split::Private { &self.private } else { &self.public };
        let faulted = |code: worker::faulted::Code| {
            let detail = "node `secret` has the shape [1, 2, 3]".to_owned();
            worker::verdict::Outcome::Faulted(worker::Faulted {
                code: code.into(),
                detail,
                remedy: String::new(),
            })
        };
        let scored = |value: f64| {
            let metrics = vec![v1::MetricValue { id: self.metric.into(), value: Some(value) }];
            worker::verdict::Outcome::Scored(worker::Scored { metrics })
        };
        // Worse than any baseline.
        let bad = scored(if self.metric == "accuracy" { 0.0 } else { 30.0 });
        match model {
            Model::Guess(_, chances) => (scored(score(self.metric, labels, chances)), 1),
            Model::CrashIf(_, item) if self.inputs[*item] => (faulted(worker::faulted::Code::Crash), 1),
            Model::HangIf(_, item) if self.inputs[*item] => {
                (faulted(worker::faulted::Code::TimeLimit), u64::from(WALL_S_MAX))
            }
            Model::SleepIf(_, item) if self.inputs[*item] => (bad, SLEEP_S),
            Model::CrashIf(..) | Model::HangIf(..) | Model::SleepIf(..) => (bad, 1),
        }
    }
}

/// By the definitions of the registry: `accuracy`, and `log_loss` clipped at 2⁻⁵².
fn score(metric: &str, labels: &[bool], chances: &[f64]) -> f64 {
    let of = |label: bool, chance: f64| if label { chance } else { 1.0 - chance };
    let each = labels.iter().zip(chances).map(|(&label, &chance)| match metric {
        "accuracy" => f64::from(u8::from(label == (chance > 0.5))),
        _ => -of(label, chance).clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln(),
    });
    each.sum::<f64>() / labels.len() as f64
}

/// A model; its bytes are its text. The number tells models apart that do the same.
#[derive(Clone, Debug, PartialEq)]
pub enum Model {
    /// The chance that an item is of class 1, item by item.
    Guess(usize, Vec<f64>),
    /// Crashes if this input has it; is bad otherwise.
    CrashIf(usize, usize),
    /// Runs out of time if this input has it; is bad otherwise.
    HangIf(usize, usize),
    /// Takes its time if this input has it; is bad either way.
    SleepIf(usize, usize),
}

impl Model {
    /// Certain answers.
    pub fn answers(number: usize, answers: &[bool]) -> Self {
        Self::Guess(number, answers.iter().map(|&answer| f64::from(u8::from(answer))).collect())
    }

    pub fn bytes(&self) -> Vec<u8> {
        let (kind, number, values) = match self {
            Self::Guess(number, chances) => ("guess", number, chances.clone()),
            Self::CrashIf(number, item) => ("crash", number, vec![*item as f64]),
            Self::HangIf(number, item) => ("hangs", number, vec![*item as f64]),
            Self::SleepIf(number, item) => ("sleep", number, vec![*item as f64]),
        };
        let values: Vec<String> = values.iter().map(f64::to_string).collect();
        format!("{kind} {number} {}", values.join(" ")).into_bytes()
    }

    fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let words: Vec<&str> = text.split(' ').collect();
        let number = words[1].parse().unwrap();
        let values: Vec<f64> = words[2..].iter().map(|word| word.parse().unwrap()).collect();
        match words[0] {
            "guess" => Self::Guess(number, values),
            "crash" => Self::CrashIf(number, values[0] as usize),
            "hangs" => Self::HangIf(number, values[0] as usize),
            _ => Self::SleepIf(number, values[0] as usize),
        }
    }
}

/// A unit that is being worked on.
pub struct Held {
    fence: Option<worker::Fence>,
    model: Model,
    pub split: v1::Split,
}

impl Arena {
    /// Takes the next unit, if one is ready, and reads its model.
    pub async fn lease(&self) -> Option<Held> {
        let mut client = WorkerServiceClient::new(self.workers.clone());
        let ask = worker::LeaseRequest { worker: "w".into(), ..Default::default() };
        let lease = client.lease(with_token(ask, Some(&self.worker))).await.unwrap().into_inner().lease?;
        let Some(worker::lease::Work::Shards(work)) = lease.work else { panic!("one unit each") };
        let sha256 = work.model.clone().unwrap().sha256;
        if work.split() != v1::Split::Sample {
            self.runs.lock().unwrap().push((work.split(), sha256.clone()));
        }
        let read = worker::ReadBlobRequest { fence: lease.fence.clone(), sha256, offset: 0 };
        let chunks = client.read_blob(with_token(read, Some(&self.worker))).await.unwrap().into_inner();
        let chunks: Vec<_> = chunks.try_collect().await.unwrap();
        let bytes: Vec<u8> = chunks.iter().flat_map(|chunk| chunk.data.to_vec()).collect();
        Some(Held { fence: lease.fence, model: Model::parse(&bytes), split: work.split() })
    }

    /// Runs the model, for as long as it takes on the database's clock, and hands in what it came to. How long it ran.
    pub async fn finish(&self, held: Held) -> u64 {
        let (outcome, seconds) = match held.split {
            // On the public sample nothing is hidden, and nothing is told here.
            v1::Split::Sample => {
                let metrics = vec![v1::MetricValue { id: self.hidden.metric.into(), value: Some(0.5) }];
                (worker::verdict::Outcome::Scored(worker::Scored { metrics }), 0)
            }
            split => self.hidden.run(&held.model, split),
        };
        self.wait(seconds);
        let wall_ms = if held.split == v1::Split::Sample { 1 } else { seconds * 1_000 };
        let usage = worker::Usage { wall_ms, cpu_ms: wall_ms, peak_memory_mib: 1 };
        let verdict = worker::Verdict {
            outcome: Some(outcome),
            usage: Some(usage),
            item_count: 3,
            ..Default::default()
        };
        let complete = worker::CompleteRequest {
            fence: held.fence,
            result: Some(worker::complete_request::Result::Verdict(verdict)),
            ..Default::default()
        };
        let mut client = WorkerServiceClient::new(self.workers.clone());
        client.complete(with_token(complete, Some(&self.worker))).await.unwrap();
        seconds
    }

    /// Does all checks, and holds the hidden units that can be had.
    pub async fn check_all(&self) -> Vec<Held> {
        let mut hidden = Vec::new();
        while let Some(held) = self.lease().await {
            if held.split == v1::Split::Sample {
                self.finish(held).await;
            } else {
                hidden.push(held);
            }
        }
        hidden
    }

    /// Does everything there is to do.
    pub async fn work_off(&self) {
        while let Some(held) = self.lease().await {
            self.finish(held).await;
        }
    }
}
