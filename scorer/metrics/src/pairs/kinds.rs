use super::curve::{Costs, Curve};
use crate::registry::{Direction, MetricInfo};

/// Greatest cost of an error in a metric's id; the least is 1. No unit.
pub const COST_MAX: u32 = 1000;

/// What is computed. FAR: non-targets accepted / non-targets. FRR: targets rejected / targets. TAR: 1 − FRR.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Equal error rate where the polyline of the operating points crosses FAR = FRR.
    EerInterp,
    /// The same on the lower convex hull of the points.
    EerRocch,
    /// Mean of FAR and FRR at the point where they are nearest.
    EerAvgArgmin,
    /// The larger of FAR and FRR at the point where they are nearest.
    EerMaxArgmin,
    /// Least normalised detection cost.
    MinDcf {
        /// Cost of a miss.
        miss: u32,
        /// Cost of a false alarm.
        alarm: u32,
        /// Share of target trials, in (0, 1).
        prior: f64,
    },
    /// Mean of the least costs at the priors 0.01 and 0.005.
    MinDcfSre16,
    /// Normalised detection cost at the Bayes threshold of this prior, in (0, 1); both costs are 1.
    ActDcf(f64),
    /// Best TAR whose FAR does not exceed this one, in (0, 1).
    TarStrict(f64),
    /// TAR at this FAR, in (0, 1), linear between operating points.
    TarInterp(f64),
    /// 1 − [`Kind::TarStrict`].
    FrrStrict(f64),
    /// Cost of log-likelihood ratios, in bits.
    Cllr,
    /// The same after the best monotone recalibration.
    MinCllr,
}

impl Kind {
    /// `None` where the value is infinite.
    pub(super) fn value(self, curve: &Curve<'_>) -> Option<f64> {
        let min_dcf = |miss: u32, alarm: u32, prior| {
            curve.min_dcf(Costs { miss: f64::from(miss), alarm: f64::from(alarm), prior })
        };
        let value = match self {
            Self::EerInterp => curve.eer_interp(),
            Self::EerRocch => curve.eer_rocch(),
            Self::EerAvgArgmin => {
                let (far, frr) = curve.argmin();
                f64::midpoint(far, frr)
            }
            Self::EerMaxArgmin => {
                let (far, frr) = curve.argmin();
                far.max(frr)
            }
            Self::MinDcf { miss, alarm, prior } => min_dcf(miss, alarm, prior),
            Self::MinDcfSre16 => f64::midpoint(min_dcf(1, 1, 0.01), min_dcf(1, 1, 0.005)),
            Self::ActDcf(prior) => curve.act_dcf(prior),
            Self::TarStrict(far) => 1.0 - curve.frr_at(far),
            Self::TarInterp(far) => 1.0 - curve.frr_at_interp(far),
            Self::FrrStrict(far) => curve.frr_at(far),
            Self::Cllr => curve.cllr(),
            Self::MinCllr => curve.min_cllr(),
        };
        value.is_finite().then_some(value)
    }
}

/// Splits an id into what it computes and the id of its entry in [`METRICS`].
pub fn parse(id: &str) -> Option<(Kind, &'static str)> {
    let exact = match id {
        "eer.interp" => Some((Kind::EerInterp, "eer.interp")),
        "eer.rocch" => Some((Kind::EerRocch, "eer.rocch")),
        "eer.avg_argmin" => Some((Kind::EerAvgArgmin, "eer.avg_argmin")),
        "eer.max_argmin" => Some((Kind::EerMaxArgmin, "eer.max_argmin")),
        "min_dcf.sre16" => Some((Kind::MinDcfSre16, "min_dcf.sre16")),
        "cllr" => Some((Kind::Cllr, "cllr")),
        "min_cllr" => Some((Kind::MinCllr, "min_cllr")),
        _ => None,
    };
    exact.or_else(|| parse_family(id))
}

fn parse_family(id: &str) -> Option<(Kind, &'static str)> {
    let (head, tail) = id.split_once('@')?;
    match head {
        "tar" => {
            let (far, rule) = tail.strip_prefix("far")?.rsplit_once('.')?;
            let far = parse_rate(far)?;
            match rule {
                "strict" => Some((Kind::TarStrict(far), "tar@far{far}.strict")),
                "interp" => Some((Kind::TarInterp(far), "tar@far{far}.interp")),
                _ => None,
            }
        }
        "frr" => {
            let far = parse_rate(tail.strip_prefix("far")?.strip_suffix(".strict")?)?;
            Some((Kind::FrrStrict(far), "frr@far{far}.strict"))
        }
        "act_dcf" => Some((Kind::ActDcf(parse_rate(tail)?), "act_dcf@{prior}")),
        "min_dcf" => Some((Kind::MinDcf { miss: 1, alarm: 1, prior: parse_rate(tail)? }, "min_dcf@{prior}")),
        _ => {
            let (miss, alarm) = head.strip_prefix("min_dcf.cm")?.split_once("_cf")?;
            let (miss, alarm, prior) = (parse_cost(miss)?, parse_cost(alarm)?, parse_rate(tail)?);
            Some((Kind::MinDcf { miss, alarm, prior }, "min_dcf.cm{miss}_cf{alarm}@{prior}"))
        }
    }
}

/// A decimal fraction strictly between 0 and 1, written in the one shortest way.
fn parse_rate(text: &str) -> Option<f64> {
    let rate: f64 = text.parse().ok()?;
    (rate > 0.0 && rate < 1.0 && text == rate.to_string()).then_some(rate)
}

fn parse_cost(text: &str) -> Option<u32> {
    let cost: u32 = text.parse().ok()?;
    ((1..=COST_MAX).contains(&cost) && text == cost.to_string()).then_some(cost)
}

const TIES: &str = "Trials of one score are accepted or rejected together. A missing score is the worst there is: −∞ for a \
                    target, +∞ for a non-target. Undefined without a target or without a non-target.";

const fn entry(
    id: &'static str,
    title: &'static str,
    range: (f64, f64),
    formula: &'static str,
    reference: &'static str,
) -> MetricInfo {
    MetricInfo {
        id,
        title,
        direction: Direction::LowerIsBetter,
        range,
        needs_scores: true,
        needs_probabilities: false,
        formula,
        reference,
        ties_and_missing: TIES,
    }
}

const UNIT: (f64, f64) = (0.0, 1.0);
const UNBOUNDED: (f64, f64) = (0.0, f64::INFINITY);
const NIST: &str = "NIST SRE";
const BOSARIS: &str = "BOSARIS toolkit";

/// The entries of this suite.
pub static METRICS: [MetricInfo; 13] = [
    entry(
        "eer.interp",
        "Equal error rate",
        UNIT,
        "where the polyline through (FAR, FRR) at every distinct score, reject-all included, crosses FAR = FRR",
        "linear crossing of the ROC",
    ),
    entry(
        "eer.rocch",
        "Equal error rate, convex hull",
        UNIT,
        "where the lower convex hull of the points (FAR, FRR) crosses FAR = FRR",
        BOSARIS,
    ),
    entry(
        "eer.avg_argmin",
        "Equal error rate, nearest point, mean",
        UNIT,
        "(FAR + FRR) / 2 at the point with the least |FAR − FRR|, of equals the one with the lowest threshold",
        "SpeechBrain, ASVspoof",
    ),
    entry(
        "eer.max_argmin",
        "Equal error rate, nearest point, larger",
        UNIT,
        "max(FAR, FRR) at the point with the least |FAR − FRR|, of equals the one with the lowest threshold",
        "clovaai/voxceleb_trainer, on the whole ROC",
    ),
    entry(
        "min_dcf@{prior}",
        "Minimum detection cost",
        UNIT,
        "min over thresholds of (p·FRR + (1 − p)·FAR) / min(p, 1 − p)",
        NIST,
    ),
    entry(
        "min_dcf.cm{miss}_cf{alarm}@{prior}",
        "Minimum detection cost, weighted",
        UNIT,
        "min over thresholds of (Cm·p·FRR + Cf·(1 − p)·FAR) / min(Cm·p, Cf·(1 − p)); Cm and Cf are 1 to 1000",
        NIST,
    ),
    entry(
        "min_dcf.sre16",
        "Minimum detection cost, SRE16",
        UNIT,
        "mean of min_dcf@0.01 and min_dcf@0.005",
        "NIST SRE 2016",
    ),
    entry(
        "act_dcf@{prior}",
        "Actual detection cost",
        UNBOUNDED,
        "(p·FRR + (1 − p)·FAR) / min(p, 1 − p) at the threshold −ln(p / (1 − p)); scores are log-likelihood ratios in nats",
        NIST,
    ),
    MetricInfo {
        direction: Direction::HigherIsBetter,
        ..entry(
            "tar@far{far}.strict",
            "True accept rate at a false accept rate",
            UNIT,
            "largest TAR of a threshold whose FAR does not exceed the given one",
            "NIST FRVT",
        )
    },
    MetricInfo {
        direction: Direction::HigherIsBetter,
        ..entry(
            "tar@far{far}.interp",
            "True accept rate at a false accept rate, interpolated",
            UNIT,
            "TAR at the given FAR, linear between operating points; of points with one FAR the largest TAR counts",
            "linear interpolation of the ROC",
        )
    },
    entry(
        "frr@far{far}.strict",
        "False reject rate at a false accept rate",
        UNIT,
        "1 − tar@far{far}.strict",
        "NIST FRVT",
    ),
    entry(
        "cllr",
        "Cost of log-likelihood ratios",
        UNBOUNDED,
        "½·(mean over targets of log₂(1 + e⁻ˢ) + mean over non-targets of log₂(1 + eˢ)), in bits; undefined where infinite, \
         as after a missing score",
        BOSARIS,
    ),
    entry(
        "min_cllr",
        "Minimum cost of log-likelihood ratios",
        UNIT,
        "cllr after the best monotone recalibration (pool adjacent violators), in bits",
        BOSARIS,
    ),
];
