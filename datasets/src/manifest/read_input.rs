//! `[input]` → [`InputContract`].

use egret_contract::{
    AudioInput, Fit, IMAGE_SIDE_MAX, ITEM_BYTES_MAX, ImageInput, InputContract, Length, Longer, Part,
    PartKind, SAMPLE_RATE_HZ, TEXT_BYTES_MAX, TextInput, VIDEO_FRAMES_MAX, VideoInput,
};

use super::reader::Table;

/// Bytes of one text when nothing is said.
const TEXT_BYTES_DEFAULT: u32 = 4096;

/// What items are, and per part the column that names its file or holds its text.
pub(super) type Input = (InputContract, Vec<String>);

type ReadKind = fn(&mut Table<'_, '_>) -> Option<PartKind>;
const KINDS: [(&str, ReadKind); 4] = [("image", image), ("audio", audio), ("video", video), ("text", text)];

/// Reads `[input]`.
pub(super) fn read(mut table: Table<'_, '_>) -> Option<Input> {
    table.need("kind", "kind = \"image\"");
    let kinds = KINDS.map(|(name, read)| (name, Some(read)));
    let kind = table.choice("kind", &[&kinds[..], &[("composite", None)]].concat())?.value;
    let span = table.span();
    let input = match kind {
        Some(read) => read(&mut table).map(|kind| {
            let column = if matches!(kind, PartKind::Text(_)) { "text" } else { "file" };
            (InputContract::single(kind), vec![column.to_owned()])
        }),
        None => composite(&mut table),
    };
    if let Some((contract, _)) = &input {
        for wrong in contract.problems() {
            table.note(span.clone(), format!("`{}` {}", wrong.field, wrong.rule), "correct the contract");
        }
    }
    table.finish();
    input
}

fn composite(table: &mut Table<'_, '_>) -> Option<Input> {
    table.need("part", "[[input.part]]` with name and kind, one for each part");
    let tables = table.tables("part");
    let count = tables.len();
    let (mut parts, mut columns) = (Vec::new(), Vec::new());
    for mut table in tables {
        let name = table.required("name", 63, "name = \"picture\"");
        table.need("kind", "kind = \"image\"");
        let kind = table.choice("kind", &KINDS).and_then(|read| (read.value)(&mut table));
        let from = table.text("from", 63);
        let (Some(name), Some(kind)) = (name, kind) else {
            table.finish();
            continue;
        };
        if let Some(from) = &from {
            // Only a video holds another medium.
            let video = |part: &Part| part.name == from.value && matches!(part.kind, PartKind::Video(_));
            if !matches!(kind, PartKind::Audio(_)) || !parts.iter().any(video) {
                let what = format!("`from` of [input.part] is \"{}\"", from.value);
                table.note(from.span.clone(), what, "let a part of sound name the part of video above it");
            }
        }
        table.finish();
        columns.push(from.map_or_else(|| name.value.clone(), |from| from.value));
        parts.push(Part { name: name.value, kind });
    }
    (parts.len() == count).then_some((InputContract { parts }, columns))
}

/// A whole number that must be there.
fn number(table: &mut Table<'_, '_>, key: &'static str, most: u64) -> Option<u32> {
    table.need(key, &format!("{key} = …"));
    table.integer(key, 1..most + 1).map(|at| at.value as u32)
}

fn side(table: &mut Table<'_, '_>, key: &'static str) -> Option<u32> {
    number(table, key, u64::from(IMAGE_SIDE_MAX))
}

fn fit(table: &mut Table<'_, '_>, all: &[Fit]) -> Option<Fit> {
    table.need("fit", "fit = \"stretch\"");
    let choices: Vec<_> = all.iter().map(|fit| (fit.as_str(), *fit)).collect();
    table.choice("fit", &choices).map(|at| at.value)
}

fn image(table: &mut Table<'_, '_>) -> Option<PartKind> {
    let (width, height) = (side(table, "width"), side(table, "height"));
    let channels = number(table, "channels", 3).filter(|&channels| {
        if channels == 2 {
            table.note(table.span(), "`channels` of [input] is 2".into(), "use 1 (gray) or 3 (RGB)");
        }
        channels != 2
    });
    let fit = fit(table, &Fit::ALL);
    Some(PartKind::Image(ImageInput { width: width?, height: height?, channels: channels?, fit: fit? }))
}

fn audio(table: &mut Table<'_, '_>) -> Option<PartKind> {
    table.need("sample_rate_hz", "sample_rate_hz = 16000");
    let rates = u64::from(*SAMPLE_RATE_HZ.start())..u64::from(*SAMPLE_RATE_HZ.end()) + 1;
    let sample_rate_hz = table.integer("sample_rate_hz", rates).map(|at| at.value as u32);
    let sample_count_max = number(table, "sample_count_max", ITEM_BYTES_MAX / 4);
    let length = table.choice("length", &Length::ALL.map(|length| (length.as_str(), length)));
    let longer = table.choice("longer", &Longer::ALL.map(|longer| (longer.as_str(), longer)));
    Some(PartKind::Audio(AudioInput {
        sample_rate_hz: sample_rate_hz?,
        sample_count_max: sample_count_max?,
        length: length.map_or(Length::Fixed, |at| at.value),
        longer: longer.map_or(Longer::Refuse, |at| at.value),
    }))
}

fn video(table: &mut Table<'_, '_>) -> Option<PartKind> {
    let frame_count = number(table, "frame_count", u64::from(VIDEO_FRAMES_MAX));
    let (width, height) = (side(table, "width"), side(table, "height"));
    let fit = fit(table, &Fit::ALL[..3]);
    Some(PartKind::Video(VideoInput { frame_count: frame_count?, width: width?, height: height?, fit: fit? }))
}

fn text(table: &mut Table<'_, '_>) -> Option<PartKind> {
    let bytes_max = if table.has("bytes_max") {
        number(table, "bytes_max", u64::from(TEXT_BYTES_MAX))?
    } else {
        TEXT_BYTES_DEFAULT
    };
    Some(PartKind::Text(TextInput { bytes_max }))
}
