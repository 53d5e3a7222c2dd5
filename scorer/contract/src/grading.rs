use serde::{Deserialize, Serialize};

use crate::{OutOfRange, Ranges};

/// What a task makes of the values of its metrics: one number that ranks, and certificates.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Grading {
    /// Without it the first metric ranks.
    #[serde(default)]
    pub composite: Option<Composite>,
    /// In the order in which they are shown; a standing earns the hardest one that it meets.
    #[serde(default)]
    pub certificates: Vec<Certificate>,
}

/// Several metrics as one number, 0 to 1, higher is better.
///
/// A metric's quality is `(value − worst) / (best − worst)`, cut to 0..1. The qualities are averaged by weight, plainly or
/// harmonically. With a speed, the result is multiplied by `min(1, reference_item_ms / item_ms)^exponent`, where `item_ms` is the wall time
/// that the check took on the public sample, the model's start included, over its items: nothing hidden is timed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Composite {
    /// For people.
    pub title: String,
    /// How qualities are averaged.
    pub rule: CompositeRule,
    /// 1 to 32 different metrics of the task.
    pub parts: Vec<CompositePart>,
    /// Whether speed counts.
    pub speed: Option<Speed>,
}

/// How qualities are averaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CompositeRule {
    /// `Σ w·q / Σ w`.
    Weighted,
    /// `Σ w / Σ (w / q)`; 0 where a quality is 0.
    Harmonic,
}

impl CompositeRule {
    /// Every rule with its word.
    pub const ALL: [(&str, Self); 2] = [("weighted", Self::Weighted), ("harmonic", Self::Harmonic)];

    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Weighted => "weighted",
            Self::Harmonic => "harmonic",
        }
    }
}

/// A metric's share of a composite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompositePart {
    /// A metric of the task.
    pub metric: String,
    /// Above 0, at most [`Grading::WEIGHT_MAX`].
    pub weight: f64,
    /// The value that is worth nothing.
    pub worst: f64,
    /// The value that is worth everything; another than `worst`.
    pub best: f64,
}

/// How speed counts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Speed {
    /// Milliseconds per item that are fast enough; above 0, at most [`Grading::ITEM_MS_MAX`].
    pub reference_item_ms: f64,
    /// Above 0, at most [`Grading::EXPONENT_MAX`]: 1 halves the score of a model that is half as fast.
    pub exponent: f64,
}

/// A threshold that earns a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    /// `A`.
    pub name: String,
    /// The released value of what ranks that is enough.
    pub threshold: f64,
}

impl Grading {
    /// What a composite is called where metrics have ids.
    pub const COMPOSITE_ID: &str = "composite";
    /// Metrics of one composite.
    pub const PART_COUNT_MAX: usize = 32;
    /// Weight of one metric.
    pub const WEIGHT_MAX: f64 = 1000.0;
    /// Milliseconds per item: an hour.
    pub const ITEM_MS_MAX: f64 = 3_600_000.0;
    /// Exponent of the speed.
    pub const EXPONENT_MAX: f64 = 4.0;
    /// Certificates of one task.
    pub const CERTIFICATE_COUNT_MAX: usize = 10;
    /// Bytes of a certificate's name.
    pub const NAME_BYTES_MAX: usize = 40;
    /// Bytes of a composite's title.
    pub const TITLE_BYTES_MAX: usize = 200;

    /// Everything that is out of range. `metrics` are the ids of the task's.
    #[must_use]
    pub fn problems(&self, metrics: &[&str]) -> Vec<OutOfRange> {
        let mut ranges = Ranges::default();
        if let Some(composite) = &self.composite {
            composite.check(metrics, &mut ranges);
        }
        let count = self.certificates.len();
        let (most, bytes) = (Self::CERTIFICATE_COUNT_MAX, Self::NAME_BYTES_MAX);
        ranges.expect(count <= most, "certificates", format!("must be at most {most}"));
        for (index, certificate) in self.certificates.iter().enumerate() {
            let Certificate { name, threshold } = certificate;
            let field = |of: &str| format!("certificates[{index}].{of}");
            let named = !name.trim().is_empty() && name.len() <= bytes;
            ranges.expect(named, field("name"), format!("must be 1 to {bytes} bytes"));
            let others = &self.certificates[..index];
            let same =
                |other: &Certificate| other.name == *name || other.threshold.total_cmp(threshold).is_eq();
            let taken = others.iter().any(same);
            ranges.expect(!taken, field("name"), "must differ from the others, and so must its threshold");
            ranges.expect(threshold.is_finite(), field("threshold"), "must be a number");
        }
        ranges.0
    }

    /// The hardest certificate that a released value earns.
    #[must_use]
    pub fn certificate(&self, higher_is_better: bool, value: Option<f64>) -> Option<&str> {
        let sign = if higher_is_better { 1.0 } else { -1.0 };
        let value = value?;
        let met = self.certificates.iter().filter(|one| sign * value >= sign * one.threshold);
        let hardest = met.max_by(|a, b| (sign * a.threshold).total_cmp(&(sign * b.threshold)));
        hardest.map(|certificate| certificate.name.as_str())
    }
}

impl Composite {
    fn check(&self, metrics: &[&str], ranges: &mut Ranges) {
        let bytes = Grading::TITLE_BYTES_MAX;
        let titled = !self.title.trim().is_empty() && self.title.len() <= bytes;
        ranges.expect(titled, "composite.title", format!("must be 1 to {bytes} bytes"));
        let most = Grading::PART_COUNT_MAX;
        let counted = (1..=most).contains(&self.parts.len());
        ranges.expect(counted, "composite.parts", format!("must be 1 to {most}"));
        for (index, part) in self.parts.iter().enumerate() {
            let field = |of: &str| format!("composite.parts[{index}].{of}");
            let known = metrics.contains(&part.metric.as_str());
            let rule = format!("must be one of the task's metrics: {}", metrics.join(", "));
            ranges.expect(known, field("metric"), rule);
            let taken = self.parts[..index].iter().any(|other| other.metric == part.metric);
            ranges.expect(!taken, field("metric"), "is named twice");
            let most = Grading::WEIGHT_MAX;
            let weighty = part.weight > 0.0 && part.weight <= most;
            ranges.expect(weighty, field("weight"), format!("must be above 0 and at most {most}"));
            let span = part.best - part.worst;
            let apart = span.is_finite() && span != 0.0;
            ranges.expect(apart, field("best"), "must be a number, and another than `worst`");
        }
        if let Some(Speed { reference_item_ms, exponent }) = self.speed {
            let within = |value: f64, most: f64| value > 0.0 && value <= most;
            for (field, value, most) in [
                ("composite.speed.reference_item_ms", reference_item_ms, Grading::ITEM_MS_MAX),
                ("composite.speed.exponent", exponent, Grading::EXPONENT_MAX),
            ] {
                ranges.expect(within(value, most), field, format!("must be above 0 and at most {most}"));
            }
        }
    }

    /// The number of a submission. `None`: a part is undefined, or the speed counts and is not known.
    ///
    /// - `value_of`: a metric's value, by its id.
    /// - `item_ms`: milliseconds per item of the public sample.
    #[must_use]
    pub fn value(&self, value_of: impl Fn(&str) -> Option<f64>, item_ms: Option<f64>) -> Option<f64> {
        let quality = |part: &CompositePart| {
            let value = value_of(&part.metric).filter(|value| value.is_finite())?;
            Some(((value - part.worst) / (part.best - part.worst)).clamp(0.0, 1.0))
        };
        let qualities = self.parts.iter().map(|part| Some((part.weight, quality(part)?)));
        let qualities: Vec<(f64, f64)> = qualities.collect::<Option<_>>()?;
        let weights: f64 = qualities.iter().map(|(weight, _)| weight).sum();
        let mean = match self.rule {
            CompositeRule::Weighted => {
                qualities.iter().map(|(weight, quality)| weight * quality).sum::<f64>() / weights
            }
            // A quality of 0 makes the sum infinite, and the mean 0.
            CompositeRule::Harmonic => {
                weights / qualities.iter().map(|(weight, quality)| weight / quality).sum::<f64>()
            }
        };
        let speed = match self.speed {
            None => 1.0,
            Some(Speed { reference_item_ms, exponent }) => {
                (reference_item_ms / item_ms?.max(f64::MIN_POSITIVE)).min(1.0).powf(exponent)
            }
        };
        Some(mean * speed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(metric: &str, weight: f64, worst: f64, best: f64) -> CompositePart {
        CompositePart { metric: metric.into(), weight, worst, best }
    }

    fn composite(rule: CompositeRule, speed: Option<Speed>) -> Composite {
        let parts = vec![part("accuracy", 3.0, 0.0, 1.0), part("wer", 1.0, 0.5, 0.0)];
        Composite { title: "Score".into(), rule, parts, speed }
    }

    #[test]
    fn qualities_are_averaged_by_hand() {
        // Accuracy 0.8 is a quality of 0.8; WER 0.1, of which 0.5 is worth nothing, one of 0.8 too; 0.4 one of 0.2.
        let of = |wer: f64| move |id: &str| Some(if id == "wer" { wer } else { 0.8 });
        let close =
            |got: Option<f64>, want: f64| assert!((got.unwrap() - want).abs() < 1e-12, "{got:?} {want}");
        let (weighted, harmonic) = (CompositeRule::Weighted, CompositeRule::Harmonic);
        close(composite(weighted, None).value(of(0.1), None), 0.8);
        close(composite(weighted, None).value(of(0.4), None), (3.0 * 0.8 + 0.2) / 4.0);
        close(composite(harmonic, None).value(of(0.4), None), 4.0 / (3.0 / 0.8 + 1.0 / 0.2));
        // Beyond the worst is worth nothing, and nothing of a part is nothing of a harmonic mean.
        close(composite(weighted, None).value(of(2.0), None), 0.6);
        close(composite(harmonic, None).value(of(2.0), None), 0.0);
        assert_eq!(composite(weighted, None).value(|_| None, None), None);
        assert_eq!(composite(weighted, None).value(|_| Some(f64::NAN), None), None);

        let speed = Some(Speed { reference_item_ms: 4.0, exponent: 0.5 });
        close(composite(weighted, speed).value(of(0.1), Some(16.0)), 0.4);
        close(composite(weighted, speed).value(of(0.1), Some(1.0)), 0.8);
        close(composite(weighted, speed).value(of(0.1), Some(0.0)), 0.8);
        assert_eq!(composite(weighted, speed).value(of(0.1), None), None);
    }

    #[test]
    fn a_standing_earns_the_hardest_certificate_that_it_meets() {
        let certificate = |name: &str, threshold| Certificate { name: name.into(), threshold };
        let up =
            Grading { composite: None, certificates: vec![certificate("A", 0.9), certificate("B", 0.8)] };
        assert_eq!(up.certificate(true, Some(0.95)), Some("A"));
        assert_eq!(up.certificate(true, Some(0.9)), Some("A"));
        assert_eq!(up.certificate(true, Some(0.899)), Some("B"));
        assert_eq!((up.certificate(true, Some(0.7)), up.certificate(true, None)), (None, None));
        let down =
            Grading { composite: None, certificates: vec![certificate("A", 0.1), certificate("B", 0.2)] };
        assert_eq!(down.certificate(false, Some(0.1)), Some("A"));
        assert_eq!(down.certificate(false, Some(0.15)), Some("B"));
        assert_eq!(down.certificate(false, Some(0.25)), None);
    }

    #[test]
    fn every_figure_is_bounded_on_both_sides() {
        type Figure = fn(&mut Composite) -> &mut f64;

        let good = || Grading {
            composite: Some(composite(
                CompositeRule::Weighted,
                Some(Speed { reference_item_ms: 1.0, exponent: 1.0 }),
            )),
            certificates: vec![Certificate { name: "A".into(), threshold: 0.9 }],
        };
        let wrong = |change: &dyn Fn(&mut Grading, &mut Composite)| -> Vec<String> {
            let (mut grading, mut composite) = (good(), good().composite.unwrap());
            change(&mut grading, &mut composite);
            grading.composite = Some(composite);
            let problems = grading.problems(&["accuracy", "wer"]);
            problems.into_iter().map(|problem| problem.field).collect()
        };
        let figures: [(&str, Figure, f64); 3] = [
            ("composite.parts[0].weight", |c| &mut c.parts[0].weight, Grading::WEIGHT_MAX),
            (
                "composite.speed.reference_item_ms",
                |c| &mut c.speed.as_mut().unwrap().reference_item_ms,
                Grading::ITEM_MS_MAX,
            ),
            ("composite.speed.exponent", |c| &mut c.speed.as_mut().unwrap().exponent, Grading::EXPONENT_MAX),
        ];
        for (field, figure, most) in figures {
            for value in [f64::MIN_POSITIVE, most] {
                assert!(wrong(&|_, composite| *figure(composite) = value).is_empty(), "{field} {value}");
            }
            for value in [0.0, -1.0, most * 1.001, f64::NAN] {
                assert_eq!(wrong(&|_, composite| *figure(composite) = value), [field], "{value}");
            }
        }
        let first = |composite: &mut Composite| composite.parts[0].clone();
        assert_eq!(wrong(&|_, c| c.parts.clear()), ["composite.parts"]);
        let many = wrong(&|_, c| c.parts = vec![first(c); Grading::PART_COUNT_MAX + 1]);
        assert!(many.contains(&"composite.parts".to_owned()));
        assert_eq!(wrong(&|_, c| c.parts[0].metric = "beauty".into()), ["composite.parts[0].metric"]);
        assert_eq!(wrong(&|_, c| c.parts[1] = first(c)), ["composite.parts[1].metric"]);
        assert_eq!(wrong(&|_, c| c.parts[0].best = 0.0), ["composite.parts[0].best"]);
        assert_eq!(wrong(&|_, c| c.parts[0].worst = f64::INFINITY), ["composite.parts[0].best"]);
        for (bytes, is_wrong) in [(0, true), (1, false), (Grading::TITLE_BYTES_MAX, false), (201, true)] {
            assert_eq!(!wrong(&|_, c| c.title = "x".repeat(bytes)).is_empty(), is_wrong, "{bytes}");
        }
        let certificates = |count: usize| {
            let one = |i: usize| Certificate { name: i.to_string(), threshold: i as f64 };
            wrong(&move |grading, _| grading.certificates = (0..count).map(one).collect())
        };
        assert!(certificates(0).is_empty() && certificates(Grading::CERTIFICATE_COUNT_MAX).is_empty());
        assert_eq!(certificates(Grading::CERTIFICATE_COUNT_MAX + 1), ["certificates"]);
        let named = |name: String| wrong(&move |grading, _| grading.certificates[0].name.clone_from(&name));
        assert!(named("x".repeat(Grading::NAME_BYTES_MAX)).is_empty());
        for name in [String::new(), "x".repeat(Grading::NAME_BYTES_MAX + 1)] {
            assert_eq!(named(name), ["certificates[0].name"]);
        }
        assert_eq!(wrong(&|g, _| g.certificates[0].threshold = f64::NAN), ["certificates[0].threshold"]);
        let twice = wrong(&|grading, _| {
            let again = Certificate { name: "B".into(), ..grading.certificates[0].clone() };
            grading.certificates.push(again);
        });
        assert_eq!(twice, ["certificates[1].name"]);
    }
}
