use std::collections::HashMap;
use std::path::Path;

use super::groups::Names;
use super::set::{ItemSet, Links, NONE, Role};
use super::table::{Row, Table};
use crate::{Problem, Split};

/// The identity of gallery items that are nobody: junk, which re-identification sets drop from every list.
const NOBODY: &str = "-1";

/// The columns of a retrieval task, and what they say of the items so far.
pub(super) struct Identities {
    role: usize,
    identity: Option<usize>,
    camera: Option<usize>,
    people: Names,
    cameras: Names,
    items: Vec<(u32, u32)>,
}

/// What a row says.
pub(super) struct Linked<'r> {
    /// `None`: it is nobody, and left out.
    pub role: Option<Role>,
    pub identity: &'r str,
}

impl Identities {
    pub fn new(table: &Table) -> Self {
        Self {
            role: table.required("role"),
            identity: table.place("identity"),
            camera: table.place("camera"),
            people: Names::default(),
            cameras: Names::default(),
            items: Vec::new(),
        }
    }

    /// Makes sense of a row.
    pub fn read<'r>(&self, row: &Row<'r>) -> Result<Linked<'r>, (String, String)> {
        let role = match row.text(self.role) {
            "query" => Role::Query,
            "gallery" => Role::Gallery,
            other => return Err((format!("the role is \"{other}\""), "write query or gallery".into())),
        };
        let identity = row.maybe(self.identity);
        match (self.identity, identity, role) {
            (Some(_), "", _) => Err(("the identity is empty".into(), "fill it in".into())),
            (_, NOBODY, Role::Query) => {
                Err(("a query is nobody (-1)".into(), "say who it is, or remove the row".into()))
            }
            (_, NOBODY, Role::Gallery) => Ok(Linked { role: None, identity }),
            _ => Ok(Linked { role: Some(role), identity }),
        }
    }

    /// Keeps what the row says of the item that was just added.
    pub fn keep(&mut self, row: &Row<'_>) {
        let identity = self.people.number(row.maybe(self.identity));
        self.items.push((identity, self.cameras.number(row.maybe(self.camera))));
    }

    pub fn into_links(self) -> Links {
        Links::Identities(self.items)
    }
}

/// Every query must have something to find: a gallery item of its split and identity that another camera saw.
pub(super) fn check(file: &Path, set: &ItemSet, items: &[(u32, u32)], problems: &mut Vec<Problem>) {
    let mut seen: HashMap<(Split, u32, u32), u32> = HashMap::new();
    let mut all: HashMap<(Split, u32), u32> = HashMap::new();
    let of = |role| set.numbers().filter(move |item| set.role(*item) == Some(role));
    for item in of(Role::Gallery) {
        let ((identity, camera), split) = (items[item as usize], set.split(item));
        *all.entry((split, identity)).or_default() += 1;
        if camera != NONE {
            *seen.entry((split, identity, camera)).or_default() += 1;
        }
    }
    for item in of(Role::Query) {
        let ((identity, camera), split) = (items[item as usize], set.split(item));
        let same = seen.get(&(split, identity, camera)).copied().unwrap_or(0);
        if all.get(&(split, identity)).copied().unwrap_or(0) == same {
            let what = format!("the query \"{}\" has no match in the gallery of {split}", set.id(item));
            let remedy = "add a gallery item of its identity, which another camera saw, or remove the query";
            problems.push(Problem::at_line(file, set.line(item), what, remedy));
        }
    }
}
