//! A task's contract in sentences.

use egret_proto::v1::{
    AnswerContract, AudioInput, ImageInput, InputContract, Limits, MetricRef, answer_contract,
    input_contract, metric_ref::Direction,
};

use crate::format::{count, score};
use crate::messages::{Messages, fill};

/// What a model receives.
pub(crate) fn input(contract: Option<&InputContract>, messages: &Messages) -> String {
    match contract.and_then(|contract| contract.kind.as_ref()) {
        Some(input_contract::Kind::Image(image)) => picture(image, messages),
        Some(input_contract::Kind::Audio(audio)) => sound(*audio, messages),
        None => messages.contract_other.to_owned(),
    }
}

fn picture(image: &ImageInput, messages: &Messages) -> String {
    let colour = match image.channels {
        1 => messages.gray.to_owned(),
        3 => messages.rgb.to_owned(),
        n => fill(messages.channels, &[("n", &n)]),
    };
    let values: [(&str, &dyn std::fmt::Display); 3] =
        [("width", &image.width), ("height", &image.height), ("colour", &colour)];
    let shape = fill(messages.input_image, &values);
    match image.fit.as_str() {
        "stretch" => format!("{shape}{}", messages.fit_stretch),
        "crop" => format!("{shape}{}", messages.fit_crop),
        "pad" => format!("{shape}{}", messages.fit_pad),
        _ => shape,
    }
}

fn sound(audio: AudioInput, messages: &Messages) -> String {
    let seconds = f64::from(audio.sample_count_max) / f64::from(audio.sample_rate_hz.max(1));
    // Hundredths are enough for a reader; the exact length is the sample count beside it.
    let seconds = score((seconds * 100.0).round() / 100.0, None);
    let samples = count(u64::from(audio.sample_count_max));
    let rate = count(u64::from(audio.sample_rate_hz));
    fill(messages.input_audio, &[("rate", &rate), ("samples", &samples), ("seconds", &seconds)])
}

/// What a model answers, and the class names where they are public.
pub(crate) fn answer<'a>(
    contract: Option<&'a AnswerContract>,
    messages: &Messages,
) -> (String, &'a [String]) {
    match contract.and_then(|contract| contract.kind.as_ref()) {
        Some(answer_contract::Kind::Classes(classes)) => {
            (fill(messages.answer_classes, &[("n", &classes.class_count)]), &classes.class_names)
        }
        None => (messages.contract_other.to_owned(), &[]),
    }
}

/// The limits, one phrase each; what is not limited is not said.
pub(crate) fn limits(limits: Option<Limits>, messages: &Messages) -> Vec<String> {
    let limits = limits.unwrap_or_default();
    [
        (limits.wall_s_max, messages.limit_wall),
        (limits.cpu_s_max, messages.limit_cpu),
        (limits.memory_mib_max, messages.limit_memory),
        (limits.thread_count, messages.limit_threads),
        (limits.model_mib_max, messages.limit_model),
    ]
    .into_iter()
    .filter(|(max, _)| *max > 0)
    .map(|(max, text)| fill(text, &[("n", &count(u64::from(max)))]))
    .collect()
}

/// A metric as the pages name it.
#[derive(Clone, Debug)]
pub(crate) struct MetricWords {
    /// Its id in the registry.
    pub id: String,
    /// Its name in the visitor's language.
    pub title: String,
    /// Which way is better, in words; empty where the server does not say.
    pub direction: &'static str,
}

/// A metric in words. Ids that we do not know keep the registry's English title.
pub(crate) fn metric(metric: &MetricRef, messages: &Messages) -> MetricWords {
    let direction = match metric.direction() {
        Direction::HigherIsBetter => messages.higher,
        Direction::LowerIsBetter => messages.lower,
        Direction::Unspecified => "",
    };
    let title = match metric.id.as_str() {
        "accuracy" => messages.metric_accuracy.to_owned(),
        "balanced_accuracy" => messages.metric_balanced_accuracy.to_owned(),
        "f1.macro" => messages.metric_f1_macro.to_owned(),
        "log_loss" => messages.metric_log_loss.to_owned(),
        id => match id.strip_prefix("top").and_then(|rest| rest.split('.').next()?.parse::<u32>().ok()) {
            Some(k) => fill(messages.metric_top, &[("k", &k)]),
            None if metric.title.is_empty() => metric.id.clone(),
            None => metric.title.clone(),
        },
    };
    MetricWords { id: metric.id.clone(), title, direction }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{EN, ZH};

    fn named(id: &str, title: &str) -> String {
        metric(&MetricRef { id: id.into(), direction: 1, title: title.into() }, &EN).title
    }

    #[test]
    fn pictures_are_told_in_words() {
        let image = ImageInput { width: 28, height: 20, channels: 1, fit: "pad".into() };
        let contract = InputContract { kind: Some(input_contract::Kind::Image(image)) };
        let text = input(Some(&contract), &EN);
        assert!(text.contains("28 × 20 pixels, grayscale"), "{text}");
        assert!(text.ends_with(EN.fit_pad), "{text}");
        assert!(input(Some(&contract), &ZH).contains("28 × 20 像素的灰度图像"));
    }

    #[test]
    fn sounds_are_told_in_words() {
        let audio = AudioInput { sample_rate_hz: 16_000, sample_count_max: 24_000 };
        let contract = InputContract { kind: Some(input_contract::Kind::Audio(audio)) };
        assert!(input(Some(&contract), &EN).contains("at 16,000 Hz, 24,000 samples (1.5 s)"));
    }

    #[test]
    fn what_is_not_limited_is_not_said() {
        let some = Limits { wall_s_max: 60, memory_mib_max: 2048, ..Default::default() };
        assert_eq!(limits(Some(some), &EN), ["60 s of time", "2,048 MiB of memory"]);
    }

    #[test]
    fn metrics_are_named_in_the_language_or_by_the_registry() {
        assert_eq!(named("accuracy", "x"), "Accuracy");
        assert_eq!(named("top5.lowest_index", "x"), "Top-5 accuracy");
        assert_eq!(named("topology", "Topology"), "Topology");
        assert_eq!(named("mystery", ""), "mystery");
    }
}
