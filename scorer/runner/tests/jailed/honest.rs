//! Ordinary models, accepted as they were exported, and their answers to the last bit.

use egret_jail::answers::Answers;
use egret_jail::plan::Adapter;
use egret_onnx::DType;
use egret_onnx::build::Linear;

use crate::harness::{Case, audio, images, rgb, rows};

/// More than three slots, the last one short.
const ITEMS: usize = 23;
/// Height, width, channels.
const PIXELS: usize = 8;

/// Small whole weights: sums of bytes times these are exact in float32.
fn weights(features: usize) -> Vec<f32> {
    (0..features * 3).map(|index| (index % 5) as f32 - 2.0).collect()
}

/// The scores of a linear model with [`weights`] whose features are the samples in this order.
fn expected(items: &[u8], order: impl Fn(usize) -> usize) -> Vec<f32> {
    let weights = weights(PIXELS * 3);
    let score = |item: &[u8], class: usize| {
        let product = |feature: usize| f32::from(item[order(feature)]) * weights[feature * 3 + class];
        (0..item.len()).map(product).sum::<f32>() - class as f32
    };
    items.chunks(PIXELS * 3).flat_map(|item| [score(item, 0), score(item, 1), score(item, 2)]).collect()
}

fn linear(dtype: DType, dims: &[i64]) -> Linear {
    Linear::new(dtype, dims, 3).weights(weights(PIXELS * 3))
}

fn raw() -> Adapter {
    Adapter { scale: Some(1.0), ..Adapter::default() }
}

#[test]
fn bytes_as_stored_are_scored_over_several_slots() {
    let items = images(ITEMS);
    let run = Case::new(linear(DType::U8, &[-1, 2, 4, 3]).file(), rgb()).answered(&items);
    assert_eq!(
        run.summary,
        "I will feed `input` uint8 [n,2,4,3] (nhwc) RGB, x as it is, and read `scores` float32 [n,3] as scores"
    );
    assert_eq!(run.answers, rows(expected(&items, |feature| feature)));
}

#[test]
fn channels_first_floats_see_planes() {
    let items = images(ITEMS);
    let planes = |feature: usize| feature % PIXELS * 3 + feature / PIXELS;
    for dtype in [DType::F32, DType::F64] {
        let case = Case::new(linear(dtype, &[-1, 3, 2, 4]).file(), rgb()).adapter(raw());
        assert_eq!(case.answered(&items).answers, rows(expected(&items, planes)));
    }
}

#[test]
fn a_fixed_batch_gives_the_same_answers() {
    let items = images(ITEMS);
    for batch in [1, 5, 7, 30] {
        let run = Case::new(linear(DType::U8, &[batch, 2, 4, 3]).file(), rgb()).answered(&items);
        assert!(run.summary.contains(&format!("uint8 [{batch},2,4,3]")), "{}", run.summary);
        assert_eq!(run.answers, rows(expected(&items, |feature| feature)), "batch {batch}");
    }
}

#[test]
fn flat_inputs_and_pooled_outputs_are_ordinary() {
    let items = images(ITEMS);
    let run = Case::new(linear(DType::F32, &[-1, 24]).pooled_file(), rgb()).adapter(raw()).answered(&items);
    assert_eq!(run.answers, rows(expected(&items, |feature| feature)));
}

#[test]
fn labels_are_answers_and_probabilities_come_before_them() {
    let items = images(ITEMS);
    let model = linear(DType::U8, &[-1, 2, 4, 3]);
    let best: Vec<i64> = expected(&items, |feature| feature)
        .chunks(3)
        .map(|row| (0..3).rev().max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap() as i64)
        .collect();
    let labels = Case::new(model.label_file(), rgb()).answered(&items);
    assert_eq!(labels.answers, Answers::Indices(best.clone()));

    let both = Case::new(model.label_and_probabilities_file(), rgb()).answered(&items);
    let Answers::Rows { values: probabilities, .. } = both.answers else { panic!("probabilities expected") };
    for (row, best) in probabilities.chunks(3).zip(best) {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6, "{row:?}");
        assert!(row.iter().all(|p| *p <= row[best as usize]), "{row:?}");
    }
}

#[test]
fn softmax_can_be_declared() {
    let items = images(4);
    // Every class scores its bias: 0, −1, −2.
    let spec = Adapter { activation: Some("softmax".to_owned()), ..Adapter::default() };
    let run =
        Case::new(Linear::new(DType::U8, &[-1, 2, 4, 3], 3).file(), rgb()).adapter(spec).answered(&items);
    let Answers::Rows { values: scores, .. } = run.answers else { panic!("scores expected") };
    for row in scores.chunks(3) {
        for (found, expected) in row.iter().zip([0.665_240_9, 0.244_728_46, 0.090_030_57]) {
            assert!((found - expected).abs() < 1e-6, "{row:?}");
        }
    }
}

#[test]
fn an_output_is_chosen_by_name() {
    let model = linear(DType::U8, &[-1, 2, 4, 3]);
    let spec = Adapter { output: Some("logits".to_owned()), ..Adapter::default() };
    let items = images(3);
    let run = Case::new(model.two_scores_file(), rgb()).adapter(spec).answered(&items);
    assert_eq!(run.answers, rows(expected(&items, |feature| feature)));
}

#[test]
fn audio_reaches_the_model_as_it_was_decoded() {
    let samples: Vec<f32> = (0..ITEMS * 10).map(|index| (index % 16) as f32 / 16.0 - 0.5).collect();
    let items: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let weights = weights(10);
    let score = |item: &[f32], class: usize| {
        let products = item.iter().enumerate().map(|(at, sample)| sample * weights[at * 3 + class]);
        products.sum::<f32>() - class as f32
    };
    let expected: Vec<f32> =
        samples.chunks(10).flat_map(|item| [score(item, 0), score(item, 1), score(item, 2)]).collect();
    for dims in [&[-1, 10][..], &[-1, 1, 10], &[1, 10]] {
        let model = Linear::new(DType::F32, dims, 3).weights(weights.clone());
        assert_eq!(Case::new(model.file(), audio()).answered(&items).answers, rows(expected.clone()));
    }
}

#[test]
fn the_same_run_twice_gives_the_same_bytes() {
    let items = images(ITEMS);
    let case = Case::new(linear(DType::F32, &[-1, 3, 2, 4]).softmax_file(), rgb()).hidden();
    assert_eq!(case.answered(&items), case.answered(&items));
}
