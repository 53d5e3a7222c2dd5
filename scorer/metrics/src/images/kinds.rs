use super::Window;
use crate::registry::{Direction, MetricInfo};

/// What is computed of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Mean over images of the mean squared error.
    Mse,
    /// Mean over images of the peak signal-to-noise ratio, infinite if one image is perfect.
    Psnr,
    /// The same with at most 100 dB per image.
    PsnrCapped,
    /// Mean structural similarity.
    Ssim(Window),
}

/// Splits an id into what it computes and the id of its entry in [`METRICS`].
pub fn parse(id: &str) -> Option<(Kind, &'static str)> {
    match id {
        "mse" => Some((Kind::Mse, "mse")),
        "psnr.mean" => Some((Kind::Psnr, "psnr.mean")),
        "psnr.mean_cap100" => Some((Kind::PsnrCapped, "psnr.mean_cap100")),
        "ssim.gaussian" => Some((Kind::Ssim(Window::Gaussian), "ssim.gaussian")),
        "ssim.uniform7" => Some((Kind::Ssim(Window::Uniform7), "ssim.uniform7")),
        _ => None,
    }
}

const fn entry(
    id: &'static str,
    title: &'static str,
    range: (f64, f64),
    formula: &'static str,
    ties_and_missing: &'static str,
) -> MetricInfo {
    MetricInfo {
        id,
        title,
        direction: Direction::HigherIsBetter,
        range,
        needs_scores: false,
        needs_probabilities: false,
        formula,
        reference: "scikit-image",
        ties_and_missing,
    }
}

/// The entries of this suite.
pub static METRICS: [MetricInfo; 5] = [
    MetricInfo {
        direction: Direction::LowerIsBetter,
        ..entry(
            "mse",
            "Mean squared error",
            (0.0, 65_025.0),
            "mean over images of the mean over pixels and channels of (image − reference)²",
            "A missing answer is 255².",
        )
    },
    entry(
        "psnr.mean",
        "Peak signal-to-noise ratio",
        (0.0, f64::INFINITY),
        "mean over images of 10·log10(255² / mse) dB",
        "A perfect image is ∞ dB, and then so is the mean. A missing answer is 0 dB.",
    ),
    entry(
        "psnr.mean_cap100",
        "Peak signal-to-noise ratio, at most 100 dB",
        (0.0, 100.0),
        "mean over images of min(100, 10·log10(255² / mse)) dB",
        "A missing answer is 0 dB.",
    ),
    entry(
        "ssim.gaussian",
        "Structural similarity, Gaussian window",
        (-1.0, 1.0),
        "mean over images, channels and places of the similarity in an 11×11 window of σ 1.5; population covariance",
        "A missing answer is −1.",
    ),
    entry(
        "ssim.uniform7",
        "Structural similarity, uniform window",
        (-1.0, 1.0),
        "mean over images, channels and places of the similarity in a 7×7 window; sample covariance",
        "A missing answer is −1.",
    ),
];
