//! The files of the data: numbers one after the other, little-endian.

use std::{fs, path::Path};

use crate::Result;

pub fn f32s(folder: &Path, name: &str) -> Result<Vec<f32>> {
    numbers(folder, name, f32::from_le_bytes)
}

pub fn f64s(folder: &Path, name: &str) -> Result<Vec<f64>> {
    numbers(folder, name, f64::from_le_bytes)
}

pub fn u32s(folder: &Path, name: &str) -> Result<Vec<u32>> {
    numbers(folder, name, u32::from_le_bytes)
}

pub fn flags(folder: &Path, name: &str) -> Result<Vec<bool>> {
    numbers(folder, name, |[byte]| byte != 0)
}

fn numbers<T, const N: usize>(folder: &Path, name: &str, number: fn([u8; N]) -> T) -> Result<Vec<T>> {
    let path = folder.join(name);
    let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let (numbers, rest) = bytes.as_chunks::<N>();
    if !rest.is_empty() {
        return Err(format!("{} ends within a number", path.display()).into());
    }
    Ok(numbers.iter().map(|bytes| number(*bytes)).collect())
}
