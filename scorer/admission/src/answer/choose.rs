//! Which output holds the answer.

use egret_contract::AnswerContract;

use super::{Activation, BoxFormat, How, Reading, forms};
use crate::TensorInfo;
use crate::adapter::{Feeding, Mismatch, Terms, declared};

impl Reading {
    /// Picks the output that holds the answer.
    pub fn choose(outputs: &[TensorInfo], terms: &Terms<'_>, feeding: &Feeding) -> Result<Self, Mismatch> {
        let activation = forms::activation(terms.adapter)?;
        if let Some(wished) = declared(terms.adapter.boxes.as_deref())
            && !BoxFormat::ALL.iter().any(|(name, _)| *name == wished)
        {
            let names: Vec<&str> = BoxFormat::ALL.iter().map(|(name, _)| *name).collect();
            return Err(Mismatch::new(
                format!("boxes `{wished}` is none of {}", names.join(", ")),
                "declare one of these, or leave it empty",
            ));
        }
        if let Some(tensors) = box_tensors(outputs, terms, feeding)? {
            return Ok(tensors);
        }
        let (output, how) = match declared(terms.adapter.output.as_deref()) {
            Some(name) => named(outputs, name, terms, feeding)?,
            None => only_fitting(outputs, terms, feeding)?,
        };
        let scores = matches!(how, How::Rows { .. }) && !output.dtype.is_integer();
        if activation != Activation::None && !scores {
            return Err(Mismatch::new(
                format!("output {output}: an activation needs float scores"),
                "leave the activation empty, or declare an output with float scores",
            ));
        }
        Ok(Self { outputs: vec![output.clone()], how })
    }
}

/// The three outputs of torchvision's detectors: boxes, scores, classes.
fn box_tensors(
    outputs: &[TensorInfo],
    terms: &Terms<'_>,
    feeding: &Feeding,
) -> Result<Option<Reading>, Mismatch> {
    let AnswerContract::Boxes(answer) = terms.answer else { return Ok(None) };
    let wished = declared(terms.adapter.boxes.as_deref());
    if wished.is_some_and(|wished| wished != BoxFormat::Tensors.name()) {
        return Ok(None);
    }
    let called = |words: &[&str]| {
        outputs.iter().find(|output| {
            let name = output.name.to_ascii_lowercase();
            words.iter().any(|word| name.contains(word))
        })
    };
    match (called(&["box"]), called(&["score"]), called(&["label", "class"])) {
        (Some(boxes), Some(scores), Some(classes)) => {
            let format = BoxFormat::Tensors;
            let detector =
                forms::detector(format, terms, answer.classes.class_count, answer.box_count_max, feeding);
            let outputs = vec![boxes.clone(), scores.clone(), classes.clone()];
            Ok(Some(Reading { outputs, how: How::Boxes(detector) }))
        }
        _ if wished.is_some() => Err(Mismatch::new(
            format!(
                "boxes as tensors need outputs named boxes, scores and labels; the model has {}",
                list(outputs)
            ),
            "name the outputs so, or declare another form of boxes",
        )),
        _ => Ok(None),
    }
}

fn list(outputs: &[TensorInfo]) -> String {
    outputs.iter().map(TensorInfo::to_string).collect::<Vec<_>>().join(", ")
}

fn named<'a>(
    outputs: &'a [TensorInfo],
    name: &str,
    terms: &Terms<'_>,
    feeding: &Feeding,
) -> Result<(&'a TensorInfo, How), Mismatch> {
    let output = outputs.iter().find(|output| output.name == name).ok_or_else(|| {
        Mismatch::new(
            format!("the model has no output `{name}`; it has {}", list(outputs)),
            "declare one of these, or leave the output empty",
        )
    })?;
    match forms::guess(output, terms, feeding) {
        Some((_, how)) => Ok((output, how)),
        None => Err(Mismatch::new(
            format!("output {output}: expected {}", forms::expected(terms.answer, terms.adapter)),
            forms::remedy(terms.answer),
        )),
    }
}

fn only_fitting<'a>(
    outputs: &'a [TensorInfo],
    terms: &Terms<'_>,
    feeding: &Feeding,
) -> Result<(&'a TensorInfo, How), Mismatch> {
    let guess = |output: &'a TensorInfo| Some((output, forms::guess(output, terms, feeding)?));
    let fitting: Vec<(&TensorInfo, (u32, How))> = outputs.iter().filter_map(guess).collect();
    let Some(best) = fitting.iter().map(|(_, (rank, _))| *rank).min() else {
        let expected = forms::expected(terms.answer, terms.adapter);
        return Err(Mismatch::new(
            format!("no output is {expected}; the model has {}", list(outputs)),
            forms::remedy(terms.answer),
        ));
    };
    let mut group = fitting.into_iter().filter(|(_, (rank, _))| *rank == best);
    match (group.next(), group.next()) {
        (Some((output, (_, how))), None) => Ok((output, how)),
        (first, second) => {
            let all = first.into_iter().chain(second).chain(group);
            let names: Vec<String> = all.map(|(output, _)| output.to_string()).collect();
            Err(Mismatch::new(
                format!("{} outputs could be the answer: {}", names.len(), names.join(", ")),
                "declare which one with `output`",
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use egret_contract::{Adapter, InputContract};

    use super::*;
    use crate::DType;
    use crate::adapter::Batch;

    fn choose(
        outputs: &[TensorInfo],
        answer: &AnswerContract,
        adapter: &Adapter,
    ) -> Result<Reading, Mismatch> {
        let input = &InputContract::images(28, 28, 1);
        let feeding = Feeding { tensors: Vec::new(), batch: Batch::UpTo(1) };
        let terms = Terms { input, answer, adapter, tokenizer: false, batch_items_max: 1 };
        Reading::choose(outputs, &terms, &feeding)
    }

    fn tensor(name: &str, dtype: DType, dims: &[i64]) -> TensorInfo {
        let dims = dims.iter().map(|dim| u64::try_from(*dim).ok()).collect();
        TensorInfo { name: name.to_owned(), dtype, dims }
    }

    fn chosen(outputs: &[TensorInfo]) -> Result<String, Mismatch> {
        choose(outputs, &AnswerContract::one_of(10), &Adapter::default()).map(|reading| reading.to_string())
    }

    #[test]
    fn ordinary_exports_need_no_declaration() {
        let label = || tensor("label", DType::I64, &[-1]);
        let cases = [
            (vec![tensor("y", DType::F32, &[-1, 10])], "`y` float32 [n,10] as scores"),
            (vec![tensor("y", DType::F32, &[1, 10])], "`y` float32 [1,10] as scores"),
            (vec![tensor("y", DType::F16, &[-1, 10, 1, 1])], "`y` float16 [n,10,1,1] as scores"),
            (vec![tensor("y", DType::F32, &[-1, -1])], "`y` float32 [n,?] as scores"),
            (vec![tensor("y", DType::F32, &[])], "`y` float32 [] as scores"),
            (vec![tensor("y", DType::I8, &[1, 10])], "`y` int8 [1,10] as scores"),
            (vec![label()], "`label` int64 [n] as class numbers"),
            (vec![tensor("y", DType::I32, &[-1, 1])], "`y` int32 [n,1] as class numbers"),
            (
                vec![label(), tensor("probabilities", DType::F32, &[-1, 10])],
                "`probabilities` float32 [n,10] as scores",
            ),
            (vec![label(), tensor("maps", DType::NotATensor, &[])], "`label` int64 [n] as class numbers"),
            (
                vec![tensor("features", DType::F32, &[-1, 512]), tensor("y", DType::F32, &[-1, 10])],
                "`y` float32 [n,10] as scores",
            ),
        ];
        for (outputs, expected) in cases {
            assert_eq!(chosen(&outputs).unwrap(), expected);
        }
    }

    #[test]
    fn a_wrong_width_names_what_was_expected_and_found() {
        let mismatch = chosen(&[tensor("y", DType::F32, &[-1, 1000])]).unwrap_err();
        assert_eq!(
            mismatch.detail,
            "no output is float [n,10] or int [n]; the model has `y` float32 [n,1000]"
        );
        assert_eq!(mismatch.remedy, "the task has 10 classes: export a model with one score for each");
        assert!(chosen(&[]).is_err());
        assert!(chosen(&[tensor("y", DType::String, &[-1])]).is_err());
        assert!(chosen(&[tensor("y", DType::F32, &[-1])]).is_err());
    }

    #[test]
    fn two_candidates_must_be_told_apart() {
        let outputs = [tensor("logits", DType::F32, &[-1, 10]), tensor("p", DType::F32, &[-1, 10])];
        assert_eq!(chosen(&outputs).unwrap_err().remedy, "declare which one with `output`");
        let spec = Adapter { output: Some("p".to_owned()), ..Adapter::default() };
        assert_eq!(choose(&outputs, &AnswerContract::one_of(10), &spec).unwrap().outputs[0].name, "p");
        let spec = Adapter { output: Some("q".to_owned()), ..Adapter::default() };
        assert_eq!(
            choose(&outputs, &AnswerContract::one_of(10), &spec).unwrap_err().detail,
            "the model has no output `q`; it has `logits` float32 [n,10], `p` float32 [n,10]"
        );
    }

    #[test]
    fn softmax_needs_float_scores() {
        let spec = Adapter { activation: Some("softmax".to_owned()), ..Adapter::default() };
        assert!(choose(&[tensor("y", DType::I64, &[-1])], &AnswerContract::one_of(10), &spec).is_err());
        assert!(choose(&[tensor("y", DType::F32, &[-1, 10])], &AnswerContract::one_of(10), &spec).is_ok());
        let spec = Adapter { activation: Some("tanh".to_owned()), ..Adapter::default() };
        assert!(choose(&[tensor("y", DType::F32, &[-1, 10])], &AnswerContract::one_of(10), &spec).is_err());
    }
}
