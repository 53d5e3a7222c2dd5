//! Models with one thing wrong: each ends in one code of the closed list, explained on the sample and silent elsewhere.

use egret_jail::answers::Answers;
use egret_jail::{FaultCode, FaultReport};
use egret_onnx::DType;
use egret_onnx::build::{Linear, identity};

use crate::harness::{Case, images, rgb};

fn linear() -> Linear {
    Linear::new(DType::U8, &[-1, 2, 4, 3], 3)
}

/// The same fault with and without detail; without, the team gets no word.
#[track_caller]
fn explained(model: Vec<u8>, code: FaultCode) -> FaultReport {
    let case = Case::new(model, rgb());
    let open = case.faulted(&images(5));
    assert_eq!(open.code, code, "{open:?}");
    assert!(!open.detail.is_empty() && !open.remedy.is_empty(), "{open:?}");
    let hidden = case.hidden().faulted(&images(5));
    assert_eq!((hidden.code, hidden.detail.as_str(), hidden.remedy.as_str()), (code, "", ""));
    assert_eq!(hidden.operator_note, open.detail, "the operator reads what the team may not");
    open
}

#[test]
fn what_is_not_onnx_is_an_invalid_model() {
    explained(b"\x89PNG\r\n\x1a\n".to_vec(), FaultCode::InvalidModel);
    explained(b"\x28\0\0\0ORTM\0\0\0\0".to_vec(), FaultCode::InvalidModel);
}

#[test]
fn a_truncated_file_is_an_invalid_model() {
    let mut model = linear().file();
    model.truncate(model.len() / 2);
    explained(model, FaultCode::InvalidModel);
}

#[test]
fn a_wrong_input_names_both_shapes() {
    let report = explained(Linear::new(DType::F32, &[-1, 1, 32, 32], 3).file(), FaultCode::ContractMismatch);
    assert_eq!(report.detail, "input `input` float32 [n,1,32,32]: expected [n,3,2,4] or [n,2,4,3] or [n,24]");
}

#[test]
fn an_input_that_nobody_feeds_is_refused() {
    let report = explained(linear().extra_input_file(), FaultCode::ContractMismatch);
    assert!(report.detail.contains("`temperature` float32 []"), "{report:?}");
}

#[test]
fn a_wrong_output_names_both_shapes() {
    let report = explained(Linear::new(DType::U8, &[-1, 2, 4, 3], 4).file(), FaultCode::ContractMismatch);
    assert_eq!(report.detail, "no output is float [n,3] or int [n]; the model has `scores` float32 [n,4]");
    explained(identity(DType::U8, &[-1, 2, 4, 3]), FaultCode::ContractMismatch);
}

#[test]
fn two_candidate_outputs_ask_for_a_declaration() {
    let report = explained(linear().two_scores_file(), FaultCode::ContractMismatch);
    assert_eq!(report.remedy, "declare which one with `output`");
}

/// On the sample the whole run is at fault and explained; on hidden items only the items that fail are without an answer.
#[track_caller]
fn explained_or_unanswered(model: Vec<u8>, code: FaultCode) -> FaultReport {
    let case = Case::new(model, rgb());
    let open = case.faulted(&images(5));
    assert_eq!(open.code, code, "{open:?}");
    assert!(!open.detail.is_empty() && !open.remedy.is_empty(), "{open:?}");
    assert_eq!(case.hidden().unanswered(&images(5)), [0, 1, 2, 3, 4]);
    open
}

#[test]
fn an_output_other_than_declared_is_found_in_the_run() {
    let report = explained_or_unanswered(linear().undeclared_width_file(), FaultCode::OutputInvalid);
    assert_eq!(report.detail, "output `scores`: expected [3,3] numbers, found float32 [3,5]");
}

/// An item shows which row of the table it is answered with.
fn showing(samples: &[u8]) -> Vec<u8> {
    samples.iter().flat_map(|sample| [*sample].into_iter().chain([0; 23])).collect()
}

#[test]
fn an_item_that_fails_takes_no_other_with_it() {
    let table = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, f32::NAN, 0.0, 0.0];
    for batch in [-1, 1, 5] {
        let model = Linear::new(DType::U8, &[batch, 2, 4, 3], 3).lookup_file(&table);
        // Two slots; the rows 7 and 200 do not exist, row 2 is not a number.
        let items = showing(&[0, 1, 7, 1, 0, 2, 0, 1, 200, 0]);
        let case = Case::new(model, rgb());
        assert_eq!(case.faulted(&items).code, FaultCode::RuntimeError);
        let hidden = case.hidden();
        assert_eq!(hidden.unanswered(&items), [2, 5, 8], "batch {batch}");
        let Answers::Rows { values: scores, .. } = hidden.answered(&items).answers else {
            panic!("scores expected")
        };
        let ones: Vec<usize> = (0..30).filter(|at| (scores[*at] - 1.0).abs() < 1e-9).collect();
        assert_eq!(ones, [0, 4, 10, 12, 18, 22, 27], "the others are answered as ever");
    }
}

#[test]
fn nan_is_found_by_the_judge() {
    assert_eq!(Case::new(linear().nan_file(), rgb()).unanswered(&images(5)), [0, 1, 2, 3, 4]);
}

#[test]
fn a_model_that_never_ends_is_stopped() {
    let report = Case::new(linear().endless_file(), rgb()).cpu_limit(1).faulted(&images(1));
    assert_eq!(report.code, FaultCode::CpuLimit, "{report:?}");
}

#[test]
fn a_memory_bomb_meets_the_limit() {
    // 8 GiB an item, where 512 MiB are allowed.
    explained(linear().memory_bomb_file(8 << 30), FaultCode::MemoryLimit);
}

#[test]
fn text_that_quotes_items_stays_where_nothing_is_hidden() {
    let report = explained_or_unanswered(linear().quoting_file(), FaultCode::RuntimeError);
    // The first items' first sample is 0: the model adds 7000 to it and reshapes to that.
    assert!(report.detail.contains("7000"), "{report:?}");
}
