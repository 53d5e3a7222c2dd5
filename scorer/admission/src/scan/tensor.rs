//! Constants: every value inside the file, and exactly as many as type and shape say.

use super::Scan;
use crate::limits::TENSOR_RANK_MAX;
use crate::place::{Here, shown};
use crate::schema::{entry, sparse, tensor};
use crate::signature::DType;
use crate::wire::{Field, Message};
use crate::{Inadmissible, Rule};

/// The location under which ONNX Runtime keeps the address of a tensor of its own process.
const MEMORY_ADDRESS: &str = "*/_ORT_MEM_ADDR_/*";

/// What the scan needs to know of a constant.
pub(super) struct Constant {
    dtype: i64,
    dims: Vec<i64>,
    elements: i128,
    /// Whether it is a single `false`.
    pub is_false: bool,
}

/// How values of one element type are stored.
struct Storage {
    /// Bits of one element in raw_data.
    bits: i128,
    /// The typed field.
    field: u32,
    /// How many entries of the typed field hold how many elements.
    entries: (i128, i128),
}

/// `TensorProto.DataType`, the numbers of onnx.proto, as far as ONNX Runtime 1.31.1 knows them.
fn storage(dtype: i64) -> Option<Storage> {
    let (bits, field, entries) = match dtype {
        1 => (32, tensor::FLOAT_DATA, (1, 1)),
        // (u)int8, bool and the floats of 8 bits.
        2 | 3 | 9 | 17..=20 | 24 => (8, tensor::INT32_DATA, (1, 1)),
        // (u)int16, float16, bfloat16.
        4 | 5 | 10 | 16 => (16, tensor::INT32_DATA, (1, 1)),
        6 => (32, tensor::INT32_DATA, (1, 1)),
        7 => (64, tensor::INT64_DATA, (1, 1)),
        8 => (0, tensor::STRING_DATA, (1, 1)),
        11 => (64, tensor::DOUBLE_DATA, (1, 1)),
        12 => (32, tensor::UINT64_DATA, (1, 1)),
        13 => (64, tensor::UINT64_DATA, (1, 1)),
        // Complex: two entries an element.
        14 => (64, tensor::FLOAT_DATA, (2, 1)),
        15 => (128, tensor::DOUBLE_DATA, (2, 1)),
        // Four bits: two elements an entry.
        21..=23 => (4, tensor::INT32_DATA, (1, 2)),
        // Two bits: four.
        25 | 26 => (2, tensor::INT32_DATA, (1, 4)),
        _ => return None,
    };
    Some(Storage { bits, field, entries })
}

const BOOL: i64 = 9;
const INT64: i64 = 7;
const STRING: i64 = 8;

impl Scan<'_> {
    /// A dense constant.
    pub(super) fn tensor(&mut self, message: Message<'_>, here: &Here<'_>) -> Result<Constant, Inadmissible> {
        let (mut dtype, mut raw, mut location) = (None, None, None);
        let mut dims = Vec::new();
        // The typed field that holds values, and how many entries it has.
        let mut typed: Option<(u32, u64)> = None;
        let mut zero = true;
        for field in message.fields(here) {
            let field = field?;
            let entries = match field.number {
                tensor::DIMS => {
                    dimensions(&field, &mut dims, here)?;
                    continue;
                }
                tensor::DATA_TYPE => {
                    field.once(&mut dtype, field.int()?)?;
                    continue;
                }
                tensor::RAW_DATA => {
                    field.once(&mut raw, field.raw()?)?;
                    continue;
                }
                tensor::DATA_LOCATION => {
                    field.once(&mut location, ())?;
                    if field.int()? != 0 {
                        return Err(here.refuse(Rule::ExternalData(String::new())));
                    }
                    continue;
                }
                tensor::EXTERNAL_DATA => return Err(external(field.message()?, here)?),
                tensor::SEGMENT => return Err(here.refuse(Rule::Segment)),
                tensor::METADATA_PROPS => {
                    field.message()?;
                    continue;
                }
                tensor::FLOAT_DATA => field.count_fixed(4)?,
                tensor::DOUBLE_DATA => field.count_fixed(8)?,
                tensor::STRING_DATA => field.raw().map(|_| 1)?,
                tensor::INT32_DATA | tensor::INT64_DATA | tensor::UINT64_DATA => {
                    let (entries, zeros) = field.count_varints()?;
                    zero &= zeros;
                    entries
                }
                _ => continue,
            };
            let (number, count) = typed.unwrap_or((field.number, 0));
            if number != field.number {
                return Err(here.refuse(Rule::Data));
            }
            typed = Some((number, count + entries));
        }
        let dtype = dtype.unwrap_or_default();
        let elements = elements(&dims, here)?;
        let constant = Constant { dtype, dims, elements, is_false: false };
        constant.check(raw, typed, here)?;
        if dtype != STRING {
            self.parameters = self.parameters.saturating_add(elements as u64);
        }
        let zero = raw.map_or(zero, |raw| raw.iter().all(|byte| *byte == 0));
        Ok(Constant { is_false: dtype == BOOL && elements == 1 && zero, ..constant })
    }

    /// A sparse constant, dense values and their indices.
    pub(super) fn sparse_tensor(
        &mut self,
        message: Message<'_>,
        here: &Here<'_>,
    ) -> Result<(), Inadmissible> {
        let (mut values, mut indices, mut dims) = (None, None, Vec::new());
        for field in message.fields(here) {
            let field = field?;
            match field.number {
                sparse::VALUES => field.once(&mut values, self.tensor(field.message()?, here)?)?,
                sparse::INDICES => field.once(&mut indices, self.tensor(field.message()?, here)?)?,
                sparse::DIMS => dimensions(&field, &mut dims, here)?,
                _ => {}
            }
        }
        let refuse = |what| Err(here.refuse(Rule::Sparse(what)));
        let (Some(values), Some(indices)) = (values, indices) else {
            return refuse("a sparse tensor without values or without indices");
        };
        let elements = elements(&dims, here)?;
        let rank = dims.len() as i64;
        let [count] = values.dims[..] else { return refuse("the values of a sparse tensor are not a list") };
        let fits = indices.dims == [count] || indices.dims == [count, rank];
        if indices.dtype != INT64 || !fits {
            return refuse("the indices of a sparse tensor are not int64, one or one row for each value");
        }
        if i128::from(count) > elements {
            return refuse("a sparse tensor with more values than elements");
        }
        Ok(())
    }
}

impl Constant {
    /// Whether the values are as many as they must be, in the one field where they may be.
    fn check(
        &self,
        raw: Option<&[u8]>,
        typed: Option<(u32, u64)>,
        here: &Here<'_>,
    ) -> Result<(), Inadmissible> {
        let storage = storage(self.dtype).ok_or_else(|| here.refuse(Rule::ElementType(self.dtype)))?;
        let typed = typed.filter(|(_, count)| *count > 0);
        let (expected, found, unit) = match (raw, typed) {
            (Some(_), Some(_)) => return Err(here.refuse(Rule::Data)),
            (Some(_), None) if self.dtype == STRING => return Err(here.refuse(Rule::Data)),
            (_, Some((field, _))) if field != storage.field => return Err(here.refuse(Rule::Data)),
            (Some(raw), None) => (ceiling(self.elements, storage.bits, 8), raw.len() as u64, "bytes"),
            (None, typed) => {
                let (per, of) = storage.entries;
                (ceiling(self.elements, per, of), typed.map_or(0, |(_, count)| count), "values")
            }
        };
        if expected == Some(i128::from(found)) {
            return Ok(());
        }
        let dtype = match DType::of_code(self.dtype) {
            DType::Other => format!("element type {}", self.dtype),
            known => known.name().to_owned(),
        };
        let tensor = format!("{dtype} {}", shape_text(&self.dims));
        let expected = expected.unwrap_or(i128::MAX);
        Err(here.refuse(Rule::Values { tensor, expected, found, unit }))
    }
}

/// `elements · per / of`, rounded up.
fn ceiling(elements: i128, per: i128, of: i128) -> Option<i128> {
    Some(elements.checked_mul(per)?.checked_add(of - 1)? / of)
}

fn dimensions(field: &Field<'_, '_>, dims: &mut Vec<i64>, here: &Here<'_>) -> Result<(), Inadmissible> {
    field.ints(|dim| {
        if dims.len() as u64 == TENSOR_RANK_MAX.max {
            return Err(here.refuse(Rule::Limit(&TENSOR_RANK_MAX)));
        }
        dims.push(dim);
        Ok(())
    })
}

/// The number of elements. It fits an i64, as ONNX Runtime counts; a dimension of zero does not excuse the others.
fn elements(dims: &[i64], here: &Here<'_>) -> Result<i128, Inadmissible> {
    let mut product: i128 = 1;
    for dim in dims {
        product = product
            .checked_mul(i128::from(*dim).max(1))
            .filter(|product| *dim >= 0 && *product <= i128::from(i64::MAX))
            .ok_or_else(|| here.refuse(Rule::Dims(shape_text(dims))))?;
    }
    Ok(if dims.contains(&0) { 0 } else { product })
}

/// `[3,-1]`
fn shape_text(dims: &[i64]) -> String {
    format!("[{}]", dims.iter().map(i64::to_string).collect::<Vec<_>>().join(","))
}

/// The refusal for an entry of external_data.
fn external(message: Message<'_>, here: &Here<'_>) -> Result<Inadmissible, Inadmissible> {
    let (mut key, mut value) = (None, None);
    for field in message.fields(here) {
        let field = field?;
        match field.number {
            entry::KEY => field.once(&mut key, field.text()?)?,
            entry::VALUE => field.once(&mut value, field.text()?)?,
            _ => {}
        }
    }
    let value = value.unwrap_or_default();
    Ok(here.refuse(match key {
        _ if value.contains(MEMORY_ADDRESS) => Rule::MemoryAddress,
        Some("location") => Rule::ExternalData(shown(value)),
        _ => Rule::ExternalData(String::new()),
    }))
}
