//! Which output holds the answer.

use egret_jail::plan::{AdapterSpec, AnswerSpec};

use super::Reading;
use crate::TensorInfo;
use crate::adapter::{Mismatch, declared};

/// How well an output fits, best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Scores,
    MaybeScores,
    Quantised,
    Labels,
}

impl Fit {
    fn of(output: &TensorInfo, class_count: u32) -> Option<Self> {
        let wanted = u64::from(class_count);
        let rest_is_ones = |rest: &[Option<u64>]| rest.iter().all(|dim| dim.is_none_or(|size| size == 1));
        let width = match output.dims.as_slice() {
            // Nothing declared: only the run will tell.
            [] => None,
            [_] if output.dtype.is_integer() => return Some(Self::Labels),
            [_, Some(1)] if output.dtype.is_integer() && class_count != 1 => return Some(Self::Labels),
            [_, width, rest @ ..] if rest_is_ones(rest) => *width,
            _ => return None,
        };
        match width {
            Some(found) if found != wanted => None,
            Some(_) if output.dtype.is_float() => Some(Self::Scores),
            None if output.dtype.is_float() => Some(Self::MaybeScores),
            Some(_) if output.dtype.is_integer() => Some(Self::Quantised),
            None if output.dtype.is_integer() => Some(Self::Labels),
            _ => None,
        }
    }
}

impl Reading {
    /// Picks the output that holds the answer.
    pub fn choose(outputs: &[TensorInfo], answer: AnswerSpec, spec: &AdapterSpec) -> Result<Self, Mismatch> {
        let AnswerSpec::Classes { class_count } = answer;
        let softmax = match declared(spec.activation.as_deref()) {
            None | Some("none") => false,
            Some("softmax") => true,
            Some(other) => {
                return Err(Mismatch::new(
                    format!("activation `{other}` is neither `none` nor `softmax`"),
                    "declare `none` or `softmax`, or leave it empty",
                ));
            }
        };
        let (output, fit) = match declared(spec.output.as_deref()) {
            Some(name) => named(outputs, name, class_count)?,
            None => only_fitting(outputs, class_count)?,
        };
        if softmax && fit > Fit::MaybeScores {
            return Err(Mismatch::new(
                format!("output {output}: softmax needs float scores"),
                "leave the activation empty, or declare an output with float scores",
            ));
        }
        Ok(Self { output: output.clone(), class_count, labels: fit == Fit::Labels, softmax })
    }
}

fn expected(class_count: u32) -> String {
    format!("float [n,{class_count}] or int [n]")
}

fn list(outputs: &[TensorInfo]) -> String {
    outputs.iter().map(TensorInfo::to_string).collect::<Vec<_>>().join(", ")
}

fn named<'a>(
    outputs: &'a [TensorInfo],
    name: &str,
    class_count: u32,
) -> Result<(&'a TensorInfo, Fit), Mismatch> {
    let output = outputs.iter().find(|output| output.name == name).ok_or_else(|| {
        Mismatch::new(
            format!("the model has no output `{name}`; it has {}", list(outputs)),
            "declare one of these, or leave the output empty",
        )
    })?;
    match Fit::of(output, class_count) {
        Some(fit) => Ok((output, fit)),
        None => Err(Mismatch::new(
            format!("output {output}: expected {}", expected(class_count)),
            format!("the task has {class_count} classes: declare an output with one score for each"),
        )),
    }
}

fn only_fitting(outputs: &[TensorInfo], class_count: u32) -> Result<(&TensorInfo, Fit), Mismatch> {
    let fitting: Vec<(&TensorInfo, Fit)> =
        outputs.iter().filter_map(|output| Some((output, Fit::of(output, class_count)?))).collect();
    let Some(best) = fitting.iter().map(|(_, fit)| *fit).min() else {
        return Err(Mismatch::new(
            format!("no output is {}; the model has {}", expected(class_count), list(outputs)),
            format!("the task has {class_count} classes: export a model with one score for each"),
        ));
    };
    let group: Vec<(&TensorInfo, Fit)> = fitting.into_iter().filter(|(_, fit)| *fit == best).collect();
    match group.as_slice() {
        [one] => Ok(*one),
        many => {
            let names: Vec<String> = many.iter().map(|(output, _)| output.to_string()).collect();
            Err(Mismatch::new(
                format!("{} outputs could be the answer: {}", many.len(), names.join(", ")),
                "declare which one with `output`",
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DType;

    const TEN: AnswerSpec = AnswerSpec::Classes { class_count: 10 };

    fn tensor(name: &str, dtype: DType, dims: &[i64]) -> TensorInfo {
        let dims = dims.iter().map(|dim| u64::try_from(*dim).ok()).collect();
        TensorInfo { name: name.to_owned(), dtype, dims }
    }

    fn chosen(outputs: &[TensorInfo]) -> Result<String, Mismatch> {
        Reading::choose(outputs, TEN, &AdapterSpec::default()).map(|reading| reading.to_string())
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
        let spec = AdapterSpec { output: Some("p".to_owned()), ..AdapterSpec::default() };
        assert_eq!(Reading::choose(&outputs, TEN, &spec).unwrap().output.name, "p");
        let spec = AdapterSpec { output: Some("q".to_owned()), ..AdapterSpec::default() };
        assert_eq!(
            Reading::choose(&outputs, TEN, &spec).unwrap_err().detail,
            "the model has no output `q`; it has `logits` float32 [n,10], `p` float32 [n,10]"
        );
    }

    #[test]
    fn softmax_needs_float_scores() {
        let spec = AdapterSpec { activation: Some("softmax".to_owned()), ..AdapterSpec::default() };
        assert!(Reading::choose(&[tensor("y", DType::I64, &[-1])], TEN, &spec).is_err());
        assert!(Reading::choose(&[tensor("y", DType::F32, &[-1, 10])], TEN, &spec).is_ok());
        let spec = AdapterSpec { activation: Some("sigmoid".to_owned()), ..AdapterSpec::default() };
        assert!(Reading::choose(&[tensor("y", DType::F32, &[-1, 10])], TEN, &spec).is_err());
    }
}
