//! Signature × input contract × answer contract × declared adapter → exactly how to feed this model, or why not.

use std::fmt;

use egret_contract::{Adapter, AnswerContract, InputContract, Part};

use super::feed::Wish;
use super::{Field, How, Mismatch, TensorFeed, declared};
use crate::answer::Reading;
use crate::{Signature, TensorInfo};

/// A model that insists on more items at once than this is refused: the platform would have to invent most of them.
pub const FIXED_BATCH_ITEMS_MAX: u64 = 1024;

/// What a model is fitted to.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// What an item is.
    pub input: &'a InputContract,
    /// What an answer is.
    pub answer: &'a AnswerContract,
    /// What the team wishes, its package's `model.toml` included.
    pub adapter: &'a Adapter,
    /// Whether the package has a `tokenizer.json`.
    pub tokenizer: bool,
    /// The most items given to the model at once.
    pub batch_items_max: u32,
}

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
    #[must_use]
    pub fn items_max(self) -> u64 {
        match self {
            Self::UpTo(items) | Self::Exactly(items) => items,
        }
    }
}

/// How items become the model's tensors.
#[derive(Clone, Debug, PartialEq)]
pub struct Feeding {
    /// One per input of the model.
    pub tensors: Vec<TensorFeed>,
    /// How many items at once.
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
        let tensors: Vec<String> = self.tensors.iter().map(|tensor| tensor.text(fixed)).collect();
        write!(f, "I will feed {}", tensors.join("; "))?;
        // A size of its own for every item: nothing can go in together.
        let alone = self.tensors.iter().any(|tensor| !tensor.is_fixed()) && self.batch == Batch::UpTo(1);
        if alone { f.write_str("; one item at a time") } else { Ok(()) }
    }
}

impl Feeding {
    /// Rows and columns of the picture as the model sees it, where they are the same for all; boxes and masks lie on these.
    #[must_use]
    pub fn picture(&self) -> Option<(u64, u64)> {
        self.tensors.iter().find_map(|feed| match &feed.how {
            How::Pixels(pixels) => pixels.resize.map(|(size, _)| size),
            _ => None,
        })
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
        let same_output = |reading: &Reading| reading.is_like(&resolved.reading);
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
pub fn forecast(signature: &Signature, terms: &Terms<'_>) -> Result<Forecast, Mismatch> {
    let feeding = resolve_feeding(&signature.inputs, terms)?;
    let reading = if signature.outputs_are_complete {
        Some(Reading::choose(&signature.outputs, terms, &feeding)?)
    } else {
        None
    };
    Ok(Forecast { feeding, reading })
}

/// Fits a loaded model to a task.
pub fn resolve(
    inputs: &[TensorInfo],
    outputs: &[TensorInfo],
    terms: &Terms<'_>,
) -> Result<Resolved, Mismatch> {
    let feeding = resolve_feeding(inputs, terms)?;
    let reading = Reading::choose(outputs, terms, &feeding)?;
    Ok(Resolved { feeding, reading })
}

/// Fits a model's inputs to a task's items.
pub fn resolve_feeding(inputs: &[TensorInfo], terms: &Terms<'_>) -> Result<Feeding, Mismatch> {
    let tensors = match terms.input.parts.as_slice() {
        [part] => single(inputs, part, terms)?,
        parts => composite(inputs, parts, terms)?,
    };
    let batch = batch(inputs, &tensors, terms)?;
    Ok(Feeding { tensors, batch })
}

/// The only part goes into the only input; text through a tokenizer into several.
fn single(inputs: &[TensorInfo], part: &Part, terms: &Terms<'_>) -> Result<Vec<TensorFeed>, Mismatch> {
    let adapter = terms.adapter.of_part(&part.name);
    let wish = Wish { part: 0, kind: &part.kind, adapter: &adapter, tokenizer: terms.tokenizer };
    match inputs {
        [one] => Ok(vec![wish.feed(one)?]),
        [] => Err(Mismatch::new(
            "the model declares no input",
            format!("export a model with one input tensor that takes {}", part.kind),
        )),
        many => tokens(many, &wish).ok_or_else(|| {
            let list: Vec<String> = many.iter().map(TensorInfo::to_string).collect();
            Mismatch::new(
                format!("the model requires {} inputs, {}; the task feeds one", many.len(), list.join(", ")),
                "make every other input a constant (an initializer) of the graph",
            )
        }),
    }
}

/// Several tensors for one text: ids, and what goes with them.
fn tokens(inputs: &[TensorInfo], wish: &Wish<'_>) -> Option<Vec<TensorFeed>> {
    let feeds: Vec<TensorFeed> =
        inputs.iter().map(|input| wish.feed(input)).collect::<Result<_, _>>().ok()?;
    let count = |wanted: Field| {
        feeds.iter().filter(|feed| matches!(feed.how, How::Codes(_, field) if field == wanted)).count()
    };
    let fields = [Field::Ids, Field::Mask, Field::Types].map(count);
    let tokens =
        fields.iter().sum::<usize>() == feeds.len() && fields[0] == 1 && fields[1] <= 1 && fields[2] <= 1;
    tokens.then_some(feeds)
}

/// Every part into inputs of its own: the declared one, the one of its name, or the only one that is left for it.
fn composite(inputs: &[TensorInfo], parts: &[Part], terms: &Terms<'_>) -> Result<Vec<TensorFeed>, Mismatch> {
    let mut free: Vec<&TensorInfo> = inputs.iter().collect();
    let mut feeds: Vec<TensorFeed> = Vec::new();
    let adapters: Vec<Adapter> = parts.iter().map(|part| terms.adapter.of_part(&part.name)).collect();
    let wish = |index: usize| Wish {
        part: index,
        kind: &parts[index].kind,
        adapter: &adapters[index],
        tokenizer: terms.tokenizer,
    };
    let mut left: Vec<usize> = (0..parts.len()).collect();
    // Those that are named first, then those with one choice, until nothing changes.
    while !left.is_empty() {
        let choice = left.iter().find_map(|&index| {
            let name = declared(adapters[index].tensor.as_deref());
            let named = free.iter().position(|input| match name {
                Some(name) => input.name == name,
                None => input.name == parts[index].name,
            });
            if let Some(at) = named.filter(|at| name.is_some() || wish(index).feed(free[*at]).is_ok()) {
                return Some((index, at));
            }
            let fitting: Vec<usize> =
                (0..free.len()).filter(|&at| wish(index).feed(free[at]).is_ok()).collect();
            match fitting.as_slice() {
                [at] if name.is_none() => Some((index, *at)),
                _ => None,
            }
        });
        let Some((index, at)) = choice else {
            let names: Vec<&str> = left.iter().map(|&index| parts[index].name.as_str()).collect();
            let list: Vec<String> = free.iter().map(ToString::to_string).collect();
            return Err(Mismatch::new(
                format!("no input is plainly that of {}; left are {}", names.join(", "), list.join(", ")),
                "name it in model.toml: [parts.NAME] with tensor = \"…\"",
            ));
        };
        feeds.push(wish(index).feed(free.remove(at))?);
        left.retain(|&other| other != index);
    }
    // Masks and segment ids of a text.
    for input in free {
        let text = (0..parts.len()).find_map(|index| {
            let feed = wish(index).feed(input).ok()?;
            matches!(feed.how, How::Codes(_, Field::Mask | Field::Types)).then_some(feed)
        });
        feeds.push(text.ok_or_else(|| {
            Mismatch::new(
                format!("input {input} is none of the task's parts"),
                "make it a constant (an initializer) of the graph",
            )
        })?);
    }
    Ok(feeds)
}

fn batch(inputs: &[TensorInfo], feeds: &[TensorFeed], terms: &Terms<'_>) -> Result<Batch, Mismatch> {
    let sizes = inputs.iter().filter_map(|input| Some((input, input.dims.first().copied().flatten()?)));
    let free = feeds.iter().find(|feed| !feed.is_fixed());
    let mut fixed: Option<u64> = None;
    for (input, size) in sizes {
        if !(1..=FIXED_BATCH_ITEMS_MAX).contains(&size) || fixed.is_some_and(|fixed| fixed != size) {
            return Err(Mismatch::new(
                format!(
                    "input {input}: a batch fixed to {size}, expected dynamic or 1 to {FIXED_BATCH_ITEMS_MAX}, the same \
                     for all inputs"
                ),
                "export the model with a dynamic batch dimension",
            ));
        }
        fixed = Some(size);
    }
    match (fixed, free) {
        (Some(size @ 2..), Some(feed)) => Err(Mismatch::new(
            format!("`{}` has another size for every item, and the batch is fixed to {size}", feed.tensor),
            "export the model with a dynamic batch dimension, or with fixed sizes",
        )),
        (Some(size), _) => Ok(Batch::Exactly(size)),
        (None, Some(_)) => Ok(Batch::UpTo(1)),
        (None, None) => {
            let most = terms.adapter.batch.unwrap_or(u32::MAX).min(terms.batch_items_max).max(1);
            Ok(Batch::UpTo(u64::from(most)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egret_contract::{AudioInput, Length, LogMel, Longer, PartKind, TextEncoding, TextInput};

    use crate::DType;

    fn rgb() -> InputContract {
        InputContract::images(224, 224, 3)
    }

    fn gray() -> InputContract {
        InputContract::images(28, 28, 1)
    }

    fn audio() -> InputContract {
        InputContract::sounds(8000, 8000)
    }

    fn ten() -> AnswerContract {
        AnswerContract::one_of(10)
    }

    fn tensor(name: &str, dtype: DType, dims: &[i64]) -> TensorInfo {
        let dims = dims.iter().map(|dim| u64::try_from(*dim).ok()).collect();
        TensorInfo { name: name.to_owned(), dtype, dims }
    }

    fn scores() -> Vec<TensorInfo> {
        vec![tensor("scores", DType::F32, &[-1, 10])]
    }

    fn fit(input: &InputContract, dtype: DType, dims: &[i64], spec: &Adapter) -> Result<Resolved, Mismatch> {
        fitted(&[tensor("image", dtype, dims)], input, spec)
    }

    fn fitted(inputs: &[TensorInfo], input: &InputContract, spec: &Adapter) -> Result<Resolved, Mismatch> {
        let (answer, tokenizer) = (&ten(), false);
        resolve(inputs, &scores(), &Terms { input, answer, adapter: spec, tokenizer, batch_items_max: 64 })
    }

    #[track_caller]
    fn refused(
        input: &InputContract,
        dtype: DType,
        dims: &[i64],
        spec: &Adapter,
        detail: &str,
        remedy: &str,
    ) {
        let mismatch = fit(input, dtype, dims, spec).unwrap_err();
        assert_eq!((mismatch.detail.as_str(), mismatch.remedy.as_str()), (detail, remedy));
    }

    #[test]
    fn the_summary_says_what_will_be_done() {
        let none = Adapter::default();
        let cases: [(&InputContract, DType, &[i64], &str); 6] = [
            (&rgb(), DType::F32, &[-1, 3, 224, 224], "`image` float32 [n,3,224,224] (nchw) RGB, x/255"),
            (&rgb(), DType::U8, &[-1, 224, 224, 3], "`image` uint8 [n,224,224,3] (nhwc) RGB, x as it is"),
            (&rgb(), DType::I8, &[1, 224, 224, 3], "`image` int8 [1,224,224,3] (nhwc) RGB, x - 128"),
            (&gray(), DType::F32, &[1, 1, 28, 28], "`image` float32 [1,1,28,28] (nchw) gray, x/255"),
            (&gray(), DType::F64, &[-1, 784], "`image` float64 [n,784] (flat) gray, x/255"),
            (&audio(), DType::F32, &[-1, 8000], "`image` float32 [n,8000] (nt), x as it is"),
        ];
        for (item, dtype, dims, summary) in cases {
            let expected = format!("I will feed {summary}, and read `scores` float32 [n,10] as scores");
            assert_eq!(fit(item, dtype, dims, &none).unwrap().summary(), expected);
        }
    }

    #[test]
    fn declared_numbers_and_order_are_taken() {
        let spec = Adapter {
            layout: Some("nchw".to_owned()),
            dtype: Some("f32".to_owned()),
            mean: vec![0.485, 0.456, 0.406],
            std: vec![0.229, 0.224, 0.225],
            channel_order: Some("bgr".to_owned()),
            activation: Some("softmax".to_owned()),
            ..Adapter::default()
        };
        assert_eq!(
            fit(&rgb(), DType::F32, &[-1, 3, -1, -1], &spec).unwrap().summary(),
            "I will feed `image` float32 [n,3,224,224] (nchw) BGR, \
             (x/255 - [0.485,0.456,0.406]) / [0.229,0.224,0.225], and read `scores` float32 [n,10] as scores, softmax"
        );
    }

    #[test]
    fn the_batch_is_the_models_own() {
        let none = Adapter::default();
        let batch =
            |size| fit(&gray(), DType::F32, &[size, 784], &none).map(|resolved| resolved.feeding.batch);
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
            &rgb(),
            DType::F32,
            &[-1, 1, 32, 32],
            &Adapter::default(),
            "input `image` float32 [n,1,32,32]: expected [n,3,224,224] or [n,224,224,3] or [n,150528]",
            "the task feeds 224×224 RGB image; export the model for that, or begin it with a Reshape or Transpose",
        );
    }

    #[test]
    fn pictures_are_resized_to_the_models_own_size() {
        let none = Adapter::default();
        let summary = |spec: &Adapter, dims: &[i64]| fit(&rgb(), DType::F32, dims, spec).unwrap().summary();
        assert!(
            summary(&none, &[1, 3, 352, 320])
                .contains("float32 [1,3,352,320] (nchw) RGB, resized to 320×352 (bilinear), x/255"),
        );
        let nearest = Adapter { resize: Some(egret_contract::Resize::Nearest), ..none };
        assert!(
            summary(&nearest, &[-1, 96, 96, 3]).contains("(nhwc) RGB, resized to 96×96 (nearest), x/255")
        );
        assert!(!summary(&nearest, &[-1, 3, 224, 224]).contains("resized"));
        assert!(fit(&rgb(), DType::F32, &[-1, 3, 5000, 5000], &nearest).is_err());
    }

    fn text(bytes_max: u32) -> InputContract {
        InputContract::single(PartKind::Text(TextInput { bytes_max }))
    }

    fn fed(
        inputs: &[TensorInfo],
        input: &InputContract,
        spec: &Adapter,
        tokenizer: bool,
    ) -> Result<String, Mismatch> {
        let answer = &ten();
        let terms = Terms { input, answer, adapter: spec, tokenizer, batch_items_max: 64 };
        Ok(resolve_feeding(inputs, &terms)?.to_string())
    }

    #[test]
    fn text_goes_in_as_strings_code_points_or_tokens() {
        let none = Adapter::default();
        let strings = [tensor("text", DType::String, &[-1, 1])];
        let said = fed(&strings, &text(9), &none, false).unwrap();
        assert_eq!(said, "I will feed `text` string [n,1], the text as it is");
        let codes = [tensor("codes", DType::I64, &[-1, 256])];
        let mismatch = fed(&codes, &text(9), &none, false).unwrap_err();
        assert!(mismatch.remedy.contains("tokenizer.json"), "{mismatch:?}");
        let codepoints = Adapter { text: Some(TextEncoding::Codepoints), ..none.clone() };
        let said = fed(&codes, &text(9), &codepoints, false).unwrap();
        assert_eq!(said, "I will feed `codes` int64 [n,256], Unicode code points");
        let free =
            [tensor("input_ids", DType::I64, &[-1, -1]), tensor("attention_mask", DType::I64, &[-1, -1])];
        let said = fed(&free, &text(9), &none, true).unwrap();
        assert_eq!(
            said,
            "I will feed `input_ids` int64 [n,?], token ids of tokenizer.json; `attention_mask` int64 [n,?], 1 for a \
             token and 0 for padding; one item at a time"
        );
        let cut = Adapter { text_length: Some(64), ..none.clone() };
        assert!(fed(&free, &text(9), &cut, true).unwrap().contains("`input_ids` int64 [n,64]"));
        assert!(fed(&codes, &text(9), &Adapter { text_length: Some(64), ..codepoints }, false).is_err());
        assert!(fed(&free, &text(9), &none, false).is_err(), "without a tokenizer");
    }

    #[test]
    fn sounds_of_their_own_length_go_in_alone_or_are_cut() {
        let (length, longer) = (Length::Bounded, Longer::Cut);
        let audio = AudioInput { sample_rate_hz: 8000, sample_count_max: 80_000, length, longer };
        let audio = InputContract::single(PartKind::Audio(audio));
        let none = Adapter::default();
        let said = |dims: &[i64], spec: &Adapter| fed(&[tensor("x", DType::F32, dims)], &audio, spec, false);
        assert_eq!(said(&[1, -1], &none).unwrap(), "I will feed `x` float32 [1,?] (nt), x as it is");
        assert_eq!(
            said(&[-1, -1], &none).unwrap(),
            "I will feed `x` float32 [n,?] (nt), x as it is; one item at a time"
        );
        assert_eq!(said(&[-1, 16000], &none).unwrap(), "I will feed `x` float32 [n,16000] (nt), x as it is");
        assert!(said(&[4, -1], &none).is_err(), "a fixed batch of sounds of different lengths");
        let (f_min, f_max, floor, decibels) = (0.0, None, 1e-10, false);
        let mel = LogMel { fft_size: 512, hop: 160, mel_count: 80, f_min, f_max, floor, decibels };
        let mels = Adapter { log_mel: Some(mel), ..none.clone() };
        assert_eq!(
            said(&[-1, 80, -1], &mels).unwrap(),
            "I will feed `x` float32 [n,80,?] (nft), log-mel of 80 bands, windows of 512 every 160, x as it is; one item \
             at a time"
        );
        let mels = Adapter { log_mel: Some(LogMel { hop: 0, ..mel }), ..none };
        assert!(said(&[-1, 80, -1], &mels).unwrap_err().detail.contains("out of range"));
    }

    #[test]
    fn every_part_finds_its_input() {
        let part =
            |name: &str, kind: &InputContract| Part { name: name.into(), kind: kind.parts[0].kind.clone() };
        let parts = vec![part("photo", &rgb()), part("text", &text(9)), part("sound", &audio())];
        let input = InputContract { parts };
        let inputs = [
            tensor("attention_mask", DType::I64, &[-1, 32]),
            tensor("input_ids", DType::I64, &[-1, 32]),
            tensor("wave", DType::F32, &[-1, 8000]),
            tensor("pixels", DType::F32, &[-1, 3, 224, 224]),
        ];
        let none = Adapter::default();
        let said = fed(&inputs, &input, &none, true);
        assert!(said.is_err(), "which of two is the text's is not plain");
        let ids = Adapter { tensor: Some("input_ids".into()), ..none.clone() };
        let named = Adapter { parts: [("text".to_owned(), ids)].into(), ..none };
        let feeding = fed(&inputs, &input, &named, true).unwrap();
        for words in [
            "`pixels` float32 [n,3,224,224] (nchw) RGB",
            "`wave` float32 [n,8000] (nt)",
            "`input_ids`",
            "`attention_mask`",
        ] {
            assert!(feeding.contains(words), "{feeding}");
        }
        assert!(fed(&inputs[..3], &input, &named, true).is_err(), "a part without an input");
        let more = [inputs.as_slice(), &[tensor("noise", DType::F32, &[1])]].concat();
        assert!(fed(&more, &input, &named, true).is_err(), "an input without a part");
    }

    #[test]
    fn a_declared_layout_must_fit() {
        let spec = Adapter { layout: Some("nhwc".to_owned()), ..Adapter::default() };
        refused(
            &rgb(),
            DType::F32,
            &[-1, 3, 224, 224],
            &spec,
            "input `image` float32 [n,3,224,224]: expected [n,224,224,3] for layout `nhwc`",
            "leave the layout empty to have it inferred, or export the model for that shape",
        );
        let spec = Adapter { layout: Some("nt".to_owned()), ..Adapter::default() };
        refused(
            &gray(),
            DType::F32,
            &[-1, 784],
            &spec,
            "layout `nt` is not one that 28×28 gray image can be fed in",
            "declare one of nchw, nhwc, nhw, flat, or leave it empty",
        );
    }

    #[test]
    fn a_model_without_a_shape_needs_a_declared_layout() {
        let none = Adapter::default();
        assert!(fit(&gray(), DType::F32, &[], &none).is_err());
        let spec = Adapter { layout: Some("nchw".to_owned()), ..none };
        let resolved = fit(&gray(), DType::F32, &[], &spec).unwrap().feeding;
        assert_eq!(
            (resolved.tensors[0].dims.clone(), resolved.batch),
            (vec![Some(1), Some(28), Some(28)], Batch::UpTo(64))
        );
    }

    #[test]
    fn an_element_type_that_is_not_fed_is_refused() {
        refused(
            &audio(),
            DType::U8,
            &[-1, 8000],
            &Adapter::default(),
            "input `image` uint8 [n,8000]: 8000 mono samples at 8000 Hz is fed as float32, float16, float64",
            "begin the model with a Cast from one of these types",
        );
        let spec = Adapter { dtype: Some("f16".to_owned()), ..Adapter::default() };
        refused(
            &gray(),
            DType::F32,
            &[-1, 784],
            &spec,
            "input `image` float32 [n,784]: the declared dtype is `f16`",
            "leave dtype empty: the model's own is taken",
        );
    }

    #[test]
    fn bytes_take_no_arithmetic() {
        let spec = Adapter { mean: vec![0.5], ..Adapter::default() };
        assert!(fit(&gray(), DType::U8, &[-1, 784], &spec).is_err());
    }

    #[test]
    fn more_than_one_required_input_is_refused() {
        let inputs = [tensor("image", DType::F32, &[-1, 784]), tensor("temperature", DType::F32, &[])];
        let mismatch = fitted(&inputs, &gray(), &Adapter::default()).unwrap_err();
        assert_eq!(
            mismatch.detail,
            "the model requires 2 inputs, `image` float32 [n,784], `temperature` float32 []; the task feeds one"
        );
        assert!(fitted(&[], &gray(), &Adapter::default()).is_err());
    }

    #[test]
    fn bgr_needs_colour() {
        let spec = Adapter { channel_order: Some("bgr".to_owned()), ..Adapter::default() };
        assert!(fit(&gray(), DType::F32, &[-1, 784], &spec).is_err());
        let spec = Adapter { channel_order: Some("grb".to_owned()), ..Adapter::default() };
        assert!(fit(&rgb(), DType::F32, &[-1, 3, 224, 224], &spec).is_err());
    }

    fn of_file(
        dims: &[i64],
        outputs: Vec<TensorInfo>,
        outputs_are_complete: bool,
    ) -> Result<Forecast, Mismatch> {
        let signature =
            Signature { inputs: vec![tensor("image", DType::F32, dims)], outputs, outputs_are_complete };
        let (input, answer, adapter) = (&gray(), &ten(), &Adapter::default());
        forecast(&signature, &Terms { input, answer, adapter, tokenizer: false, batch_items_max: 64 })
    }

    #[test]
    fn a_forecast_says_what_the_check_will_say() {
        let resolved = fit(&gray(), DType::F32, &[-1, 784], &Adapter::default()).unwrap();
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
        let resolved = fit(&gray(), DType::F32, &[-1, 784], &Adapter::default()).unwrap();
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
