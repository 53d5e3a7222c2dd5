//! A state as bytes: one byte of version, then postcard. Reading is total: any bytes give a value or an error.

use serde::{Serialize, de::DeserializeOwned};

use crate::MetricError;

/// The version byte and the value.
pub(crate) fn pack<T: Serialize>(version: u8, value: &T) -> Vec<u8> {
    postcard::to_extend(value, vec![version]).expect("plain numbers and lists always serialise")
}

/// What [`pack`] wrote.
///
/// # Errors
/// [`MetricError::Corrupt`] for another version, for bytes that are not a `T`, and for bytes left over.
pub(crate) fn unpack<T: DeserializeOwned>(version: u8, bytes: &[u8]) -> Result<T, MetricError> {
    let body = bytes.strip_prefix(&[version]).ok_or(MetricError::Corrupt)?;
    match postcard::take_from_bytes(body) {
        Ok((value, [])) => Ok(value),
        _ => Err(MetricError::Corrupt),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_and_bytes_left_over_are_refused() {
        let bytes = pack(3, &(7_u64, vec![1_u32, 2]));
        assert_eq!(unpack(3, &bytes), Ok((7_u64, vec![1_u32, 2])));
        assert_eq!(unpack::<(u64, Vec<u32>)>(2, &bytes), Err(MetricError::Corrupt));
        assert_eq!(unpack::<(u64, Vec<u32>)>(3, &[&bytes[..], &[0]].concat()), Err(MetricError::Corrupt));
        assert_eq!(unpack::<(u64, Vec<u32>)>(3, &bytes[..bytes.len() - 1]), Err(MetricError::Corrupt));
        assert_eq!(unpack::<u64>(3, &[]), Err(MetricError::Corrupt));
    }
}
