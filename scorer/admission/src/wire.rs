//! Protobuf, read in place: fields of a message one after the other, borrowed from the file, nothing copied or kept.
//!
//! Stricter than protobuf asks, and never looser than what ONNX Runtime reads with: where protobuf would merge, truncate or
//! ignore, the same bytes could mean one thing here and another there. So a singular field that is written twice, a known
//! field of another wire type, and groups are refused. Unknown fields are skipped.

use prost::encoding::{WireType, decode_varint};

use crate::limits::{MESSAGE_DEPTH_MAX, MESSAGES_MAX, NAME_BYTES_MAX};
use crate::place::{Here, printable};
use crate::{Inadmissible, Rule};

/// A message's bytes.
#[derive(Clone, Copy)]
pub(crate) struct Message<'a> {
    bytes: &'a [u8],
    /// Where in the file the byte after it stands.
    end: u64,
    /// In how many messages it stands.
    depth: u64,
}

impl<'a> Message<'a> {
    /// The outermost message.
    pub fn file(bytes: &'a [u8]) -> Self {
        Self { bytes, end: bytes.len() as u64, depth: 0 }
    }

    /// Its fields, in the order of the file.
    pub fn fields<'h>(self, here: &'h Here<'h>) -> Fields<'a, 'h> {
        Fields { rest: self.bytes, end: self.end, depth: self.depth, here }
    }

    /// The name in field `number`, for saying where we are before all else is read; empty if there is none.
    pub fn name(self, number: u32, here: &Here<'_>) -> Result<&'a str, Inadmissible> {
        let mut name = None;
        for field in self.fields(here) {
            let field = field?;
            if field.number == number {
                field.once(&mut name, field.name()?)?;
            }
        }
        Ok(name.unwrap_or_default())
    }
}

/// An iterator over fields; it ends after an error.
pub(crate) struct Fields<'a, 'h> {
    rest: &'a [u8],
    end: u64,
    depth: u64,
    here: &'h Here<'h>,
}

/// A field, and the place whose field it is.
pub(crate) struct Field<'a, 'h> {
    /// Its number in `onnx.proto`.
    pub number: u32,
    value: Value<'a>,
    at: u64,
    here: &'h Here<'h>,
}

#[derive(Clone, Copy)]
enum Value<'a> {
    Varint(u64),
    Fixed32,
    Fixed64,
    Bytes(Message<'a>),
}

impl<'a, 'h> Iterator for Fields<'a, 'h> {
    type Item = Result<Field<'a, 'h>, Inadmissible>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let at = self.end - self.rest.len() as u64;
        let read = self.read();
        if read.is_err() {
            self.rest = &[];
        }
        let field = read.map(|(number, value)| Field { number, value, at, here: self.here });
        Some(field.map_err(|what| self.here.refuse(Rule::Malformed { what, byte: at })))
    }
}

impl<'a> Fields<'a, '_> {
    fn read(&mut self) -> Result<(u32, Value<'a>), &'static str> {
        let key = u32::try_from(self.varint()?).map_err(|_| "a field number out of range")?;
        let value = match WireType::try_from(u64::from(key & 7)) {
            Ok(WireType::Varint) => Value::Varint(self.varint()?),
            Ok(WireType::ThirtyTwoBit) => self.take(4).map(|_| Value::Fixed32)?,
            Ok(WireType::SixtyFourBit) => self.take(8).map(|_| Value::Fixed64)?,
            Ok(WireType::LengthDelimited) => {
                let length = self.varint()?;
                let bytes = self.take(length)?;
                let end = self.end - self.rest.len() as u64;
                Value::Bytes(Message { bytes, end, depth: self.depth + 1 })
            }
            Ok(WireType::StartGroup | WireType::EndGroup) | Err(_) => return Err("no field of ONNX"),
        };
        match key >> 3 {
            0 => Err("field number 0"),
            number => Ok((number, value)),
        }
    }

    fn varint(&mut self) -> Result<u64, &'static str> {
        decode_varint(&mut self.rest).map_err(|_| "a broken number")
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], &'static str> {
        let length = usize::try_from(length).ok().filter(|length| *length <= self.rest.len());
        let (taken, rest) = self.rest.split_at(length.ok_or("a field that is longer than what is left")?);
        self.rest = rest;
        Ok(taken)
    }
}

impl<'a> Field<'a, '_> {
    fn malformed(&self, what: &'static str) -> Inadmissible {
        self.here.refuse(Rule::Malformed { what, byte: self.at })
    }

    /// A message in this one, counted.
    pub fn message(&self) -> Result<Message<'a>, Inadmissible> {
        let message = self.bytes()?;
        if message.depth > MESSAGE_DEPTH_MAX.max {
            return Err(self.here.refuse(Rule::Limit(&MESSAGE_DEPTH_MAX)));
        }
        self.here.count_message(&MESSAGES_MAX)?;
        Ok(message)
    }

    /// Length-delimited bytes of any meaning.
    fn bytes(&self) -> Result<Message<'a>, Inadmissible> {
        match self.value {
            Value::Bytes(message) => Ok(message),
            _ => Err(self.malformed("a field that is no message or text, but must be")),
        }
    }

    /// Raw bytes.
    pub fn raw(&self) -> Result<&'a [u8], Inadmissible> {
        Ok(self.bytes()?.bytes)
    }

    /// Text of any length.
    pub fn text(&self) -> Result<&'a str, Inadmissible> {
        std::str::from_utf8(self.raw()?).map_err(|_| self.malformed("text that is not UTF-8"))
    }

    /// A name: printable text, not too long.
    pub fn name(&self) -> Result<&'a str, Inadmissible> {
        let name = self.text()?;
        if name.len() as u64 > NAME_BYTES_MAX.max {
            return Err(self.here.refuse(Rule::Limit(&NAME_BYTES_MAX)));
        }
        if name.chars().all(printable) {
            Ok(name)
        } else {
            Err(self.here.refuse(Rule::Name(crate::place::shown(name))))
        }
    }

    /// An integer. Enumerations and int32 fields are not truncated, as protobuf would.
    pub fn int(&self) -> Result<i64, Inadmissible> {
        match self.value {
            Value::Varint(value) => Ok(value as i64),
            _ => Err(self.malformed("a field that is no integer, but must be")),
        }
    }

    /// The integers of a repeated field, packed or not.
    pub fn ints(&self, mut each: impl FnMut(i64) -> Result<(), Inadmissible>) -> Result<(), Inadmissible> {
        let Value::Bytes(Message { bytes: mut packed, .. }) = self.value else { return each(self.int()?) };
        while !packed.is_empty() {
            let value = decode_varint(&mut packed).map_err(|_| self.malformed("a broken number"))?;
            each(value as i64)?;
        }
        Ok(())
    }

    /// How many elements of a repeated varint field stand here, and whether all are zero.
    pub fn count_varints(&self) -> Result<(u64, bool), Inadmissible> {
        match self.value {
            Value::Varint(value) => Ok((1, value == 0)),
            Value::Bytes(Message { bytes, .. }) if bytes.last().is_none_or(|last| *last < 0x80) => {
                let last_bytes = bytes.iter().filter(|byte| **byte < 0x80).count();
                Ok((last_bytes as u64, bytes.iter().all(|byte| *byte == 0)))
            }
            _ => Err(self.malformed("a list that is not one of integers, but must be")),
        }
    }

    /// How many elements of a repeated field of `element_bytes` (4 or 8) stand here.
    pub fn count_fixed(&self, element_bytes: usize) -> Result<u64, Inadmissible> {
        match self.value {
            Value::Fixed32 if element_bytes == 4 => Ok(1),
            Value::Fixed64 if element_bytes == 8 => Ok(1),
            Value::Bytes(Message { bytes, .. }) if bytes.len().is_multiple_of(element_bytes) => {
                Ok((bytes.len() / element_bytes) as u64)
            }
            _ => Err(self.malformed("a list that is not one of floats, but must be")),
        }
    }

    /// Keeps the value of a field that may stand in its message once.
    pub fn once<T>(&self, slot: &mut Option<T>, value: T) -> Result<(), Inadmissible> {
        match slot.replace(value) {
            None => Ok(()),
            Some(_) => Err(self.here.refuse(Rule::Repeated { byte: self.at })),
        }
    }
}
