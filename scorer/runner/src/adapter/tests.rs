//! Feeding, from the bytes of items to the elements of tensors.

use egret_admission::adapter::{Terms, resolve_feeding};
use egret_admission::{DType, TensorInfo};
use egret_contract::item::View;
use egret_contract::{
    Adapter, AnswerContract, AudioInput, Fit, ImageInput, InputContract, Length, LogMel, Longer, Part,
    PartKind, TextEncoding, TextInput, VideoInput,
};
use half::f16;

use super::*;

/// Two pixels by one, three channels.
fn rgb() -> InputContract {
    InputContract::images(2, 1, 3)
}

/// Two pixels by two.
fn gray() -> InputContract {
    InputContract::images(2, 2, 1)
}

/// The shape and the elements of every tensor.
fn tensors(
    input: &InputContract,
    wanted: &[(&str, DType, &[i64])],
    adapter: &Adapter,
    json: Option<&str>,
    items: &[&[u8]],
) -> Vec<(Vec<i64>, String)> {
    let inputs: Vec<TensorInfo> = wanted
        .iter()
        .map(|(name, dtype, dims)| {
            let dims = dims.iter().map(|dim| u64::try_from(*dim).ok()).collect();
            TensorInfo { name: (*name).to_owned(), dtype: *dtype, dims }
        })
        .collect();
    let answer = &AnswerContract::one_of(2);
    let terms = Terms { input, answer, adapter, tokenizer: json.is_some(), batch_items_max: 8 };
    let feeding = resolve_feeding(&inputs, &terms).unwrap();
    let mut tokens = Tokens::new(json.map(str::as_bytes)).unwrap();
    let dense = items.concat();
    let batch = Batch { items, dense: &dense };
    let mut all = Vec::new();
    for tensor in &feeding.tensors {
        let mut feed = feed(tensor, input, 8).unwrap();
        let shape = feed.fill(&batch, &mut tokens).unwrap();
        let once = format!("{:?}", feed.lend(&batch));
        assert_eq!(feed.fill(&batch, &mut tokens).unwrap(), shape);
        assert_eq!(format!("{:?}", feed.lend(&batch)), once, "a buffer is not left over");
        all.push((shape, once));
    }
    all
}

fn fed(input: &InputContract, dtype: DType, dims: &[i64], adapter: &Adapter, items: &[u8]) -> String {
    let count = items.len() as u64 / input.item_bytes().unwrap();
    let items = input.items(items, count as u32).unwrap();
    tensors(input, &[("t", dtype, dims)], adapter, None, &items).remove(0).1
}

fn raw() -> Adapter {
    Adapter { scale: Some(1.0), ..Adapter::default() }
}

#[test]
fn rows_of_pixels_become_planes() {
    let items = [1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16];
    assert_eq!(
        fed(&rgb(), DType::F32, &[-1, 3, 1, 2], &raw(), &items),
        "F32([1.0, 4.0, 2.0, 5.0, 3.0, 6.0, 11.0, 14.0, 12.0, 15.0, 13.0, 16.0])"
    );
    assert_eq!(
        fed(&rgb(), DType::U8, &[-1, 3, 1, 2], &Adapter::default(), &items),
        "U8([1, 4, 2, 5, 3, 6, 11, 14, 12, 15, 13, 16])"
    );
}

#[test]
fn channels_last_and_flat_keep_the_order() {
    let items = [1, 2, 3, 4, 5, 6];
    for dims in [&[-1, 1, 2, 3][..], &[-1, 6]] {
        assert_eq!(fed(&rgb(), DType::U8, dims, &Adapter::default(), &items), "U8([1, 2, 3, 4, 5, 6])");
        assert_eq!(fed(&rgb(), DType::I64, dims, &raw(), &items), "I64([1, 2, 3, 4, 5, 6])");
    }
}

#[test]
fn bgr_reverses_pixels_and_not_the_declared_means() {
    let spec = Adapter {
        channel_order: Some("bgr".to_owned()),
        mean: vec![0.0, 100.0, 200.0],
        scale: Some(1.0),
        ..Adapter::default()
    };
    let items = [1, 2, 3, 4, 5, 6];
    assert_eq!(
        fed(&rgb(), DType::F32, &[-1, 1, 2, 3], &spec, &items),
        "F32([3.0, -98.0, -199.0, 6.0, -95.0, -196.0])"
    );
    assert_eq!(
        fed(&rgb(), DType::F32, &[-1, 3, 1, 2], &spec, &items),
        "F32([3.0, 6.0, -98.0, -95.0, -199.0, -196.0])"
    );
    let spec = Adapter { channel_order: Some("bgr".to_owned()), ..Adapter::default() };
    assert_eq!(fed(&rgb(), DType::U8, &[-1, 1, 2, 3], &spec, &items), "U8([3, 2, 1, 6, 5, 4])");
}

#[test]
fn gray_is_the_same_in_every_layout() {
    for dims in [&[-1, 1, 2, 2][..], &[-1, 2, 2, 1], &[-1, 2, 2], &[-1, 4]] {
        let none = Adapter::default();
        assert_eq!(fed(&gray(), DType::F32, dims, &none, &[0, 51, 102, 255]), "F32([0.0, 0.2, 0.4, 1.0])");
        assert_eq!(fed(&gray(), DType::I8, dims, &none, &[0, 51, 102, 255]), "I8([-128, -77, -26, 127])");
        assert_eq!(fed(&gray(), DType::U8, dims, &none, &[0, 51, 102, 255]), "U8([0, 51, 102, 255])");
    }
}

#[test]
fn halves_and_doubles_are_rounded_once() {
    assert_eq!(
        fed(&gray(), DType::F64, &[-1, 4], &Adapter::default(), &[0, 1, 2, 255]),
        format!("F64({:?})", [0.0, 1.0 / 255.0, 2.0 / 255.0, 1.0])
    );
    let third = f16::from_f64(85.0 / 255.0);
    assert_eq!(
        fed(&gray(), DType::F16, &[-1, 4], &Adapter::default(), &[0, 85, 85, 255]),
        format!("F16({:?})", [f16::ZERO, third, third, f16::ONE])
    );
}

#[test]
fn audio_is_passed_on_to_the_last_bit() {
    let audio = InputContract::sounds(8000, 2);
    let items: Vec<u8> =
        [0.1_f32, -1.0, f32::MIN_POSITIVE, 1e-45].iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let none = Adapter::default();
    for dims in [&[-1, 2][..], &[-1, 1, 2], &[-1, 2, 1]] {
        assert_eq!(
            fed(&audio, DType::F32, dims, &none, &items),
            format!("F32({:?})", [0.1_f32, -1.0, f32::MIN_POSITIVE, 1e-45])
        );
    }
    let spec = Adapter { scale: Some(2.0), mean: vec![1.0], std: vec![0.5], ..none };
    assert_eq!(
        fed(&InputContract::sounds(8000, 1), DType::F64, &[-1, 1], &spec, &items[4..8]),
        format!("F64({:?})", [-6.0])
    );
}

fn item(input: &InputContract, views: &[View<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    input.write(views, &mut bytes);
    bytes
}

#[test]
fn pictures_are_resized_in_whole_levels_before_the_map() {
    let none = Adapter::default();
    // Two pixels to one: their mean. Nearest: the one in the middle.
    assert_eq!(fed(&gray(), DType::F32, &[-1, 1, 1, 1], &raw(), &[10, 20, 30, 43]), "F32([26.0])");
    let nearest = Adapter { resize: Some(egret_contract::Resize::Nearest), ..none };
    assert_eq!(fed(&gray(), DType::U8, &[-1, 1, 1, 1], &nearest, &[10, 20, 30, 43]), "U8([43])");
}

#[test]
fn pictures_of_native_size_go_in_as_they_are() {
    let image = ImageInput { width: 9, height: 9, channels: 1, fit: Fit::Native };
    let input = InputContract::single(PartKind::Image(image));
    let item = item(&input, &[View::Image { width: 3, height: 1, pixels: &[1, 2, 3] }]);
    let found = tensors(&input, &[("t", DType::U8, &[-1, 1, -1, -1])], &Adapter::default(), None, &[&item]);
    assert_eq!(found, [(vec![1, 1, 1, 3], "U8([1, 2, 3])".to_owned())]);
}

#[test]
fn frames_stand_where_the_layout_says() {
    let video = VideoInput { frame_count: 2, width: 1, height: 2, fit: Fit::Stretch };
    let input = InputContract::single(PartKind::Video(video));
    let frames = [1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16];
    for (dims, wanted) in [
        (&[-1, 2, 2, 1, 3], "[1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16]"),
        (&[-1, 2, 3, 2, 1], "[1, 4, 2, 5, 3, 6, 11, 14, 12, 15, 13, 16]"),
        (&[-1, 3, 2, 2, 1], "[1, 4, 11, 14, 2, 5, 12, 15, 3, 6, 13, 16]"),
    ] {
        assert_eq!(fed(&input, DType::U8, dims, &Adapter::default(), &frames), format!("U8({wanted})"));
    }
}

#[test]
fn sounds_of_their_own_length_are_cut_or_padded_to_the_models() {
    let (length, longer) = (Length::Bounded, Longer::Cut);
    let audio = AudioInput { sample_rate_hz: 8000, sample_count_max: 9, length, longer };
    let input = InputContract::single(PartKind::Audio(audio));
    let samples: Vec<u8> = [0.5_f32, -0.5, 1.0].iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let item = item(&input, &[View::Audio(&samples)]);
    let found = |dims: &[i64]| {
        tensors(&input, &[("t", DType::F32, dims)], &Adapter::default(), None, &[&item]).remove(0)
    };
    assert_eq!(found(&[1, -1]), (vec![1, 3], "F32([0.5, -0.5, 1.0])".to_owned()));
    assert_eq!(found(&[-1, 1, 2]), (vec![1, 1, 2], "F32([0.5, -0.5])".to_owned()));
    assert_eq!(found(&[-1, 4]), (vec![1, 4], "F32([0.5, -0.5, 1.0, 0.0])".to_owned()));
}

#[test]
fn spectrograms_lie_by_bands_or_by_moments() {
    let input = InputContract::sounds(8000, 100);
    let (f_min, f_max, floor, decibels) = (0.0, None, 1e-10, true);
    let mel = LogMel { fft_size: 64, hop: 50, mel_count: 2, f_min, f_max, floor, decibels };
    let adapter = Adapter { log_mel: Some(mel), ..Adapter::default() };
    let silence = [0; 400];
    let found =
        |dims: &[i64]| tensors(&input, &[("t", DType::F32, dims)], &adapter, None, &[&silence]).remove(0);
    let wanted = "F32([-100.0, -100.0, -100.0, -100.0, -100.0, -100.0])".to_owned();
    assert_eq!(found(&[-1, 2, 3]), (vec![1, 2, 3], wanted.clone()));
    assert_eq!(found(&[-1, 3, 2]), (vec![1, 3, 2], wanted.clone()));
    assert_eq!(found(&[-1, 1, 2, -1]), (vec![1, 1, 2, 3], wanted));
}

fn text_input() -> InputContract {
    InputContract::single(PartKind::Text(TextInput { bytes_max: 99 }))
}

#[test]
fn text_becomes_strings_code_points_or_bytes() {
    let input = text_input();
    let items = ["鹭a", "b"].map(|text| item(&input, &[View::Text(text)]));
    let items = items.each_ref().map(Vec::as_slice);
    let found = |dtype, dims: &[i64], text| {
        let adapter = Adapter { text, ..Adapter::default() };
        tensors(&input, &[("t", dtype, dims)], &adapter, None, &items).remove(0)
    };
    let codes = found(DType::I64, &[-1, 3], Some(TextEncoding::Codepoints));
    assert_eq!(codes, (vec![2, 3], "I64([40557, 97, 0, 98, 0, 0])".to_owned()));
    let bytes = found(DType::I32, &[-1, 3], Some(TextEncoding::Bytes));
    assert_eq!(bytes, (vec![2, 3], "I32([233, 185, 173, 98, 0, 0])".to_owned()));
    let strings = found(DType::String, &[-1, 1], None);
    assert_eq!(strings, (vec![2, 1], "Strings([\"鹭a\", \"b\"])".to_owned()));
}

/// Words of two letters, with a beginning and an end.
const TOKENIZER: &str = r#"{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,
"pre_tokenizer":{"type":"Whitespace"},"decoder":null,
"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},
{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}}],"pair":[{"Sequence":{"id":"A","type_id":0}},
{"Sequence":{"id":"B","type_id":1}}],"special_tokens":{"[CLS]":{"id":"[CLS]","ids":[101],"tokens":["[CLS]"]},
"[SEP]":{"id":"[SEP]","ids":[102],"tokens":["[SEP]"]}}},
"model":{"type":"WordLevel","vocab":{"[UNK]":0,"white":7,"egret":8,"[CLS]":101,"[SEP]":102},"unk_token":"[UNK]"}}"#;

#[test]
fn a_tokenizer_fills_ids_and_what_goes_with_them() {
    let input = text_input();
    let item = item(&input, &[View::Text("white egret egret")]);
    let wanted = |length: i64| {
        [
            ("input_ids", DType::I64, vec![-1, length]),
            ("attention_mask", DType::I64, vec![-1, length]),
            ("token_type_ids", DType::I64, vec![-1, length]),
        ]
    };
    let found = |length: i64| {
        let wanted = wanted(length);
        let wanted: Vec<_> =
            wanted.iter().map(|(name, dtype, dims)| (*name, *dtype, dims.as_slice())).collect();
        let found = tensors(&input, &wanted, &Adapter::default(), Some(TOKENIZER), &[&item]);
        found.into_iter().map(|(_, elements)| elements).collect::<Vec<_>>()
    };
    assert_eq!(found(-1), ["I64([101, 7, 8, 8, 102])", "I64([1, 1, 1, 1, 1])", "I64([0, 0, 0, 0, 0])"]);
    assert_eq!(
        found(4),
        ["I64([101, 7, 8, 102])", "I64([1, 1, 1, 1])", "I64([0, 0, 0, 0])"],
        "cut before the end"
    );
    assert_eq!(found(6)[..2], ["I64([101, 7, 8, 8, 102, 0])", "I64([1, 1, 1, 1, 1, 0])"]);
    assert!(Tokens::new(Some(b"{}")).is_err());
}

#[test]
fn parts_of_an_item_fill_tensors_of_their_own() {
    let part =
        |name: &str, kind: &InputContract| Part { name: name.into(), kind: kind.parts[0].kind.clone() };
    let input = InputContract { parts: vec![part("photo", &gray()), part("words", &text_input())] };
    let views = [View::Image { width: 2, height: 2, pixels: &[1, 2, 3, 4] }, View::Text("hi")];
    let item = item(&input, &views);
    let wanted: [(&str, DType, &[i64]); 2] =
        [("words", DType::String, &[-1]), ("pixels", DType::U8, &[-1, 2, 2, 1])];
    let found = tensors(&input, &wanted, &Adapter::default(), None, &[&item]);
    let elements: Vec<&str> = found.iter().map(|(_, elements)| elements.as_str()).collect();
    assert!(
        elements.contains(&"U8([1, 2, 3, 4])") && elements.contains(&"Strings([\"hi\"])"),
        "{elements:?}"
    );
}
