use std::io;

use egret_contract::{
    AnswerContract, AudioInput, ImageInput, MaskAnswer, Part, PartKind, Search, TextInput, VideoInput,
};
use toml::{Table, Value};

use crate::TaskManifest;

/// The manifest of a sample and the lists it names: (name, text).
pub(super) fn files(task: &TaskManifest) -> io::Result<Vec<(&'static str, String)>> {
    let mut files = Vec::new();
    let mut manifest = Table::new();
    let mut put = |key: &str, value: Value| manifest.insert(key.to_owned(), value);
    put("title", task.title.clone().into());
    put("licence", task.licence.clone().into());
    put("metrics", task.metrics.clone().into());
    if let Some(composite) = &task.grading.composite {
        put("composite", Value::try_from(composite).map_err(io::Error::other)?);
    }
    if !task.grading.certificates.is_empty() {
        put("certificates", Value::try_from(&task.grading.certificates).map_err(io::Error::other)?);
    }
    put("input", input(&task.input.parts).into());
    put("answer", answer(task, &mut files)?.into());
    // All of it is the sample.
    put("split", Table::from_iter([("sample".into(), 1.into()), ("seed".into(), 0.into())]).into());
    let limits = task.limits;
    let limits = [
        ("wall_s_max", limits.wall_s_max),
        ("cpu_s_max", limits.cpu_s_max),
        ("memory_mib_max", limits.memory_mib_max),
        ("thread_count", limits.thread_count),
        ("model_mib_max", limits.model_mib_max),
    ];
    put("limits", limits.into_iter().collect::<Numbers>().0.into());
    files.push(("task.toml", toml::to_string(&manifest).map_err(io::Error::other)?));
    Ok(files)
}

/// A table of numbers.
struct Numbers(Table);

impl FromIterator<(&'static str, u32)> for Numbers {
    fn from_iter<I: IntoIterator<Item = (&'static str, u32)>>(numbers: I) -> Self {
        Self(numbers.into_iter().map(|(key, number)| (key.to_owned(), number.into())).collect())
    }
}

fn input(parts: &[Part]) -> Table {
    if let [part] = parts {
        return self::part(&part.kind);
    }
    let named = |part: &Part| {
        let mut table = self::part(&part.kind);
        table.insert("name".into(), part.name.clone().into());
        table
    };
    let parts: Vec<Table> = parts.iter().map(named).collect();
    Table::from_iter([("kind".into(), "composite".into()), ("part".into(), parts.into())])
}

fn part(kind: &PartKind) -> Table {
    let numbers = |numbers: &[(&'static str, u32)]| numbers.iter().copied().collect::<Numbers>().0;
    let mut table = match kind {
        PartKind::Image(ImageInput { width, height, channels, .. }) => {
            numbers(&[("width", *width), ("height", *height), ("channels", *channels)])
        }
        PartKind::Audio(AudioInput { sample_rate_hz, sample_count_max, .. }) => {
            numbers(&[("sample_rate_hz", *sample_rate_hz), ("sample_count_max", *sample_count_max)])
        }
        PartKind::Video(VideoInput { frame_count, width, height, .. }) => {
            numbers(&[("frame_count", *frame_count), ("width", *width), ("height", *height)])
        }
        PartKind::Text(TextInput { bytes_max }) => numbers(&[("bytes_max", *bytes_max)]),
    };
    let mut put = |key: &str, text: &str| table.insert(key.to_owned(), text.into());
    put("kind", kind.word());
    match kind {
        PartKind::Image(ImageInput { fit, .. }) | PartKind::Video(VideoInput { fit, .. }) => {
            put("fit", fit.as_str());
        }
        PartKind::Audio(AudioInput { length, longer, .. }) => {
            put("length", length.as_str());
            put("longer", longer.as_str());
        }
        PartKind::Text(_) => {}
    }
    table
}

fn answer(task: &TaskManifest, files: &mut Vec<(&'static str, String)>) -> io::Result<Table> {
    let answer = task.public_answer();
    let mut table = Table::from_iter([("kind".to_owned(), Value::from(answer.word()))]);
    let mut put = |key: &str, value: Value| table.insert(key.to_owned(), value);
    let mut list = |name: &'static str, names: &[String]| -> io::Result<Value> {
        files.push((name, serde_json::to_string_pretty(names)?));
        Ok(name.into())
    };
    if let AnswerContract::Mask(MaskAnswer { classes }) = &answer
        && classes.class_names.is_empty()
    {
        put("class_count", classes.class_count.into());
    } else if let Some(classes) = answer.classes() {
        put("class_names_public", task.class_names_public.into());
        put("classes_file", list("classes.json", &super::labels::class_names(classes))?);
    }
    match &answer {
        AnswerContract::Classes(classes) => {
            let names = super::labels::class_names(&classes.classes);
            if let Some(name) = classes.reject.and_then(|reject| names.get(reject as usize)) {
                put("reject", name.clone().into());
            }
        }
        AnswerContract::Multilabel(_) | AnswerContract::Mask(_) => {}
        AnswerContract::Values(values) => drop(put("names", values.value_names.clone().into())),
        AnswerContract::Boxes(boxes) => drop(put("box_count_max", boxes.box_count_max.into())),
        AnswerContract::Transcript(transcript) => {
            if !transcript.vocabulary.is_empty() {
                put("vocabulary_file", list("vocabulary.json", &transcript.vocabulary)?);
            }
            if let Some(blank) = transcript.blank {
                put("blank", blank.into());
            }
            put("separator", transcript.separator.clone().into());
            put("text_bytes_max", transcript.text_bytes_max.into());
        }
        AnswerContract::Embedding(embedding) => {
            put("dimension_max", embedding.dimension_max.into());
            put("similarity", embedding.similarity.as_str().into());
            put(
                "search",
                if embedding.search == Search::Verification { "verification" } else { "retrieval" }.into(),
            );
            if let Search::Retrieval { top_count } = embedding.search {
                put("top_count", top_count.into());
            }
        }
        AnswerContract::Segments(segments) => {
            put("segment_count_max", segments.segment_count_max.into());
        }
    }
    Ok(table)
}
