//! Signature × item contract × answer contract × declared adapter → exactly how to feed this model, or why not.

use std::fmt;

use egret_jail::plan::{AdapterSpec, AnswerSpec, ItemSpec};

use super::Mismatch;
use super::layout::Layout;
use super::numbers::{self, Affine};
use crate::answer::Reading;
use crate::{DType, Signature, TensorInfo};

/// A model that insists on more items at once than this is refused: the platform would have to invent most of them.
pub const FIXED_BATCH_ITEMS_MAX: u64 = 1024;

/// How many items go into one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Batch {
    /// Any number; at most this many are given at once.
    UpTo(u64),
    /// Always this many: the tail is filled up with repeats of the last item.
    Exactly(u64),
}

impl Batch {
    /// The most items in one run.
    pub fn items_max(self) -> u64 {
        match self {
            Self::UpTo(items) | Self::Exactly(items) => items,
        }
    }
}

/// How items become the model's input.
#[derive(Clone, Debug, PartialEq)]
pub struct Feeding {
    /// What an item is.
    pub item: ItemSpec,
    /// The model's input.
    pub input: String,
    /// Its element type.
    pub dtype: DType,
    /// Its axes.
    pub layout: Layout,
    /// Its dimensions after the batch.
    pub dims: Vec<u64>,
    /// Whether channels go in reversed. Means and deviations are declared in the order of the tensor's own channels.
    pub reversed: bool,
    /// One map per channel of the tensor.
    pub channels: Vec<Affine>,
    /// How many at once.
    pub batch: Batch,
}

/// Everything needed to turn items into runs and runs into answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// Items in.
    pub feeding: Feeding,
    /// Answers out.
    pub reading: Reading,
}

/// What the file alone says of a [`Resolved`].
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// Items in.
    pub feeding: Feeding,
    /// Answers out; `None` where the file leaves shapes of its outputs open, which ONNX Runtime infers.
    pub reading: Option<Reading>,
}

/// ``I will feed `image` float32 [n,3,224,224] (nchw) RGB, x/255``
impl fmt::Display for Feeding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fixed = match self.batch {
            Batch::UpTo(_) => None,
            Batch::Exactly(size) => Some(size),
        };
        let order = match self.item {
            ItemSpec::Image { channels: 3, .. } if self.reversed => " BGR",
            ItemSpec::Image { channels: 3, .. } => " RGB",
            ItemSpec::Image { channels: 1, .. } => " gray",
            ItemSpec::Image { .. } | ItemSpec::Audio { .. } => "",
        };
        write!(
            f,
            "I will feed `{}` {} {} ({}){order}, {}",
            self.input,
            self.dtype.name(),
            self.layout.shape_text(&self.item, fixed),
            self.layout,
            numbers::text(&self.channels),
        )
    }
}

impl Resolved {
    /// The adapter in one sentence for the team. Made of the model, the contract and the declaration only.
    #[must_use]
    pub fn summary(&self) -> String {
        format!("{}, and read {}", self.feeding, self.reading)
    }
}

impl Forecast {
    /// The same sentence as [`Resolved::summary`], as far as the file goes.
    #[must_use]
    pub fn summary(&self) -> String {
        match &self.reading {
            Some(reading) => format!("{}, and read {reading}", self.feeding),
            None => format!(
                "{}; the file leaves the shape of an output open, so the check says which one is read",
                self.feeding
            ),
        }
    }

    /// Compares with what ONNX Runtime says of the same bytes. Two readers that disagree are a file made to be read in two
    /// ways, or a bug of ours; neither may pass.
    pub fn confirm(&self, resolved: &Resolved) -> Result<(), Mismatch> {
        let same_output = |reading: &Reading| {
            (&reading.output.name, reading.labels) == (&resolved.reading.output.name, resolved.reading.labels)
        };
        if self.feeding == resolved.feeding && self.reading.as_ref().is_none_or(same_output) {
            return Ok(());
        }
        Err(Mismatch::new(
            format!("the file says: {}; ONNX Runtime says: {}", self.summary(), resolved.summary()),
            "export the model again; its declared inputs and outputs must be those that ONNX Runtime infers",
        ))
    }
}

/// Fits a signature to a task, before anything but this crate has read the file.
pub fn forecast(
    signature: &Signature,
    item: &ItemSpec,
    answer: AnswerSpec,
    spec: &AdapterSpec,
    batch_items_max: u32,
) -> Result<Forecast, Mismatch> {
    let feeding = resolve_feeding(&signature.inputs, item, spec, batch_items_max)?;
    let reading = if signature.outputs_are_complete {
        Some(Reading::choose(&signature.outputs, answer, spec)?)
    } else {
        None
    };
    Ok(Forecast { feeding, reading })
}

/// Fits a loaded model to a task.
pub fn resolve(
    inputs: &[TensorInfo],
    outputs: &[TensorInfo],
    item: &ItemSpec,
    answer: AnswerSpec,
    spec: &AdapterSpec,
    batch_items_max: u32,
) -> Result<Resolved, Mismatch> {
    Ok(Resolved {
        feeding: resolve_feeding(inputs, item, spec, batch_items_max)?,
        reading: Reading::choose(outputs, answer, spec)?,
    })
}

/// Fits a model's inputs to a task's items.
pub fn resolve_feeding(
    inputs: &[TensorInfo],
    item: &ItemSpec,
    spec: &AdapterSpec,
    batch_items_max: u32,
) -> Result<Feeding, Mismatch> {
    if let ItemSpec::Image { channels: channels @ (0 | 5..), .. } = item {
        return Err(Mismatch::new(
            format!("the task's images have {channels} channels, expected 1 to 4"),
            "tell the organizer: no model can be fed with these",
        ));
    }
    let input = only_input(inputs, item)?;
    let layout = layout(input, item, spec)?;
    let dims = layout.dims(item).expect("a chosen layout holds the item");
    element_type(input, item, spec)?;
    let reversed = reversed(item, spec)?;
    let channels = numbers::resolve(item, input.dtype, spec)?;
    if input.dtype == DType::U8 && !channels.iter().all(|channel| channel.is_identity()) {
        return Err(Mismatch::new(
            format!("input {input} takes bytes, but scale, mean or std is declared"),
            "leave scale, mean and std empty: the model gets the samples as they are, 0 to 255",
        ));
    }
    Ok(Feeding {
        item: *item,
        input: input.name.clone(),
        dtype: input.dtype,
        layout,
        dims,
        reversed,
        channels,
        batch: batch(input, batch_items_max)?,
    })
}

fn only_input<'a>(inputs: &'a [TensorInfo], item: &ItemSpec) -> Result<&'a TensorInfo, Mismatch> {
    match inputs {
        [one] => Ok(one),
        [] => Err(Mismatch::new(
            "the model declares no input",
            format!("export a model with one input tensor that takes {}", words(item)),
        )),
        many => {
            let list: Vec<String> = many.iter().map(TensorInfo::to_string).collect();
            Err(Mismatch::new(
                format!("the model requires {} inputs, {}; the task feeds one", many.len(), list.join(", ")),
                "make every other input a constant (an initializer) of the graph",
            ))
        }
    }
}

fn layout(input: &TensorInfo, item: &ItemSpec, spec: &AdapterSpec) -> Result<Layout, Mismatch> {
    let accepted =
        || Layout::candidates(item).map(|layout| layout.to_string()).collect::<Vec<_>>().join(", ");
    if let Some(name) = declared(spec.layout.as_deref()) {
        let layout = Layout::parse(name, item).ok_or_else(|| {
            Mismatch::new(
                format!("layout `{name}` is not one that {} can be fed in", words(item)),
                format!("declare one of {}, or leave it empty", accepted()),
            )
        })?;
        // No dimensions at all: the model does not say, and the team has.
        if input.dims.is_empty() || layout.fits(item, &input.dims) {
            return Ok(layout);
        }
        return Err(Mismatch::new(
            format!("input {input}: expected {} for layout `{name}`", layout.shape_text(item, None)),
            "leave the layout empty to have it inferred, or export the model for that shape",
        ));
    }
    Layout::candidates(item).find(|layout| layout.fits(item, &input.dims)).ok_or_else(|| {
        if input.dims.is_empty() {
            return Mismatch::new(
                format!("input {input} declares no shape"),
                format!("declare the layout: one of {}", accepted()),
            );
        }
        let expected: Vec<String> =
            Layout::candidates(item).map(|layout| layout.shape_text(item, None)).collect();
        Mismatch::new(
            format!("input {input}: expected {}", expected.join(" or ")),
            format!(
                "the task feeds {}; export the model for that size, or begin it with a Resize, Reshape or Transpose",
                words(item)
            ),
        )
    })
}

/// What the model takes is what it declares; a declared `dtype` can only agree.
fn element_type(input: &TensorInfo, item: &ItemSpec, spec: &AdapterSpec) -> Result<(), Mismatch> {
    let fed: &[(&str, DType)] = match item {
        ItemSpec::Image { .. } => &[
            ("u8", DType::U8),
            ("f32", DType::F32),
            ("f16", DType::F16),
            ("f64", DType::F64),
            ("i8", DType::I8),
            ("i16", DType::I16),
            ("i32", DType::I32),
            ("i64", DType::I64),
        ],
        ItemSpec::Audio { .. } => &[("f32", DType::F32), ("f16", DType::F16), ("f64", DType::F64)],
    };
    if !fed.iter().any(|(_, dtype)| *dtype == input.dtype) {
        let names: Vec<&str> = fed.iter().map(|(_, dtype)| dtype.name()).collect();
        return Err(Mismatch::new(
            format!("input {input}: {} is fed as {}", words(item), names.join(", ")),
            "begin the model with a Cast from one of these types",
        ));
    }
    let Some(name) = declared(spec.dtype.as_deref()) else { return Ok(()) };
    if fed.iter().any(|(known, dtype)| *known == name && *dtype == input.dtype) {
        return Ok(());
    }
    Err(Mismatch::new(
        format!("input {input}: the declared dtype is `{name}`"),
        "leave dtype empty: the model's own is taken",
    ))
}

fn reversed(item: &ItemSpec, spec: &AdapterSpec) -> Result<bool, Mismatch> {
    match (declared(spec.channel_order.as_deref()), item) {
        (None | Some("rgb"), _) => Ok(false),
        (Some("bgr"), ItemSpec::Image { channels: 3, .. }) => Ok(true),
        (Some("bgr"), _) => Err(Mismatch::new(
            format!("channel_order `bgr` needs three channels; the task feeds {}", words(item)),
            "leave channel_order empty",
        )),
        (Some(other), _) => Err(Mismatch::new(
            format!("channel_order `{other}` is neither `rgb` nor `bgr`"),
            "declare `rgb` or `bgr`, or leave it empty",
        )),
    }
}

fn batch(input: &TensorInfo, batch_items_max: u32) -> Result<Batch, Mismatch> {
    match input.dims.first().copied().flatten() {
        None => Ok(Batch::UpTo(u64::from(batch_items_max.max(1)))),
        Some(size @ 1..=FIXED_BATCH_ITEMS_MAX) => Ok(Batch::Exactly(size)),
        Some(size) => Err(Mismatch::new(
            format!(
                "input {input}: a batch fixed to {size}, expected dynamic or 1 to {FIXED_BATCH_ITEMS_MAX}"
            ),
            "export the model with a dynamic batch dimension",
        )),
    }
}

/// An empty string is as good as none.
pub fn declared(field: Option<&str>) -> Option<&str> {
    field.filter(|text| !text.is_empty())
}

fn words(item: &ItemSpec) -> String {
    match *item {
        ItemSpec::Image { width, height, channels } => {
            let colour = match channels {
                1 => "gray ",
                3 => "RGB ",
                _ => "",
            };
            format!("{width}×{height} {colour}images")
        }
        ItemSpec::Audio { sample_rate_hz, sample_count } => {
            format!("{sample_count} mono samples at {sample_rate_hz} Hz")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RGB: ItemSpec = ItemSpec::Image { width: 224, height: 224, channels: 3 };
    const GRAY: ItemSpec = ItemSpec::Image { width: 28, height: 28, channels: 1 };
    const AUDIO: ItemSpec = ItemSpec::Audio { sample_rate_hz: 8000, sample_count: 8000 };
    const TEN: AnswerSpec = AnswerSpec::Classes { class_count: 10 };

    fn tensor(name: &str, dtype: DType, dims: &[i64]) -> TensorInfo {
        let dims = dims.iter().map(|dim| u64::try_from(*dim).ok()).collect();
        TensorInfo { name: name.to_owned(), dtype, dims }
    }

    fn scores() -> Vec<TensorInfo> {
        vec![tensor("scores", DType::F32, &[-1, 10])]
    }

    fn fit(item: &ItemSpec, dtype: DType, dims: &[i64], spec: &AdapterSpec) -> Result<Resolved, Mismatch> {
        resolve(&[tensor("image", dtype, dims)], &scores(), item, TEN, spec, 64)
    }

    #[track_caller]
    fn refused(item: &ItemSpec, dtype: DType, dims: &[i64], spec: &AdapterSpec, detail: &str, remedy: &str) {
        let mismatch = fit(item, dtype, dims, spec).unwrap_err();
        assert_eq!((mismatch.detail.as_str(), mismatch.remedy.as_str()), (detail, remedy));
    }

    #[test]
    fn the_summary_says_what_will_be_done() {
        let none = AdapterSpec::default();
        let cases: [(&ItemSpec, DType, &[i64], &str); 6] = [
            (&RGB, DType::F32, &[-1, 3, 224, 224], "`image` float32 [n,3,224,224] (nchw) RGB, x/255"),
            (&RGB, DType::U8, &[-1, 224, 224, 3], "`image` uint8 [n,224,224,3] (nhwc) RGB, x as it is"),
            (&RGB, DType::I8, &[1, 224, 224, 3], "`image` int8 [1,224,224,3] (nhwc) RGB, x - 128"),
            (&GRAY, DType::F32, &[1, 1, 28, 28], "`image` float32 [1,1,28,28] (nchw) gray, x/255"),
            (&GRAY, DType::F64, &[-1, 784], "`image` float64 [n,784] (flat) gray, x/255"),
            (&AUDIO, DType::F32, &[-1, 8000], "`image` float32 [n,8000] (nt), x as it is"),
        ];
        for (item, dtype, dims, summary) in cases {
            let expected = format!("I will feed {summary}, and read `scores` float32 [n,10] as scores");
            assert_eq!(fit(item, dtype, dims, &none).unwrap().summary(), expected);
        }
    }

    #[test]
    fn declared_numbers_and_order_are_taken() {
        let spec = AdapterSpec {
            layout: Some("nchw".to_owned()),
            dtype: Some("f32".to_owned()),
            mean: vec![0.485, 0.456, 0.406],
            std: vec![0.229, 0.224, 0.225],
            channel_order: Some("bgr".to_owned()),
            activation: Some("softmax".to_owned()),
            ..AdapterSpec::default()
        };
        assert_eq!(
            fit(&RGB, DType::F32, &[-1, 3, -1, -1], &spec).unwrap().summary(),
            "I will feed `image` float32 [n,3,224,224] (nchw) BGR, \
             (x/255 - [0.485,0.456,0.406]) / [0.229,0.224,0.225], and read `scores` float32 [n,10] as scores, softmax"
        );
    }

    #[test]
    fn the_batch_is_the_models_own() {
        let none = AdapterSpec::default();
        let batch = |size| fit(&GRAY, DType::F32, &[size, 784], &none).map(|resolved| resolved.feeding.batch);
        assert_eq!(batch(-1), Ok(Batch::UpTo(64)));
        assert_eq!(batch(1), Ok(Batch::Exactly(1)));
        assert_eq!(batch(128), Ok(Batch::Exactly(128)));
        let mismatch = batch(1 << 40).unwrap_err();
        assert_eq!(mismatch.remedy, "export the model with a dynamic batch dimension");
        assert!(batch(0).is_err());
    }

    #[test]
    fn a_wrong_size_names_what_was_expected_and_found() {
        refused(
            &RGB,
            DType::F32,
            &[-1, 3, 32, 32],
            &AdapterSpec::default(),
            "input `image` float32 [n,3,32,32]: expected [n,3,224,224] or [n,224,224,3] or [n,150528]",
            "the task feeds 224×224 RGB images; export the model for that size, or begin it with a Resize, Reshape \
             or Transpose",
        );
    }

    #[test]
    fn a_declared_layout_must_fit() {
        let spec = AdapterSpec { layout: Some("nhwc".to_owned()), ..AdapterSpec::default() };
        refused(
            &RGB,
            DType::F32,
            &[-1, 3, 224, 224],
            &spec,
            "input `image` float32 [n,3,224,224]: expected [n,224,224,3] for layout `nhwc`",
            "leave the layout empty to have it inferred, or export the model for that shape",
        );
        let spec = AdapterSpec { layout: Some("nt".to_owned()), ..AdapterSpec::default() };
        refused(
            &GRAY,
            DType::F32,
            &[-1, 784],
            &spec,
            "layout `nt` is not one that 28×28 gray images can be fed in",
            "declare one of nchw, nhwc, nhw, flat, or leave it empty",
        );
    }

    #[test]
    fn a_model_without_a_shape_needs_a_declared_layout() {
        let none = AdapterSpec::default();
        assert!(fit(&GRAY, DType::F32, &[], &none).is_err());
        let spec = AdapterSpec { layout: Some("nchw".to_owned()), ..none };
        let resolved = fit(&GRAY, DType::F32, &[], &spec).unwrap().feeding;
        assert_eq!((resolved.dims, resolved.batch), (vec![1, 28, 28], Batch::UpTo(64)));
    }

    #[test]
    fn an_element_type_that_is_not_fed_is_refused() {
        refused(
            &AUDIO,
            DType::U8,
            &[-1, 8000],
            &AdapterSpec::default(),
            "input `image` uint8 [n,8000]: 8000 mono samples at 8000 Hz is fed as float32, float16, float64",
            "begin the model with a Cast from one of these types",
        );
        let spec = AdapterSpec { dtype: Some("f16".to_owned()), ..AdapterSpec::default() };
        refused(
            &GRAY,
            DType::F32,
            &[-1, 784],
            &spec,
            "input `image` float32 [n,784]: the declared dtype is `f16`",
            "leave dtype empty: the model's own is taken",
        );
    }

    #[test]
    fn bytes_take_no_arithmetic() {
        let spec = AdapterSpec { mean: vec![0.5], ..AdapterSpec::default() };
        assert!(fit(&GRAY, DType::U8, &[-1, 784], &spec).is_err());
    }

    #[test]
    fn more_than_one_required_input_is_refused() {
        let inputs = [tensor("image", DType::F32, &[-1, 784]), tensor("temperature", DType::F32, &[])];
        let mismatch = resolve(&inputs, &scores(), &GRAY, TEN, &AdapterSpec::default(), 64).unwrap_err();
        assert_eq!(
            mismatch.detail,
            "the model requires 2 inputs, `image` float32 [n,784], `temperature` float32 []; the task feeds one"
        );
        assert!(resolve(&[], &scores(), &GRAY, TEN, &AdapterSpec::default(), 64).is_err());
    }

    #[test]
    fn bgr_needs_colour() {
        let spec = AdapterSpec { channel_order: Some("bgr".to_owned()), ..AdapterSpec::default() };
        assert!(fit(&GRAY, DType::F32, &[-1, 784], &spec).is_err());
        let spec = AdapterSpec { channel_order: Some("grb".to_owned()), ..AdapterSpec::default() };
        assert!(fit(&RGB, DType::F32, &[-1, 3, 224, 224], &spec).is_err());
    }

    fn of_file(
        dims: &[i64],
        outputs: Vec<TensorInfo>,
        outputs_are_complete: bool,
    ) -> Result<Forecast, Mismatch> {
        let signature =
            Signature { inputs: vec![tensor("image", DType::F32, dims)], outputs, outputs_are_complete };
        forecast(&signature, &GRAY, TEN, &AdapterSpec::default(), 64)
    }

    #[test]
    fn a_forecast_says_what_the_check_will_say() {
        let resolved = fit(&GRAY, DType::F32, &[-1, 784], &AdapterSpec::default()).unwrap();
        let forecast = of_file(&[-1, 784], scores(), true).unwrap();
        assert_eq!(forecast.summary(), resolved.summary());
        assert_eq!(forecast.confirm(&resolved), Ok(()));
        assert_eq!(
            of_file(&[-1, 784], scores(), false).unwrap().summary(),
            "I will feed `image` float32 [n,784] (flat) gray, x/255; the file leaves the shape of an output open, so \
             the check says which one is read"
        );
    }

    #[test]
    fn outputs_are_judged_by_the_file_only_where_it_says_all_of_them() {
        let wide = || vec![tensor("y", DType::F32, &[-1, 1000])];
        assert!(of_file(&[-1, 784], wide(), true).is_err());
        assert_eq!(of_file(&[-1, 784], wide(), false).unwrap().reading, None);
    }

    #[test]
    fn two_readers_that_disagree_are_not_believed() {
        let resolved = fit(&GRAY, DType::F32, &[-1, 784], &AdapterSpec::default()).unwrap();
        let other_batch = of_file(&[1, 784], scores(), true).unwrap();
        let other_layout = of_file(&[-1, 1, 28, 28], scores(), false).unwrap();
        let other_output = of_file(&[-1, 784], vec![tensor("y", DType::F32, &[-1, 10])], true).unwrap();
        let labels = of_file(&[-1, 784], vec![tensor("scores", DType::I64, &[-1])], true).unwrap();
        for forecast in [other_batch, other_layout, other_output, labels] {
            let mismatch = forecast.confirm(&resolved).unwrap_err();
            assert!(mismatch.detail.contains("; ONNX Runtime says: I will feed `image`"), "{mismatch:?}");
        }
        // More precise about a dimension is no disagreement.
        let vague = of_file(&[-1, 784], vec![tensor("scores", DType::F32, &[-1, 10, -1])], true).unwrap();
        assert_eq!(vague.confirm(&resolved), Ok(()));
    }
}
