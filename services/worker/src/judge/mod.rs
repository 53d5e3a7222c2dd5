//! Answers and labels meet here, in the worker, after the answers of a shard are in.
//!
//! On the public sample an answer that cannot be used is a fault, explained. On hidden items it is a wrong answer to one item: a
//! fault there would tell the team what is in it.

mod embeddings;
mod marks;
mod tally;

use egret_contract::{AnswerContract, InputContract};
use egret_datasets::Labels;
use egret_jail::{
    FaultCode,
    answers::{self, AnswerFault, Answers},
};
use egret_metrics::MetricError;

use crate::{Mishap, assignment::ShardId, attempt::Fault, order::Order};
use embeddings::Embeddings;

pub(crate) use tally::Tally;

/// Scores a model's answers shard by shard.
pub(crate) struct Judge {
    input: InputContract,
    answer: AnswerContract,
    tally: Tally,
    /// Whether a metric needs scores per class, and so refuses class indices.
    needs_scores: bool,
    /// Whether a metric needs those scores to be probabilities.
    needs_probabilities: bool,
    /// Vectors wait here for those they are compared with.
    embeddings: Option<Embeddings>,
    /// Nothing is hidden.
    detail: bool,
}

/// A shard was scored, or its answers are not answers.
pub(crate) type Marked = Result<(), Fault>;

impl Judge {
    pub fn new(
        input: InputContract,
        answer: AnswerContract,
        tally: Tally,
        threads: u32,
        detail: bool,
    ) -> Self {
        let scoring = tally.state.scoring();
        let (needs_scores, needs_probabilities) = (scoring.needs_scores(), scoring.needs_probabilities());
        let embeddings = match &answer {
            AnswerContract::Embedding(answer) => Some(Embeddings::new(answer, threads)),
            _ => None,
        };
        Self { input, answer, tally, needs_scores, needs_probabilities, embeddings, detail }
    }

    /// Validates one shard's answers, which came in `order`, then has its labels opened, then scores.
    pub fn mark(
        &mut self,
        answers: &[u8],
        shard: ShardId,
        order: Option<&Order>,
        labels: impl FnOnce() -> Result<Labels, Mishap>,
    ) -> Result<Marked, Mishap> {
        let answers = match answers::decode(answers, &self.answer, &self.input, shard.item_count) {
            Ok(answers) => match order {
                Some(order) => order.restore(answers),
                None => answers,
            },
            Err(fault) => return Ok(Err(unusable(&fault))),
        };
        if self.needs_scores && matches!(answers, Answers::Indices(_)) {
            return Ok(Err(Fault {
                code: FaultCode::OutputInvalid,
                detail: "the model answers with class indices; the task's metrics need a score per class"
                    .into(),
                remedy: "export the model with its scores [batch, classes] as an output".into(),
            }));
        }
        let faults = answers.unusable(&self.answer);
        if self.detail
            && let Some(fault) = faults.first()
        {
            return Ok(Err(unusable(fault)));
        }
        let mut answered = vec![true; shard.item_count as usize];
        faults.iter().filter_map(AnswerFault::item).for_each(|item| answered[item] = false);
        let labels = labels()?;
        let item_count = labels.truths.len() as u32;
        if (labels.split, labels.index, item_count) != (shard.split, shard.index, shard.item_count) {
            return Err(Mishap::TestSet("a shard's labels are not those of the lease"));
        }
        if let (Some(embeddings), Answers::Rows { width, values }) = (&mut self.embeddings, &answers) {
            return embeddings.add(*width, values, &answered, labels, self.detail);
        }
        if let (Answers::Rows { width, values }, true) = (&answers, self.needs_probabilities) {
            // Rows that are no probabilities are no answers.
            for (item, row) in values.chunks_exact(*width as usize).enumerate() {
                let Some(class) = row.iter().position(|score| !(0.0..=1.0).contains(score)) else { continue };
                if self.detail && answered[item] {
                    return Ok(Err(no_probability(item, class, row[class])));
                }
                answered[item] = false;
            }
        }
        match marks::update(&mut self.tally, &self.answer, &self.input, answers, &answered, labels)? {
            Ok(()) => Ok(Ok(())),
            Err(error) => refused(&error).map(Err),
        }
    }

    /// The sum of what was marked; vectors are compared now.
    pub fn finish(mut self) -> Result<Result<Tally, Fault>, Mishap> {
        if let Some(embeddings) = self.embeddings {
            match embeddings.finish(&mut self.tally)? {
                Ok(()) => {}
                Err(error) => return refused(&error).map(Err),
            }
        }
        Ok(Ok(self.tally))
    }
}

const NON_FINITE_REMEDY: &str =
    "look for divisions by zero and overflow in the model; f16 overflows above 65504";

fn unusable(fault: &AnswerFault) -> Fault {
    let remedy = match fault {
        AnswerFault::NonFinite { .. } => NON_FINITE_REMEDY,
        AnswerFault::IndexRange { .. } => {
            "answer with class indices from 0, in the order of the task's classes"
        }
        _ => "answer with one row of scores, or one class index, per item of the batch",
    };
    Fault { code: fault.code(), detail: fault.to_string(), remedy: remedy.into() }
}

fn no_probability(item: usize, class: usize, score: f32) -> Fault {
    Fault {
        code: FaultCode::OutputInvalid,
        detail: format!(
            "item {item}: the score of class {class} is {score}, outside 0..=1, but a metric needs probabilities"
        ),
        remedy: "end the model with a softmax, or declare `activation = \"softmax\"` with the submission"
            .into(),
    }
}

/// Whose fault a refused update is: scores are the model's, everything else was checked before.
fn refused(error: &MetricError) -> Result<Fault, Mishap> {
    let of_the_model =
        |code, remedy: &str| Ok(Fault { code, detail: error.to_string(), remedy: remedy.into() });
    match error {
        MetricError::NonFiniteScore { .. }
        | MetricError::NonFinitePrediction { .. }
        | MetricError::NonFinite { .. } => of_the_model(FaultCode::NonFinite, NON_FINITE_REMEDY),
        MetricError::DuplicatePrediction { .. } => {
            of_the_model(FaultCode::OutputInvalid, "name everything at most once in an answer")
        }
        MetricError::AnswerOutOfDomain { .. } => {
            of_the_model(FaultCode::OutputInvalid, "answer within the range that the metric's page states")
        }
        MetricError::OutOfDomain { .. } => Err(Mishap::TestSet("a label is outside the task's contract")),
        _ => Err(Mishap::Scoring("the metric state refused a checked shard")),
    }
}
