//! Contracts and adapters on the wire and as everybody computes with them: the one place where both meet.
//!
//! Towards the wire nothing can fail. From the wire a kind or a word that this version does not know is `None`, or an
//! [`Unknown`] that names the field; ranges are the contract's own to judge.

use egret_contract::{
    Adapter, AnswerContract, AudioInput, BoxesAnswer, Certificate, ClassNames, ClassesAnswer, Composite,
    CompositePart, CompositeRule, EmbeddingAnswer, Fit, Grading, ImageInput, InputContract, Length, Limits,
    LogMel, Longer, MaskAnswer, Part, PartKind, Resize, Search, SegmentsAnswer, Similarity, Speed,
    TextEncoding, TextInput, TranscriptAnswer, ValuesAnswer, VideoInput,
};

use crate::v1::{self, answer_contract, input_part};

/// A word that is none of the words of its field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// `input.image.fit`, without the name of the message it stands in.
    pub field: String,
    /// What it may be.
    pub rule: &'static str,
}

fn unknown<T>(field: impl Into<String>, rule: &'static str) -> Result<T, Unknown> {
    Err(Unknown { field: field.into(), rule })
}

impl From<&InputContract> for v1::InputContract {
    fn from(contract: &InputContract) -> Self {
        Self { parts: contract.parts.iter().map(part_to_wire).collect() }
    }
}

fn part_to_wire(part: &Part) -> v1::InputPart {
    let kind = match part.kind {
        PartKind::Image(ImageInput { width, height, channels, fit }) => {
            input_part::Kind::Image(v1::ImageInput { width, height, channels, fit: fit.as_str().to_owned() })
        }
        PartKind::Audio(AudioInput { sample_rate_hz, sample_count_max, length, longer }) => {
            let (length, longer) = (length.as_str().to_owned(), longer.as_str().to_owned());
            input_part::Kind::Audio(v1::AudioInput { sample_rate_hz, sample_count_max, length, longer })
        }
        PartKind::Video(VideoInput { frame_count, width, height, fit }) => {
            let fit = fit.as_str().to_owned();
            input_part::Kind::Video(v1::VideoInput { frame_count, width, height, fit })
        }
        PartKind::Text(TextInput { bytes_max }) => input_part::Kind::Text(v1::TextInput { bytes_max }),
    };
    v1::InputPart { name: part.name.clone(), kind: Some(kind) }
}

impl TryFrom<&v1::InputContract> for InputContract {
    type Error = Unknown;

    fn try_from(wire: &v1::InputContract) -> Result<Self, Unknown> {
        let parts = wire.parts.iter().map(part).collect::<Result<_, _>>()?;
        Ok(Self { parts })
    }
}

fn part(wire: &v1::InputPart) -> Result<Part, Unknown> {
    const FIT: &str = "must be stretch, crop, pad or native";
    let field = |name: &str| format!("input.{}.{name}", wire.name);
    let fit = |text: &str| Fit::parse(text).ok_or(Unknown { field: field("fit"), rule: FIT });
    let kind = match &wire.kind {
        Some(input_part::Kind::Image(image)) => {
            let (width, height, channels) = (image.width, image.height, image.channels);
            PartKind::Image(ImageInput { width, height, channels, fit: fit(&image.fit)? })
        }
        Some(input_part::Kind::Audio(audio)) => {
            let (sample_rate_hz, sample_count_max) = (audio.sample_rate_hz, audio.sample_count_max);
            let length = Length::parse(&audio.length);
            let longer = Longer::parse(&audio.longer);
            let (Some(length), Some(longer)) = (length, longer) else {
                return unknown(field("length"), "must be fixed or bounded, and longer refuse or cut");
            };
            PartKind::Audio(AudioInput { sample_rate_hz, sample_count_max, length, longer })
        }
        Some(input_part::Kind::Video(video)) => {
            let (frame_count, width, height) = (video.frame_count, video.width, video.height);
            PartKind::Video(VideoInput { frame_count, width, height, fit: fit(&video.fit)? })
        }
        Some(input_part::Kind::Text(text)) => PartKind::Text(TextInput { bytes_max: text.bytes_max }),
        None => {
            return unknown(format!("input.{}", wire.name), "must be an image, audio, video or text");
        }
    };
    Ok(Part { name: wire.name.clone(), kind })
}

/// The answer to items of `input`, on the wire.
#[must_use]
pub fn answer_to_wire(answer: &AnswerContract, input: &InputContract) -> v1::AnswerContract {
    use answer_contract::Kind;
    let split = |classes: &ClassNames| (classes.class_count, classes.class_names.clone());
    let kind = match answer {
        AnswerContract::Classes(ClassesAnswer { classes, reject }) => {
            let (class_count, class_names) = split(classes);
            Kind::Classes(v1::ClassesAnswer { class_count, class_names, reject: *reject })
        }
        AnswerContract::Multilabel(classes) => {
            let (class_count, class_names) = split(classes);
            Kind::Multilabel(v1::MultilabelAnswer { class_count, class_names })
        }
        AnswerContract::Values(ValuesAnswer { value_names }) => {
            Kind::Values(v1::ValuesAnswer { value_names: value_names.clone() })
        }
        AnswerContract::Boxes(BoxesAnswer { classes, box_count_max }) => {
            let (class_count, class_names) = split(classes);
            Kind::Boxes(v1::BoxesAnswer { class_count, class_names, box_count_max: *box_count_max })
        }
        AnswerContract::Mask(MaskAnswer { classes }) => {
            let (class_count, class_names) = split(classes);
            Kind::Mask(v1::MaskAnswer { class_count, class_names })
        }
        AnswerContract::Transcript(TranscriptAnswer { vocabulary, blank, separator, text_bytes_max }) => {
            Kind::Transcript(v1::TranscriptAnswer {
                vocabulary: vocabulary.clone(),
                blank: *blank,
                separator: separator.clone(),
                text_bytes_max: *text_bytes_max,
            })
        }
        AnswerContract::Embedding(EmbeddingAnswer { dimension_max, similarity, search }) => {
            let (word, top_count) = match search {
                Search::Verification => ("verification", 0),
                Search::Retrieval { top_count } => ("retrieval", *top_count),
            };
            Kind::Embedding(v1::EmbeddingAnswer {
                dimension_max: *dimension_max,
                similarity: similarity.as_str().to_owned(),
                search: word.to_owned(),
                top_count,
            })
        }
        AnswerContract::Segments(SegmentsAnswer { classes, segment_count_max }) => {
            let (class_count, class_names) = split(classes);
            Kind::Segments(v1::SegmentsAnswer {
                class_count,
                class_names,
                segment_count_max: *segment_count_max,
            })
        }
    };
    v1::AnswerContract { kind: Some(kind), item_bytes_max: answer.item_bytes_max(input) }
}

impl TryFrom<&v1::AnswerContract> for AnswerContract {
    type Error = Unknown;

    fn try_from(wire: &v1::AnswerContract) -> Result<Self, Unknown> {
        use answer_contract::Kind;
        let classes = |class_count: u32, class_names: &[String]| ClassNames {
            class_count,
            class_names: class_names.to_vec(),
        };
        Ok(match &wire.kind {
            Some(Kind::Classes(answer)) => Self::Classes(ClassesAnswer {
                classes: classes(answer.class_count, &answer.class_names),
                reject: answer.reject,
            }),
            Some(Kind::Multilabel(answer)) => {
                Self::Multilabel(classes(answer.class_count, &answer.class_names))
            }
            Some(Kind::Values(answer)) => {
                Self::Values(ValuesAnswer { value_names: answer.value_names.clone() })
            }
            Some(Kind::Boxes(answer)) => Self::Boxes(BoxesAnswer {
                classes: classes(answer.class_count, &answer.class_names),
                box_count_max: answer.box_count_max,
            }),
            Some(Kind::Mask(answer)) => {
                Self::Mask(MaskAnswer { classes: classes(answer.class_count, &answer.class_names) })
            }
            Some(Kind::Transcript(answer)) => Self::Transcript(TranscriptAnswer {
                vocabulary: answer.vocabulary.clone(),
                blank: answer.blank,
                separator: answer.separator.clone(),
                text_bytes_max: answer.text_bytes_max,
            }),
            Some(Kind::Embedding(answer)) => {
                let Some(similarity) = Similarity::parse(&answer.similarity) else {
                    return unknown("answer.embedding.similarity", "must be cosine or dot");
                };
                let search = match answer.search.as_str() {
                    "verification" => Search::Verification,
                    "retrieval" => Search::Retrieval { top_count: answer.top_count },
                    _ => return unknown("answer.embedding.search", "must be verification or retrieval"),
                };
                Self::Embedding(EmbeddingAnswer { dimension_max: answer.dimension_max, similarity, search })
            }
            Some(Kind::Segments(answer)) => Self::Segments(SegmentsAnswer {
                classes: classes(answer.class_count, &answer.class_names),
                segment_count_max: answer.segment_count_max,
            }),
            None => return unknown("answer", "must be a kind of answer that this version knows"),
        })
    }
}

impl From<&Limits> for v1::Limits {
    fn from(limits: &Limits) -> Self {
        let Limits { wall_s_max, cpu_s_max, memory_mib_max, thread_count, model_mib_max } = *limits;
        Self { wall_s_max, cpu_s_max, memory_mib_max, thread_count, model_mib_max }
    }
}

impl From<&v1::Limits> for Limits {
    fn from(limits: &v1::Limits) -> Self {
        let v1::Limits { wall_s_max, cpu_s_max, memory_mib_max, thread_count, model_mib_max } = *limits;
        Self { wall_s_max, cpu_s_max, memory_mib_max, thread_count, model_mib_max }
    }
}

impl From<&Grading> for v1::Grading {
    fn from(grading: &Grading) -> Self {
        let part = |part: &CompositePart| {
            let CompositePart { metric, weight, worst, best } = part.clone();
            v1::CompositePart { metric, weight, worst, best }
        };
        let composite = |composite: &Composite| v1::Composite {
            title: composite.title.clone(),
            rule: composite.rule.as_str().to_owned(),
            parts: composite.parts.iter().map(part).collect(),
            speed: composite
                .speed
                .map(|Speed { reference_item_ms, exponent }| v1::Speed { reference_item_ms, exponent }),
        };
        let certificate = |certificate: &Certificate| v1::Certificate {
            name: certificate.name.clone(),
            threshold: certificate.threshold,
        };
        Self {
            composite: grading.composite.as_ref().map(composite),
            certificates: grading.certificates.iter().map(certificate).collect(),
        }
    }
}

impl TryFrom<&v1::Grading> for Grading {
    type Error = Unknown;

    fn try_from(grading: &v1::Grading) -> Result<Self, Unknown> {
        let composite = |composite: &v1::Composite| {
            let known = CompositeRule::ALL.iter().find(|(word, _)| *word == composite.rule);
            let Some((_, rule)) = known else {
                return unknown("grading.composite.rule", "must be `weighted` or `harmonic`");
            };
            let part = |part: &v1::CompositePart| {
                let v1::CompositePart { metric, weight, worst, best } = part.clone();
                CompositePart { metric, weight, worst, best }
            };
            Ok(Composite {
                title: composite.title.clone(),
                rule: *rule,
                parts: composite.parts.iter().map(part).collect(),
                speed: composite
                    .speed
                    .map(|v1::Speed { reference_item_ms, exponent }| Speed { reference_item_ms, exponent }),
            })
        };
        let certificate = |certificate: &v1::Certificate| Certificate {
            name: certificate.name.clone(),
            threshold: certificate.threshold,
        };
        Ok(Self {
            composite: grading.composite.as_ref().map(composite).transpose()?,
            certificates: grading.certificates.iter().map(certificate).collect(),
        })
    }
}

impl From<&Adapter> for v1::Adapter {
    fn from(adapter: &Adapter) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let word = |word: Option<&'static str>| word.unwrap_or_default().to_owned();
        Self {
            layout: text(&adapter.layout),
            dtype: text(&adapter.dtype),
            scale: adapter.scale,
            mean: adapter.mean.clone(),
            std: adapter.std.clone(),
            channel_order: text(&adapter.channel_order),
            output: text(&adapter.output),
            activation: text(&adapter.activation),
            tensor: text(&adapter.tensor),
            resize: word(adapter.resize.map(Resize::as_str)),
            text: word(adapter.text.map(TextEncoding::as_str)),
            text_length: adapter.text_length.unwrap_or_default(),
            log_mel: adapter.log_mel.as_ref().map(|mel| v1::LogMel {
                fft_size: mel.fft_size,
                hop: mel.hop,
                mel_count: mel.mel_count,
                f_min: mel.f_min,
                f_max: mel.f_max,
                floor: Some(mel.floor),
                decibels: mel.decibels,
            }),
            parts: adapter.parts.iter().map(|(name, part)| (name.clone(), part.into())).collect(),
            boxes: text(&adapter.boxes),
            score_min: adapter.score_min,
            iou_max: adapter.iou_max,
            vocabulary: adapter.vocabulary.clone(),
            blank: adapter.blank,
            separator: adapter.separator.clone(),
            batch: adapter.batch.unwrap_or_default(),
        }
    }
}

impl TryFrom<&v1::Adapter> for Adapter {
    type Error = Unknown;

    /// An empty text and a zero are as good as none.
    fn try_from(wire: &v1::Adapter) -> Result<Self, Unknown> {
        let given = |text: &String| (!text.is_empty()).then(|| text.clone());
        let counted = |count: u32| (count > 0).then_some(count);
        let resize = given(&wire.resize).map(|word| {
            Resize::parse(&word)
                .map_or_else(|| unknown("adapter.resize", "must be bilinear, area or nearest"), Ok)
        });
        let text = given(&wire.text).map(|word| {
            let rule = "must be string, tokenizer, codepoints or bytes";
            TextEncoding::parse(&word).map_or_else(|| unknown("adapter.text", rule), Ok)
        });
        let parts = wire.parts.iter().map(|(name, part)| {
            if part.parts.is_empty() {
                Ok((name.clone(), Self::try_from(part)?))
            } else {
                unknown(format!("adapter.parts.{name}"), "must have no parts of its own")
            }
        });
        Ok(Self {
            tensor: given(&wire.tensor),
            layout: given(&wire.layout),
            dtype: given(&wire.dtype),
            scale: wire.scale,
            mean: wire.mean.clone(),
            std: wire.std.clone(),
            channel_order: given(&wire.channel_order),
            resize: resize.transpose()?,
            text: text.transpose()?,
            text_length: counted(wire.text_length),
            log_mel: wire.log_mel.as_ref().map(|mel| LogMel {
                fft_size: mel.fft_size,
                hop: mel.hop,
                mel_count: mel.mel_count,
                f_min: mel.f_min,
                f_max: mel.f_max,
                floor: mel.floor.unwrap_or(LogMel::FLOOR),
                decibels: mel.decibels,
            }),
            parts: parts.collect::<Result<_, _>>()?,
            batch: counted(wire.batch),
            output: given(&wire.output),
            activation: given(&wire.activation),
            boxes: given(&wire.boxes),
            score_min: wire.score_min,
            iou_max: wire.iou_max,
            vocabulary: wire.vocabulary.clone(),
            blank: wire.blank,
            separator: wire.separator.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(class_count: u32) -> ClassNames {
        ClassNames { class_count, class_names: vec!["a".into()] }
    }

    #[test]
    fn every_contract_survives_the_wire() {
        let part = |name: &str, kind| Part { name: name.into(), kind };
        let image = ImageInput { width: 1, height: 2, channels: 3, fit: Fit::Native };
        let (length, longer) = (Length::Bounded, Longer::Cut);
        let input = InputContract {
            parts: vec![
                part("image", PartKind::Image(image)),
                part(
                    "audio",
                    PartKind::Audio(AudioInput { sample_rate_hz: 1, sample_count_max: 2, length, longer }),
                ),
                part(
                    "video",
                    PartKind::Video(VideoInput { frame_count: 1, width: 2, height: 3, fit: Fit::Crop }),
                ),
                part("text", PartKind::Text(TextInput { bytes_max: 5 })),
            ],
        };
        assert_eq!(InputContract::try_from(&v1::InputContract::from(&input)), Ok(input.clone()));
        let embedding = |search| {
            AnswerContract::Embedding(EmbeddingAnswer {
                dimension_max: 4,
                similarity: Similarity::Dot,
                search,
            })
        };
        for answer in [
            AnswerContract::Classes(ClassesAnswer { classes: classes(3), reject: Some(2) }),
            AnswerContract::Multilabel(classes(4)),
            AnswerContract::Values(ValuesAnswer { value_names: vec!["age".into()] }),
            AnswerContract::Boxes(BoxesAnswer { classes: classes(5), box_count_max: 6 }),
            AnswerContract::Mask(MaskAnswer { classes: classes(7) }),
            AnswerContract::Transcript(TranscriptAnswer {
                vocabulary: vec!["-".into(), "a".into()],
                blank: Some(0),
                separator: " ".into(),
                text_bytes_max: 8,
            }),
            embedding(Search::Verification),
            embedding(Search::Retrieval { top_count: 9 }),
            AnswerContract::Segments(SegmentsAnswer { classes: classes(1), segment_count_max: 2 }),
        ] {
            let wire = answer_to_wire(&answer, &input);
            assert_eq!(wire.item_bytes_max, answer.item_bytes_max(&input));
            assert_eq!(AnswerContract::try_from(&wire), Ok(answer));
        }
    }

    #[test]
    fn every_wish_survives_the_wire() {
        let full = Adapter {
            tensor: Some("x".into()),
            layout: Some("nchw".into()),
            dtype: Some("f32".into()),
            scale: Some(0.5),
            mean: vec![1.0],
            std: vec![2.0],
            channel_order: Some("bgr".into()),
            resize: Some(Resize::Nearest),
            text: Some(TextEncoding::Codepoints),
            text_length: Some(256),
            log_mel: Some(LogMel {
                fft_size: 512,
                hop: 160,
                mel_count: 80,
                f_min: 20.0,
                f_max: Some(8000.0),
                floor: 1e-5,
                decibels: true,
            }),
            parts: [("text".to_owned(), Adapter { tensor: Some("ids".into()), ..Adapter::default() })].into(),
            batch: Some(1),
            output: Some("y".into()),
            activation: Some("softmax".into()),
            boxes: Some("rows".into()),
            score_min: Some(0.1),
            iou_max: Some(0.5),
            vocabulary: vec!["a".into()],
            blank: Some(0),
            separator: Some(" ".into()),
        };
        assert_eq!(Adapter::try_from(&v1::Adapter::from(&full)), Ok(full));
        let none = v1::Adapter::default();
        assert_eq!(Adapter::try_from(&none), Ok(Adapter::default()));
        let bad = v1::Adapter { resize: "cubic".into(), ..none };
        assert_eq!(Adapter::try_from(&bad).unwrap_err().field, "adapter.resize");
    }
}
