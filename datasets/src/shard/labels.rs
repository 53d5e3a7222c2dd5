use std::io::{self, Read, Write};

use super::exact;
use crate::OpenError;
use crate::labels::{ID_BYTES_MAX, Item};

/// Writes what follows the header.
pub(crate) fn write_labels(items: &[&Item], to: &mut dyn Write) -> io::Result<()> {
    for item in items {
        to.write_all(&item.class.to_le_bytes())?;
        to.write_all(&(item.id.len() as u16).to_le_bytes())?;
        to.write_all(item.id.as_bytes())?;
    }
    Ok(())
}

/// Reads what follows the header: ids and classes.
pub(crate) fn read_labels(
    item_count: u32,
    from: &mut impl Read,
) -> Result<(Vec<String>, Vec<u32>), OpenError> {
    let (mut ids, mut classes) = (Vec::new(), Vec::new());
    for _ in 0..item_count {
        let (mut class, mut length) = ([0; 4], [0; 2]);
        exact(from, &mut class)?;
        exact(from, &mut length)?;
        let length = usize::from(u16::from_le_bytes(length));
        if length > ID_BYTES_MAX {
            return Err(OpenError::Malformed("an id is too long"));
        }
        let mut id = vec![0; length];
        exact(from, &mut id)?;
        ids.push(String::from_utf8(id).map_err(|_| OpenError::Malformed("an id is not UTF-8"))?);
        classes.push(u32::from_le_bytes(class));
    }
    Ok((ids, classes))
}
