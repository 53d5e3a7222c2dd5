use crate::Truth;
use crate::labels::{EXCLUDED, ItemSet, Links, NONE, Role};

/// What items of one split have to do with one another, by their places in the order of sealing.
pub(super) enum Linked<'s> {
    Nothing,
    /// (later, earlier, whether both show the same), ascending.
    Trials(Vec<(u32, u32, bool)>),
    /// The gallery as (identity, place, camera), ascending; identities and cameras by item.
    Identities {
        gallery: Vec<(u32, u32, u32)>,
        items: &'s [(u32, u32)],
    },
    /// (query, gallery item, grade), ascending; places in the gallery by item.
    Relevance {
        judged: &'s [(u32, u32, i16)],
        places: Vec<u32>,
    },
}

impl<'s> Linked<'s> {
    /// `orders` are those of the split.
    pub fn of(set: &'s ItemSet, orders: &[Vec<u32>]) -> Self {
        let gallery =
            || orders.iter().flatten().filter(|item| set.role(**item) == Some(Role::Gallery)).zip(0..);
        match &set.links {
            Links::None => Self::Nothing,
            Links::Trials(trials) => {
                let mut places = vec![NONE; set.len()];
                orders.iter().flatten().zip(0..).for_each(|(item, place)| places[*item as usize] = place);
                let place = |item: u32| places[item as usize];
                let here = trials.iter().filter(|(a, ..)| place(*a) != NONE);
                let here =
                    here.map(|&(a, b, target)| (place(a).max(place(b)), place(a).min(place(b)), target));
                let mut here: Vec<_> = here.collect();
                here.sort_unstable();
                Self::Trials(here)
            }
            Links::Identities(items) => {
                let of = |(item, place): (&u32, u32)| {
                    let (identity, camera) = items[*item as usize];
                    (identity, place, camera)
                };
                let mut gallery: Vec<_> = gallery().map(of).collect();
                gallery.sort_unstable();
                Self::Identities { gallery, items }
            }
            Links::Relevance(judged) => {
                let mut places = vec![NONE; set.len()];
                gallery().for_each(|(item, place)| places[*item as usize] = place);
                Self::Relevance { judged, places }
            }
        }
    }

    /// What is true of an item at a place.
    pub fn truth(&self, set: &ItemSet, item: u32, place: u32) -> Truth {
        match (self, set.role(item)) {
            (Self::Trials(trials), _) => {
                let of = range(trials, |(later, ..)| *later, place);
                Truth::Trials(of.iter().map(|(_, earlier, target)| (*earlier, *target)).collect())
            }
            (Self::Identities { gallery, items }, Some(Role::Query)) => {
                let (identity, seen_by) = items[item as usize];
                let same = range(gallery, |(identity, ..)| *identity, identity);
                let dropped = |camera: u32| camera == seen_by && camera != NONE;
                let (excluded, relevant): (Vec<_>, Vec<_>) =
                    same.iter().partition(|(.., camera)| dropped(*camera));
                Truth::Query {
                    relevant: relevant.into_iter().map(|(_, place, _)| (place, 1)).collect(),
                    excluded: excluded.into_iter().map(|(_, place, _)| place).collect(),
                }
            }
            (Self::Relevance { judged, places }, Some(Role::Query)) => {
                let mut of: Vec<(u32, i16)> = range(judged, |(query, ..)| *query, item)
                    .iter()
                    .map(|(_, item, grade)| (places[*item as usize], *grade))
                    .collect();
                of.sort_unstable();
                let (excluded, relevant): (Vec<_>, Vec<_>) =
                    of.into_iter().partition(|(_, grade)| *grade == EXCLUDED);
                Truth::Query {
                    relevant: relevant.into_iter().map(|(place, grade)| (place, grade as u8)).collect(),
                    excluded: excluded.into_iter().map(|(place, _)| place).collect(),
                }
            }
            _ => Truth::Gallery,
        }
    }
}

/// The elements of a sorted slice that have a key.
fn range<T>(sorted: &[T], key: impl Fn(&T) -> u32, wanted: u32) -> &[T] {
    let from = sorted.partition_point(|element| key(element) < wanted);
    let behind = &sorted[from..];
    &behind[..behind.partition_point(|element| key(element) == wanted)]
}
