//! A task's contract in sentences.

use egret_proto::v1::{
    AnswerContract, AudioInput, ImageInput, InputContract, InputPart, Limits, answer_contract, input_part,
};

use crate::format::{count, score};
use crate::messages::{Messages, fill};

/// What a model receives: a sentence per part.
pub(crate) fn input(contract: Option<&InputContract>, messages: &Messages) -> String {
    let parts = contract.map_or(&[][..], |contract| &contract.parts);
    if parts.is_empty() {
        return messages.contract_other.to_owned();
    }
    let sentence = |part: &InputPart| match &part.kind {
        Some(input_part::Kind::Image(image)) => picture(image, messages),
        Some(input_part::Kind::Audio(audio)) => sound(audio, messages),
        Some(input_part::Kind::Video(video)) => {
            let values: [(&str, &dyn std::fmt::Display); 3] =
                [("frames", &video.frame_count), ("width", &video.width), ("height", &video.height)];
            format!("{}{}", fill(messages.input_video, &values), fitted(&video.fit, messages))
        }
        Some(input_part::Kind::Text(text)) => {
            fill(messages.input_text, &[("bytes", &count(u64::from(text.bytes_max)))])
        }
        None => messages.contract_other.to_owned(),
    };
    parts.iter().map(sentence).collect::<Vec<_>>().join(" ")
}

fn picture(image: &ImageInput, messages: &Messages) -> String {
    let colour = match image.channels {
        1 => messages.gray.to_owned(),
        3 => messages.rgb.to_owned(),
        n => fill(messages.channels, &[("n", &n)]),
    };
    let values: [(&str, &dyn std::fmt::Display); 3] =
        [("width", &image.width), ("height", &image.height), ("colour", &colour)];
    let sentence = if image.fit == "native" { messages.input_native } else { messages.input_image };
    format!("{}{}", fill(sentence, &values), fitted(&image.fit, messages))
}

fn fitted(fit: &str, messages: &Messages) -> &'static str {
    match fit {
        "stretch" => messages.fit_stretch,
        "crop" => messages.fit_crop,
        "pad" => messages.fit_pad,
        _ => "",
    }
}

fn sound(audio: &AudioInput, messages: &Messages) -> String {
    let seconds = f64::from(audio.sample_count_max) / f64::from(audio.sample_rate_hz.max(1));
    // Hundredths are enough for a reader; the exact length is the sample count beside it.
    let seconds = score((seconds * 100.0).round() / 100.0, None);
    let samples = count(u64::from(audio.sample_count_max));
    let rate = count(u64::from(audio.sample_rate_hz));
    let sentence =
        if audio.length == "bounded" { messages.input_audio_bounded } else { messages.input_audio };
    fill(sentence, &[("rate", &rate), ("samples", &samples), ("seconds", &seconds)])
}

/// What a model answers, and the class names where they are public.
pub(crate) fn answer<'a>(
    contract: Option<&'a AnswerContract>,
    messages: &Messages,
) -> (String, &'a [String]) {
    use answer_contract::Kind;
    let Some(kind) = contract.and_then(|contract| contract.kind.as_ref()) else {
        return (messages.contract_other.to_owned(), &[]);
    };
    let (sentence, n, most, names): (&str, usize, u32, &[String]) = match kind {
        Kind::Classes(answer) => {
            (messages.answer_classes, answer.class_count as usize, 0, &answer.class_names)
        }
        Kind::Multilabel(answer) => {
            (messages.answer_multilabel, answer.class_count as usize, 0, &answer.class_names)
        }
        Kind::Values(answer) => (messages.answer_values, answer.value_names.len(), 0, &answer.value_names),
        Kind::Boxes(answer) => {
            (messages.answer_boxes, answer.class_count as usize, answer.box_count_max, &answer.class_names)
        }
        Kind::Mask(answer) => (messages.answer_mask, answer.class_count as usize, 0, &answer.class_names),
        Kind::Transcript(answer) => {
            (messages.answer_transcript, answer.text_bytes_max as usize, 0, &answer.vocabulary)
        }
        Kind::Embedding(answer) if answer.search == "retrieval" => {
            (messages.answer_retrieval, answer.dimension_max as usize, answer.top_count, &[])
        }
        Kind::Embedding(answer) => (messages.answer_verification, answer.dimension_max as usize, 0, &[]),
        Kind::Segments(answer) => {
            let most = answer.segment_count_max;
            (messages.answer_segments, answer.class_count as usize, most, &answer.class_names)
        }
    };
    (fill(sentence, &[("n", &n), ("count", &most)]), names)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{EN, ZH};

    fn single(kind: input_part::Kind) -> InputContract {
        InputContract { parts: vec![InputPart { name: "part".into(), kind: Some(kind) }] }
    }

    #[test]
    fn parts_of_an_item_have_a_sentence_each() {
        let text = input_part::Kind::Text(egret_proto::v1::TextInput { bytes_max: 2048 });
        let video =
            egret_proto::v1::VideoInput { frame_count: 12, width: 72, height: 64, fit: "crop".into() };
        let mut both = single(text);
        both.parts.extend(single(input_part::Kind::Video(video)).parts);
        let said = input(Some(&both), &EN);
        assert!(said.contains("up to 2,048 bytes") && said.contains("12 frames of 72 × 64"), "{said}");
        assert_eq!(input(None, &EN), EN.contract_other);
    }

    #[test]
    fn every_kind_of_answer_is_told_in_words() {
        use answer_contract::Kind;
        let boxes =
            egret_proto::v1::BoxesAnswer { class_count: 80, box_count_max: 100, ..Default::default() };
        let search = egret_proto::v1::EmbeddingAnswer {
            dimension_max: 512,
            search: "retrieval".into(),
            top_count: 10,
            ..Default::default()
        };
        for (kind, words) in [
            (Kind::Boxes(boxes), "up to 100 objects of 80 classes"),
            (
                Kind::Embedding(search),
                "a vector of up to 512 numbers; for every query the platform finds the 10",
            ),
        ] {
            let contract = AnswerContract { kind: Some(kind), item_bytes_max: 0 };
            let (said, _) = answer(Some(&contract), &EN);
            assert!(said.contains(words), "{said}");
        }
    }

    #[test]
    fn pictures_are_told_in_words() {
        let image = ImageInput { width: 28, height: 20, channels: 1, fit: "pad".into() };
        let contract = single(input_part::Kind::Image(image));
        let text = input(Some(&contract), &EN);
        assert!(text.contains("28 × 20 pixels, grayscale"), "{text}");
        assert!(text.ends_with(EN.fit_pad), "{text}");
        assert!(input(Some(&contract), &ZH).contains("28 × 20 像素的灰度图像"));
    }

    #[test]
    fn sounds_are_told_in_words() {
        let audio = AudioInput { sample_rate_hz: 16_000, sample_count_max: 24_000, ..Default::default() };
        let contract = single(input_part::Kind::Audio(audio));
        assert!(input(Some(&contract), &EN).contains("at 16,000 Hz, 24,000 samples (1.5 s)"));
    }

    #[test]
    fn what_is_not_limited_is_not_said() {
        let some = Limits { wall_s_max: 60, memory_mib_max: 2048, ..Default::default() };
        assert_eq!(limits(Some(some), &EN), ["60 s of time", "2,048 MiB of memory"]);
    }
}
