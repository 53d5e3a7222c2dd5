//! `[phases.quota]` and `[phases.release]` of `competition.toml`.

use std::ops::Range;

use egret_contest::{
    BUDGET_BITS_MAX, Budget, EPOCH_S_MAX, LEVEL_COUNT_MAX, LadderRule, Policy, QuotaRule, ReleaseRule, Timing,
};

use super::reader::Table;

/// Decimals of a released score when nothing is said.
const DECIMALS_DEFAULT: u32 = 4;
/// The largest quota of any sort.
const QUOTA_MAX: u64 = 1_000_000;

pub(super) fn quota(mut table: Table<'_, '_>) -> QuotaRule {
    let mut number = |key| table.integer(key, 0..QUOTA_MAX + 1).map_or(0, |at| at.value as u32);
    let quota = QuotaRule {
        per_day_max: number("per_day_max"),
        total_max: number("total_max"),
        concurrent_max: number("concurrent_max"),
        failed_checks_max: number("failed_checks_per_day"),
    };
    table.finish();
    quota
}

/// What a phase is that says nothing of its releases: a ladder by the presets. What teams nominated is told when the phase is
/// finalized, everything else at once.
pub(super) fn default(nominating: bool) -> Option<ReleaseRule> {
    rule(Policy::Ladder(LadderRule::default()), timing_default(nominating))
}

fn timing_default(nominating: bool) -> Timing {
    if nominating { Timing::Finalize } else { Timing::Immediate }
}

/// The ranges of every figure were checked where it was read.
fn rule(policy: Policy, timing: Timing) -> Option<ReleaseRule> {
    ReleaseRule::new(policy, timing).ok()
}

pub(super) fn release(mut table: Table<'_, '_>, nominating: bool) -> Option<ReleaseRule> {
    #[derive(Clone, Copy, PartialEq)]
    enum Word {
        Exact,
        Ladder,
    }
    let policy = table.choice("policy", &[("ladder", Word::Ladder), ("exact", Word::Exact)]);
    let policy = policy.map_or(Word::Ladder, |at| at.value);
    foreign(
        &table,
        match policy {
            Word::Exact => (&["levels", "budget_bits", "tau"], "ladder"),
            Word::Ladder => (&["decimals"], "exact"),
        },
    );
    let decimals = table.integer("decimals", 0..7).map_or(DECIMALS_DEFAULT, |at| at.value as u32);
    let levels = table.integer("levels", of(LEVEL_COUNT_MAX)).map(|at| at.value as u32);
    let budget = budget(&mut table);
    let policy = match policy {
        Word::Exact => Policy::Exact { decimals },
        Word::Ladder => Policy::Ladder(LadderRule { levels, budget }),
    };
    let timing = timing(&mut table, nominating);
    table.finish();
    rule(policy, timing)
}

/// Notes keys of the other policy, which would have no effect.
fn foreign(table: &Table<'_, '_>, (keys, policy): (&[&str], &str)) {
    for key in keys.iter().filter(|key| table.has(key)) {
        let what = format!("`{key}` of [phases.release] is of the policy `{policy}`");
        table.note(table.span(), what, format!("remove it, or write `policy = \"{policy}\"`"));
    }
}

fn of(most: u32) -> Range<u64> {
    1..u64::from(most) + 1
}

/// In bits, or by what they are to bound.
fn budget(table: &mut Table<'_, '_>) -> Option<Budget> {
    let bits = table.integer("budget_bits", of(BUDGET_BITS_MAX)).map(|at| at.value as u32);
    let tau = table.number("tau");
    if let Some(tau) = &tau {
        if bits.is_some() {
            let what = "`budget_bits` and `tau` of [phases.release] are both there".to_owned();
            table.note(tau.span.clone(), what, "keep one: the other follows from it");
        }
        if !(tau.value > 0.0 && tau.value < 1.0) {
            let what = "`tau` of [phases.release] must be above 0 and below 1".to_owned();
            table.note(
                tau.span.clone(),
                what,
                "it is how far a released score may be from the true one, such as 0.05",
            );
        }
    }
    bits.map(Budget::Bits).or_else(|| tau.map(|tau| Budget::Tau(tau.value)))
}

fn timing(table: &mut Table<'_, '_>, nominating: bool) -> Timing {
    let immediate = ("immediate", Timing::Immediate);
    let epoch = ("epoch", Timing::Epoch { seconds: 1 });
    let choices = [immediate, epoch, ("finalize", Timing::Finalize)];
    let timing = table.choice("timing", &choices).map_or(timing_default(nominating), |at| at.value);
    let is_epoch = matches!(timing, Timing::Epoch { .. });
    if is_epoch {
        table.need("epoch_s", "epoch_s = 3600");
    } else if table.has("epoch_s") {
        let what = "`epoch_s` of [phases.release] is of the timing `epoch`".to_owned();
        table.note(table.span(), what, "remove it, or write `timing = \"epoch\"`");
    }
    let seconds = table.integer("epoch_s", of(EPOCH_S_MAX)).map(|at| at.value as u32);
    if is_epoch { Timing::Epoch { seconds: seconds.unwrap_or(1) } } else { timing }
}
