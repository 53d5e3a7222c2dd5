//! Answers and labels meet here, in the worker, after the answers of a shard are in.

use egret_datasets::DataKey;
use egret_jail::{
    FaultCode,
    answers::{self, AnswerFault, Answers},
    plan::AnswerSpec,
};
use egret_metrics::{ClassesParams, ClassesPredictions, ClassesState, MetricError};
use zeroize::Zeroize as _;

use crate::{Mishap, assignment::ShardRef, attempt::Fault};

/// Scores a model's answers shard by shard.
pub(crate) struct Judge {
    answer: AnswerSpec,
    state: ClassesState,
    /// Whether a metric needs scores per class, and so refuses class indices.
    needs_scores: bool,
    /// Whether a metric needs those scores to be probabilities.
    needs_probabilities: bool,
    /// On the public sample an answer that cannot be used is a fault, explained. On hidden items it is a wrong answer to one
    /// item: a fault there would tell the team what is in it.
    detail: bool,
}

/// A shard was scored, or its answers are not answers.
pub(crate) type Marked = Result<(), Fault>;

impl Judge {
    pub fn new(answer: AnswerSpec, scoring: ClassesParams, detail: bool) -> Result<Self, Mishap> {
        let needs_scores = scoring.metrics.iter().any(|metric| metric.info().needs_scores);
        let needs_probabilities = scoring.metrics.iter().any(|metric| metric.info().needs_probabilities);
        let state =
            ClassesState::new(scoring).map_err(|_| Mishap::Malformed("the metrics do not fit the task"))?;
        Ok(Self { answer, state, needs_scores, needs_probabilities, detail })
    }

    /// Validates one shard's answers, then opens its labels, then scores.
    pub fn mark(
        &mut self,
        answers: &[u8],
        sealed_labels: &[u8],
        key: &DataKey,
        shard: ShardRef,
    ) -> Result<Marked, Mishap> {
        let answers = match answers::decode(answers, &self.answer, shard.item_count) {
            Ok(answers) => answers,
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
        let mut labels = egret_datasets::open_labels(key, sealed_labels)
            .map_err(|_| Mishap::TestSet("a shard's labels do not open"))?;
        let item_count = labels.classes.len() as u32;
        if (labels.split, labels.index, item_count) != (shard.split, shard.index, shard.item_count) {
            return Err(Mishap::TestSet("a shard's labels are not those of the lease"));
        }
        let updated = match &answers {
            Answers::Scores(scores) => {
                if self.needs_probabilities && !self.detail {
                    self.strike_improbable(scores, &mut answered);
                }
                let some = ClassesPredictions::SomeScores { scores, answered: &answered };
                self.state.update(some, &labels.classes)
            }
            Answers::Indices(indices) => {
                let index =
                    |(&index, &answered): (&i64, &bool)| u32::try_from(index).ok().filter(|_| answered);
                let indices: Vec<_> = indices.iter().zip(&answered).map(index).collect();
                self.state.update(ClassesPredictions::Indices(&indices), &labels.classes)
            }
        };
        labels.classes.zeroize();
        match updated {
            Ok(()) => Ok(Ok(())),
            Err(error) => refused(error).map(Err),
        }
    }

    /// Rows that are no probabilities are no answers.
    fn strike_improbable(&self, scores: &[f32], answered: &mut [bool]) {
        let AnswerSpec::Classes { class_count } = self.answer;
        for (row, answered) in scores.chunks_exact(class_count as usize).zip(answered) {
            *answered &= row.iter().all(|score| (0.0..=1.0).contains(score));
        }
    }

    /// The sum of what was marked.
    pub fn into_state(self) -> ClassesState {
        self.state
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

/// Whose fault a refused update is: scores are the model's, everything else was checked before.
fn refused(error: MetricError) -> Result<Fault, Mishap> {
    match error {
        MetricError::NonFiniteScore { .. } => Ok(Fault {
            code: FaultCode::NonFinite,
            detail: error.to_string(),
            remedy: NON_FINITE_REMEDY.into(),
        }),
        MetricError::OutOfDomain { what, .. } if what.contains("probabilities") => Ok(Fault {
            code: FaultCode::OutputInvalid,
            detail: what,
            remedy: "end the model with a softmax, or declare `activation = \"softmax\"` with the submission"
                .into(),
        }),
        MetricError::OutOfDomain { .. } => Err(Mishap::TestSet("a label is outside the task's classes")),
        _ => Err(Mishap::Scoring("the metric state refused a checked shard")),
    }
}
