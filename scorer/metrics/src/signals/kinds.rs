use crate::registry::{Direction, MetricInfo};

/// What is computed of an estimated signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Scale-invariant signal-to-distortion ratio of the signals less their means.
    SiSdr,
    /// Signal-to-noise ratio of the signals as they are.
    Snr,
}

/// Splits an id into what it computes and the id of its entry in [`METRICS`].
pub fn parse(id: &str) -> Option<(Kind, &'static str)> {
    match id {
        "si_sdr" => Some((Kind::SiSdr, "si_sdr")),
        "snr" => Some((Kind::Snr, "snr")),
        _ => None,
    }
}

const fn entry(
    id: &'static str,
    title: &'static str,
    formula: &'static str,
    reference: &'static str,
    ties_and_missing: &'static str,
) -> MetricInfo {
    MetricInfo {
        id,
        title,
        direction: Direction::HigherIsBetter,
        range: (f64::NEG_INFINITY, f64::INFINITY),
        needs_scores: false,
        needs_probabilities: false,
        formula,
        reference,
        ties_and_missing,
    }
}

/// The entries of this suite.
pub static METRICS: [MetricInfo; 2] = [
    entry(
        "si_sdr",
        "Scale-invariant signal-to-distortion ratio",
        "mean over items of 10·log10(|t|² / |e − t|²) dB, with t = r·⟨e, r⟩/⟨r, r⟩, both signals less their means",
        "formula (Le Roux et al. 2019)",
        "A missing answer is −∞ dB. Undefined if a reference is constant, or an estimate is.",
    ),
    entry(
        "snr",
        "Signal-to-noise ratio",
        "mean over items of 10·log10(|r|² / |r − e|²) dB",
        "formula",
        "A missing answer is −∞ dB. Undefined if a silent reference is estimated as silence.",
    ),
];
