//! ONNX Runtime itself, outside the jail.

use std::path::PathBuf;
use std::sync::OnceLock;

use egret_onnx::build::{Linear, identity};
use egret_onnx::{Cause, DType, Input, InputData, Model, OutputData, Runtime};

/// One per process: ONNX Runtime does not start twice.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let lib = std::env::var_os("EGRET_ORT_LIB").map_or_else(cached_library, PathBuf::from);
        Runtime::start(&lib, 2).expect("ONNX Runtime starts; `cargo xtask setup` fetches it")
    })
}

fn cached_library() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").expect("HOME is set")).join(".cache"),
        PathBuf::from,
    );
    cache.join("egret/onnxruntime-1.31.1/libonnxruntime.so.1.31.1")
}

fn run_f32(file: &[u8], shape: &[i64], data: &[f32], output: &str) -> (Vec<i64>, Vec<f32>) {
    let mut model = Model::load(runtime(), file).unwrap();
    let name = model.inputs()[0].name.clone();
    let input = Input { name: &name, shape, data: InputData::F32(data) };
    model
        .run(&[input], &[output], |views| match views[0].data {
            OutputData::F32(values) => (views[0].shape.to_vec(), values.to_vec()),
            other => panic!("float32 expected, not {other:?}"),
        })
        .unwrap()
}

#[test]
fn a_signature_is_read_as_declared() {
    let model = Model::load(runtime(), &Linear::new(DType::U8, &[-1, 3, 4, 5], 7).file()).unwrap();
    assert_eq!(model.inputs().len(), 1);
    assert_eq!(model.inputs()[0].to_string(), "`input` uint8 [n,3,4,5]");
    assert_eq!(model.outputs()[0].to_string(), "`scores` float32 [n,7]");
}

#[test]
fn a_linear_model_computes_what_its_weights_say() {
    let model = Linear::new(DType::F32, &[-1, 2], 2).weights(vec![1.0, 10.0, 2.0, 20.0]);
    let (shape, scores) = run_f32(&model.file(), &[2, 2], &[1.0, 1.0, 2.0, 0.0], "scores");
    assert_eq!(shape, [2, 2]);
    assert_eq!(scores, [3.0, 29.0, 2.0, 19.0]);
}

#[test]
fn every_element_type_goes_in_and_comes_out() {
    let halves = [half::f16::from_f32(1.5), half::f16::from_f32(-2.0)];
    let cases: [(DType, InputData<'_>); 8] = [
        (DType::U8, InputData::U8(&[1, 255])),
        (DType::I8, InputData::I8(&[-128, 127])),
        (DType::I16, InputData::I16(&[-3, 3])),
        (DType::I32, InputData::I32(&[-3, 3])),
        (DType::I64, InputData::I64(&[-3, 3])),
        (DType::F16, InputData::F16(&halves)),
        (DType::F32, InputData::F32(&[0.5, -0.5])),
        (DType::F64, InputData::F64(&[0.1, -0.1])),
    ];
    for (dtype, data) in cases {
        let mut model = Model::load(runtime(), &identity(dtype, &[-1])).unwrap();
        let given = format!("{data:?}");
        let got = model
            .run(&[Input { name: "input", shape: &[2], data }], &["output"], |views| {
                format!("{:?}", views[0].data)
            })
            .unwrap();
        assert_eq!(got, given);
    }
}

#[test]
fn only_the_requested_output_is_computed() {
    let model = Linear::new(DType::F32, &[-1, 2], 3);
    let (_, probabilities) =
        run_f32(&model.label_and_probabilities_file(), &[1, 2], &[0.0, 0.0], "probabilities");
    assert!((probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-6);
}

#[test]
fn what_is_not_onnx_is_a_load_error() {
    let good = Linear::new(DType::F32, &[-1, 2], 3).file();
    for bytes in [&b"\x89PNG\r\n\x1a\n"[..], b"", &good[..good.len() / 2], b"\x28\0\0\0ORTM\0\0\0\0"] {
        let error = Model::load(runtime(), bytes).err().expect("refused");
        assert_eq!(error.cause, Cause::Model, "{error}");
    }
}

#[test]
fn a_wrong_shape_is_a_run_error_with_text() {
    let mut model = Model::load(runtime(), &Linear::new(DType::F32, &[-1, 2], 3).file()).unwrap();
    let input = Input { name: "input", shape: &[1, 5], data: InputData::F32(&[0.0; 5]) };
    let error = model.run(&[input], &["scores"], |_| ()).unwrap_err();
    assert_eq!(error.cause, Cause::Model);
    assert!(error.text.contains("input"), "{error}");
}

#[test]
fn an_impossible_allocation_is_a_memory_error() {
    // 2^60 bytes: refused by the allocator on any machine.
    let file = Linear::new(DType::F32, &[-1, 2], 3).memory_bomb_file(1 << 60);
    let mut model = Model::load(runtime(), &file).unwrap();
    let input = Input { name: "input", shape: &[1, 2], data: InputData::F32(&[0.0; 2]) };
    let error = model.run(&[input], &["scores"], |_| ()).unwrap_err();
    assert_eq!(error.cause, Cause::Memory, "{error}");
}

#[test]
fn a_failing_run_quotes_its_input() {
    // Not wanted, but true, and the reason why texts of runs on hidden items are dropped by the runner.
    let file = Linear::new(DType::F32, &[-1, 2], 3).quoting_file();
    let mut model = Model::load(runtime(), &file).unwrap();
    let input = Input { name: "input", shape: &[1, 2], data: InputData::F32(&[1.0, 2.0]) };
    let error = model.run(&[input], &["scores"], |_| ()).unwrap_err();
    assert!(error.text.contains("7001"), "{error}");
}

#[test]
fn a_runtime_cannot_be_started_twice() {
    let _first = runtime();
    let lib = std::env::var_os("EGRET_ORT_LIB").map_or_else(cached_library, PathBuf::from);
    assert!(Runtime::start(&lib, 1).is_err());
}
