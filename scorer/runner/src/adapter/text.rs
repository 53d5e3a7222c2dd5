//! Text: as strings, as code points or bytes, or as the tokens of the team's own `tokenizer.json`.

use egret_admission::adapter::{Field, TensorFeed};
use egret_contract::{InputContract, TextEncoding};
use egret_onnx::InputData;
use tokenizers::{Encoding, Tokenizer, TruncationParams};

use super::element::Element;
use super::{Batch, Feed, Part, Unfed, shape};

/// The team's tokenizer, and what it made of the items of this run: several tensors are filled with it.
#[derive(Default)]
pub struct Tokens {
    tokenizer: Option<Tokenizer>,
    pad: u32,
    encoded: Vec<Encoding>,
}

impl Tokens {
    /// Reads a `tokenizer.json`, if there is one. The error is its own words.
    pub fn new(json: Option<&[u8]>) -> Result<Self, String> {
        let Some(json) = json else { return Ok(Self::default()) };
        let mut tokenizer = Tokenizer::from_bytes(json).map_err(|error| error.to_string())?;
        // Padding is ours, so that every tensor has the length it declares.
        let pad = tokenizer.get_padding().map_or(0, |padding| padding.pad_id);
        tokenizer.with_padding(None);
        Ok(Self { tokenizer: Some(tokenizer), pad, encoded: Vec::new() })
    }

    /// Cuts texts to so many tokens, special ones included.
    fn cut_to(&mut self, length: usize) -> Result<(), Unfed> {
        let Some(tokenizer) = &mut self.tokenizer else { return Err(Unfed::Malformed) };
        let present = tokenizer.get_truncation().cloned().unwrap_or_default();
        let truncation = TruncationParams { max_length: length, ..present };
        tokenizer.with_truncation(Some(truncation)).map_err(|error| Unfed::Tokenizer(error.to_string()))?;
        Ok(())
    }

    /// Forgets the items of the last run.
    pub fn start(&mut self) {
        self.encoded.clear();
    }

    fn of<'a>(&mut self, texts: impl Iterator<Item = Result<&'a str, Unfed>>) -> Result<&[Encoding], Unfed> {
        if self.encoded.is_empty() {
            let Some(tokenizer) = &self.tokenizer else { return Err(Unfed::Malformed) };
            for text in texts {
                // One by one: a batch would start threads, which the jail has none of. Without offsets, which no model is fed.
                let encoding = tokenizer.encode_fast(text?, true);
                self.encoded.push(encoding.map_err(|error| Unfed::Tokenizer(error.to_string()))?);
            }
        }
        Ok(&self.encoded)
    }
}

/// Text as numbers.
pub struct Codes<T> {
    part: Part,
    length: Option<usize>,
    encoding: TextEncoding,
    field: Field,
    buffer: Vec<T>,
    is_cut: bool,
}

impl<T: Element> Codes<T> {
    pub fn new(part: Part, feed: &TensorFeed, encoding: TextEncoding, field: Field, buffer: Vec<T>) -> Self {
        let length = feed.dims.first().copied().flatten().map(|length| length as usize);
        Self { part, length, encoding, field, buffer, is_cut: false }
    }

    /// One row: the numbers, then padding; returns its length.
    fn push(&mut self, numbers: &[u32], pad: u32) -> Result<usize, Unfed> {
        // A tensor without columns is nothing that models take.
        let length = self.length.unwrap_or(numbers.len()).max(1);
        self.buffer.try_reserve(length)?;
        let end = self.buffer.len() + length;
        self.buffer.extend(numbers.iter().take(length).map(|number| T::of(f64::from(*number))));
        self.buffer.resize(end, T::of(f64::from(pad)));
        Ok(length)
    }
}

impl<T: Element> Feed for Codes<T> {
    fn fill(&mut self, batch: &Batch<'_>, tokens: &mut Tokens) -> Result<Vec<i64>, Unfed> {
        self.buffer.clear();
        let mut length = 0;
        if self.encoding == TextEncoding::Tokenizer {
            if let Some(length) = self.length.filter(|_| !self.is_cut) {
                tokens.cut_to(length)?;
                self.is_cut = true;
            }
            let (field, pad) = (self.field, if self.field == Field::Ids { tokens.pad } else { 0 });
            let part = &self.part;
            let rows: Vec<Vec<u32>> = tokens
                .of(batch.items.iter().map(|item| part.text(item)))?
                .iter()
                .map(|encoding| match field {
                    Field::Ids => encoding.get_ids().to_vec(),
                    Field::Mask => encoding.get_attention_mask().to_vec(),
                    Field::Types => encoding.get_type_ids().to_vec(),
                })
                .collect();
            for row in rows {
                length = self.push(&row, pad)?;
            }
        } else {
            for item in batch.items {
                let text = self.part.text(item)?;
                let numbers: Vec<u32> = match (self.field, self.encoding) {
                    (Field::Ids, TextEncoding::Bytes) => text.bytes().map(u32::from).collect(),
                    (Field::Ids, _) => text.chars().map(u32::from).collect(),
                    (Field::Mask, TextEncoding::Bytes) => vec![1; text.len()],
                    (Field::Mask, _) => text.chars().map(|_| 1).collect(),
                    (Field::Types, _) => Vec::new(),
                };
                length = self.push(&numbers, 0)?;
            }
        }
        Ok(vec![batch.items.len() as i64, length as i64])
    }

    fn lend<'a>(&'a self, _: &Batch<'a>) -> InputData<'a> {
        T::lend(&self.buffer)
    }
}

/// Text as it is.
pub struct Strings {
    part: Part,
    dims: Vec<Option<u64>>,
    texts: Vec<String>,
}

impl Strings {
    pub fn new(feed: &TensorFeed, input: &InputContract) -> Self {
        let part = Part { input: input.clone(), index: feed.part };
        Self { part, dims: feed.dims.clone(), texts: Vec::new() }
    }
}

impl Feed for Strings {
    fn fill(&mut self, batch: &Batch<'_>, _: &mut Tokens) -> Result<Vec<i64>, Unfed> {
        self.texts.clear();
        for item in batch.items {
            self.texts.push(self.part.text(item)?.to_owned());
        }
        Ok(shape(batch.items.len(), &self.dims))
    }

    fn lend<'a>(&'a self, _: &Batch<'a>) -> InputData<'a> {
        InputData::Strings(&self.texts)
    }
}
