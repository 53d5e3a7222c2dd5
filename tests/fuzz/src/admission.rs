//! A team's file, as far as the runner looks at it before ONNX Runtime does.

use egret_admission::adapter::{Terms, forecast};
use egret_admission::admit;
use egret_admission::package::unpack;
use egret_jail::plan::{AnswerContract, InputContract};

/// Bytes of a model, unpacked.
const MODEL_BYTES_MAX: u64 = 1 << 20;

pub(crate) fn run(data: &[u8]) {
    let package = match unpack(data, MODEL_BYTES_MAX) {
        Ok(package) => package,
        Err(wrong) => return assert!(!wrong.detail.is_empty()),
    };
    match admit(&package.model) {
        Ok(admitted) => {
            let (input, answer) = (&InputContract::images(4, 4, 1), &AnswerContract::one_of(3));
            let tokenizer = package.tokenizer.is_some();
            let terms = Terms { input, answer, adapter: &package.adapter, tokenizer, batch_items_max: 32 };
            let fed = forecast(&admitted.signature, &terms);
            if let Err(mismatch) = fed {
                assert!(!mismatch.detail.is_empty());
            }
        }
        Err(refusal) => {
            let said = refusal.to_string();
            assert!(!said.is_empty() && !said.chars().any(char::is_control), "{said:?}");
        }
    }
}

/// A field that holds bytes, a text or a message, of less than 16 KiB.
fn nest(field: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    [&[field << 3 | 2, length as u8 | 0x80, (length >> 7) as u8], content].concat()
}

/// A named input or output: `[n, …]` float32.
fn value(name: &[u8], dims: &[u8]) -> Vec<u8> {
    let dynamic = nest(1, &nest(2, b"n"));
    let fixed = dims.iter().map(|dim| nest(1, &[8, *dim]));
    let shape: Vec<u8> = std::iter::once(dynamic).chain(fixed).flatten().collect();
    let tensor = [vec![8, 1], nest(2, &shape)].concat();
    [nest(1, name), nest(2, &nest(1, &tensor))].concat()
}

/// The smallest classifier: one node, one weight, opset 17. libFuzzer is also given the files of `tests/hostile`.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let axis = [nest(1, b"axis"), vec![24, 1, 0xa0, 1, 2]].concat();
    let node = [nest(1, b"input"), nest(2, b"scores"), nest(4, b"Flatten"), nest(5, &axis)].concat();
    let weight = [vec![8, 1, 16, 1], nest(8, b"weight"), nest(9, &[0; 4])].concat();
    let (input, output) = (value(b"input", &[1, 4, 4]), value(b"scores", &[3]));
    let graph =
        [nest(1, &node), nest(2, b"g"), nest(5, &weight), nest(11, &input), nest(12, &output)].concat();
    let opset = nest(8, &[nest(1, b""), vec![16, 17]].concat());
    vec![[vec![8, 8], nest(7, &graph), opset].concat()]
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_seed_is_a_model() {
        let admitted = egret_admission::admit(&super::seeds()[0]).unwrap();
        assert_eq!(admitted.signature.inputs.len(), 1);
    }
}
