//! Declared types of inputs, outputs and values.

use crate::limits::TENSOR_RANK_MAX;
use crate::place::{Here, Step};
use crate::schema::{shape, type_proto, value};
use crate::signature::{DType, TensorInfo};
use crate::wire::Message;
use crate::{Inadmissible, Rule};

/// A name and what is declared of it.
pub(super) struct Declared<'a> {
    pub name: &'a str,
    pub dtype: DType,
    /// `None` is dynamic; empty also where no shape is declared.
    pub dims: Vec<Option<u64>>,
    /// Whether there is a type at all.
    pub is_typed: bool,
}

impl From<Declared<'_>> for TensorInfo {
    fn from(declared: Declared<'_>) -> Self {
        Self { name: declared.name.to_owned(), dtype: declared.dtype, dims: declared.dims }
    }
}

/// A ValueInfoProto.
pub(super) fn declared<'a>(
    message: Message<'a>,
    what: &'static str,
    outer: &Here<'_>,
) -> Result<Declared<'a>, Inadmissible> {
    let name = message.name(value::NAME, outer)?;
    let here = &outer.step(Step::Named(what, name));
    let mut found = None;
    for field in message.fields(here) {
        let field = field?;
        match field.number {
            value::TYPE => field.once(&mut found, of(field.message()?, here)?)?,
            value::METADATA_PROPS => drop(field.message()?),
            _ => {}
        }
    }
    let is_typed = found.is_some();
    let (dtype, dims) = found.unwrap_or((DType::NotATensor, Vec::new()));
    Ok(Declared { name, dtype, dims, is_typed })
}

/// A TypeProto: the element type and dimensions of a dense tensor, or what is none.
pub(super) fn of(message: Message<'_>, here: &Here<'_>) -> Result<(DType, Vec<Option<u64>>), Inadmissible> {
    let mut found = None;
    for field in message.fields(here) {
        let field = field?;
        let kind = match field.number {
            type_proto::TENSOR => tensor(field.message()?, here)?,
            type_proto::SPARSE_TENSOR => {
                tensor(field.message()?, here)?;
                (DType::NotATensor, Vec::new())
            }
            type_proto::SEQUENCE | type_proto::OPTIONAL => {
                inner(field.message()?, type_proto::ELEMENT, here)?
            }
            type_proto::MAP => inner(field.message()?, type_proto::MAP_VALUE, here)?,
            type_proto::OPAQUE => {
                field.message()?;
                (DType::NotATensor, Vec::new())
            }
            _ => continue,
        };
        field.once(&mut found, kind)?;
    }
    Ok(found.unwrap_or((DType::NotATensor, Vec::new())))
}

/// A type made of another one. The depth of messages bounds the recursion.
fn inner(
    message: Message<'_>,
    number: u32,
    here: &Here<'_>,
) -> Result<(DType, Vec<Option<u64>>), Inadmissible> {
    for field in message.fields(here) {
        let field = field?;
        if field.number == number {
            of(field.message()?, here)?;
        }
    }
    Ok((DType::NotATensor, Vec::new()))
}

fn tensor(message: Message<'_>, here: &Here<'_>) -> Result<(DType, Vec<Option<u64>>), Inadmissible> {
    let (mut element, mut dims) = (None, None);
    for field in message.fields(here) {
        let field = field?;
        match field.number {
            type_proto::ELEMENT => field.once(&mut element, field.int()?)?,
            type_proto::SHAPE => field.once(&mut dims, dimensions(field.message()?, here)?)?,
            _ => {}
        }
    }
    let dtype = element.map_or(DType::NotATensor, DType::of_code);
    Ok((dtype, dims.unwrap_or_default()))
}

fn dimensions(message: Message<'_>, here: &Here<'_>) -> Result<Vec<Option<u64>>, Inadmissible> {
    let mut dims = Vec::new();
    for field in message.fields(here) {
        let field = field?;
        if field.number != shape::DIM {
            continue;
        }
        if dims.len() as u64 == TENSOR_RANK_MAX.max {
            return Err(here.refuse(Rule::Limit(&TENSOR_RANK_MAX)));
        }
        let (mut either, mut size) = (None, None);
        for field in field.message()?.fields(here) {
            let field = field?;
            match field.number {
                shape::DIM_VALUE => {
                    field.once(&mut either, ())?;
                    size = u64::try_from(field.int()?).ok();
                }
                shape::DIM_PARAM => field.once(&mut either, ())?,
                _ => {}
            }
        }
        dims.push(size);
    }
    Ok(dims)
}
