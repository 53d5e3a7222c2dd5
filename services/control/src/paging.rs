//! Page tokens: opaque, and bound to the list they are of by a digest of its name.

use egret_store::{Page, Paged};
use sha2::{Digest, Sha256};
use tonic::Status;

use crate::status;

const TAG_BYTES: usize = 8;

/// The page a request asks for. `list` names the method, the parent and the filter.
pub(crate) fn page(list: &str, page_size: i32, page_token: &str) -> Result<Page, Status> {
    let size = u32::try_from(page_size).map_err(|_| status::invalid("page_size", "must not be negative"))?;
    if page_token.is_empty() {
        return Ok(Page { size, after: None });
    }
    let bytes = hex::decode(page_token).map_err(|_| status::page_token())?;
    let (found, cursor) = bytes.split_at_checked(TAG_BYTES).ok_or_else(status::page_token)?;
    if found != tag(list, cursor) {
        return Err(status::page_token());
    }
    let after = String::from_utf8(cursor.to_vec()).map_err(|_| status::page_token())?;
    Ok(Page { size, after: Some(after) })
}

/// The items, and the token of the page after them.
pub(crate) fn paged<T>(list: &str, paged: Paged<T>) -> (Vec<T>, String) {
    let token = paged.next.map(|cursor| {
        let mut bytes = tag(list, cursor.as_bytes()).to_vec();
        bytes.extend(cursor.as_bytes());
        hex::encode(bytes)
    });
    (paged.items, token.unwrap_or_default())
}

fn tag(list: &str, cursor: &[u8]) -> [u8; TAG_BYTES] {
    let mut hash = Sha256::new();
    hash.update((list.len() as u64).to_le_bytes());
    hash.update(list.as_bytes());
    hash.update(cursor);
    let digest = hash.finalize();
    std::array::from_fn(|i| digest[i])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_own_list_only() {
        let (_, token) = paged("a", Paged { items: vec![1], next: Some("cursor".into()) });
        assert_eq!(page("a", 10, &token).unwrap().after.as_deref(), Some("cursor"));
        for (list, token) in [("b", token.as_str()), ("a", "00"), ("a", "zz"), ("a", &token[2..])] {
            assert!(page(list, 10, token).is_err());
        }
        assert!(page("a", -1, "").is_err());
        assert_eq!(paged("a", Paged { items: vec![1], next: None }).1, "");
    }
}
