//! `/c/{c}/t/{t}/ledger`: what has left a task's test set, at most, as the sum over teams; and by which rules.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use egret_proto::v1::{Competition, Ledger, PhaseLedger, SplitLedger};

use super::{Frame, page};
use crate::failure::Failure;
use crate::format::{bits, bytes_at_most, count, score};
use crate::language::Visitor;
use crate::messages::{Messages, fill};
use crate::names::TaskPath;
use crate::phases;
use crate::site::Site;

/// Digits that are shown of how far a released score may be from the true one.
const TAU_DECIMALS: u32 = 4;

/// The rules of a phase.
struct Rules {
    title: String,
    policy: String,
    /// Levels, step and budget; dashes under `exact`.
    figures: [String; 3],
    cost: String,
    /// What that means for the scores; empty under `exact`.
    tau: String,
}

/// A split.
struct Part {
    name: &'static str,
    sum: String,
    rules: Vec<Rules>,
}

#[derive(Template)]
#[template(path = "ledger.html")]
struct LedgerPage {
    frame: Frame,
    href: String,
    task: String,
    sum: String,
    parts: Vec<Part>,
}

/// The page; there is none before there is a test set.
pub(crate) async fn show(
    State(site): State<Site>,
    Extension(visitor): Extension<Visitor>,
    path: TaskPath,
) -> Result<Response, Failure> {
    let (competition, task, ledger) = futures::try_join!(
        site.competition(path.competition_name()),
        site.task(path.name()),
        site.ledger(path.name())
    )?;
    let ledger = ledger.ok_or(Failure::NotFound)?;
    let messages = visitor.language.messages();
    let title = visitor.language.pick(&task.title, &task.title_zh).to_owned();
    let view = LedgerPage {
        frame: Frame::new(visitor, &fill(messages.ledger_of, &[("task", &title)])),
        href: path.href(),
        task: title,
        sum: sum(&ledger, messages),
        parts: ledger.splits.iter().map(|split| part(split, &competition, messages)).collect(),
    };
    page(visitor, &view)
}

/// How much has left the test set, in a sentence.
pub(crate) fn sum(ledger: &Ledger, messages: &Messages) -> String {
    let millibits = ledger.splits.iter().map(|split| split.spent_millibits).sum();
    fill(messages.ledger_sum, &[("bytes", &bytes_at_most(millibits))])
}

fn part(split: &SplitLedger, competition: &Competition, messages: &Messages) -> Part {
    let values: [(&str, &dyn std::fmt::Display); 4] = [
        ("bytes", &bytes_at_most(split.spent_millibits)),
        ("bits", &bits(split.spent_millibits)),
        ("teams", &count(split.team_count.into())),
        ("items", &count(split.item_count)),
    ];
    Part {
        name: super::task::split_name(&split.split, messages),
        sum: fill(messages.ledger_split, &values),
        rules: split.phases.iter().map(|phase| rules(phase, competition, messages)).collect(),
    }
}

fn rules(of: &PhaseLedger, competition: &Competition, messages: &Messages) -> Rules {
    let phase = competition.phases.iter().find(|phase| phase.phase_id == of.phase_id);
    let title = phase.map_or_else(|| of.phase_id.clone(), |phase| phases::title(phase, messages));
    let ladder = (of.levels > 0).then_some(of);
    let tau = |ladder: &PhaseLedger| {
        let tau = score(ladder.tau, Some(TAU_DECIMALS));
        fill(messages.ledger_tau, &[("phase", &title), ("tau", &tau)])
    };
    Rules {
        policy: of.policy.clone(),
        figures: match ladder {
            Some(ladder) => {
                [count(ladder.levels.into()), score(ladder.step, None), bits(ladder.budget_millibits)]
            }
            None => ["—", "—", "—"].map(str::to_owned),
        },
        cost: match ladder {
            Some(ladder) => fill(messages.ledger_cost_ladder, &[("most", &rise_bits(ladder.levels))]),
            None => bits(of.charge_millibits),
        },
        tau: ladder.map(tau).unwrap_or_default(),
        title,
    }
}

/// What a rise by so many levels, at least 1, costs: 4, 6, 6, 8, 8, 8, 8, 10 … bits.
fn rise_bits(levels: u32) -> u32 {
    4 + 2 * levels.max(1).ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rise_costs_by_its_prefix_code() {
        assert_eq!([1, 2, 3, 4, 7, 8, 50].map(rise_bits), [4, 6, 6, 8, 8, 10, 14]);
    }
}
