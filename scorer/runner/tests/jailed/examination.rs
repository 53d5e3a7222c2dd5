//! The examination of this host's jail with the real runner, and what the walls do to answers: nothing.

use egret_jail::doctor::{Subject, Verdict, examine};
use egret_jail::{Layers, Tier};
use egret_onnx::DType;
use egret_onnx::build::Linear;

use crate::harness::{Case, audio, images, rgb, site};

/// As `scorer/jail` describes its control model.
fn control() -> Vec<u8> {
    let weights = (0..72).map(|index| (index % 5) as f32 - 2.0).collect();
    Linear::new(DType::U8, &[-1, 2, 4, 3], 3).weights(weights).file()
}

#[test]
fn the_jail_of_this_host_is_proved() {
    let report = examine(&site());
    assert!(report.holds && report.reached == Some(Tier::A), "{:?}", report.problems());
    let runtime = report.probes.iter().find(|probe| probe.subject == Subject::Runtime).unwrap();
    assert_eq!(runtime.verdict, Verdict::Proved);
}

#[test]
fn the_control_model_is_what_the_builder_writes() {
    assert_eq!(control(), include_bytes!("../../../jail/src/doctor/control.onnx"));
}

#[test]
fn answers_are_the_same_bytes_behind_walls_and_without() {
    let linear = |dtype, dims: &[i64], features: usize| {
        // Not whole, so that sums depend on their order.
        let weights = (0..features * 3).map(|index| (index as f32).sin() / 3.0).collect();
        Linear::new(dtype, dims, 3).weights(weights)
    };
    let (u8s, f32s) = (linear(DType::U8, &[-1, 2, 4, 3], 24), linear(DType::F32, &[-1, 3, 2, 4], 24));
    let models = [
        (u8s.file(), rgb()),
        (u8s.softmax_file(), rgb()),
        (u8s.label_file(), rgb()),
        (u8s.pooled_file(), rgb()),
        (u8s.label_and_probabilities_file(), rgb()),
        (f32s.file(), rgb()),
        (f32s.softmax_file(), rgb()),
        (linear(DType::F64, &[5, 3, 2, 4], 24).file(), rgb()),
        (linear(DType::F32, &[-1, 10], 10).softmax_file(), audio()),
    ];
    for (index, (model, item)) in models.into_iter().enumerate() {
        let items =
            images(23 * 24).into_iter().take(23 * item.item_bytes_max() as usize).collect::<Vec<u8>>();
        let items: Vec<u8> = if item == audio() {
            items.iter().flat_map(|byte| (f32::from(*byte) / 251.0).to_le_bytes()).take(23 * 40).collect()
        } else {
            items
        };
        let jailed = Case::new(model.clone(), item.clone()).answered(&items);
        let bare = Case::new(model, item).behind(Layers::NONE).answered(&items);
        assert_eq!(jailed, bare, "model {index}");
    }
}
