//! Items of a shard as they lie in a slot: in an order that says nothing of their places in the test set.

use egret_contract::{InputContract, item::Malformed};
use egret_jail::answers::Answers;

/// Which item lies at each place of a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order(Vec<u32>);

impl Order {
    /// `items` holds each of `0..items.len()` once.
    pub fn new(items: Vec<u32>) -> Self {
        Self(items)
    }

    /// Brings the items in `bytes`, which come as the shard has them, into this order.
    pub fn arrange(&self, input: &InputContract, bytes: &mut [u8]) -> Result<(), Malformed> {
        let mut arranged = Vec::with_capacity(bytes.len());
        let items = input.items(bytes, self.0.len() as u32)?;
        for item in &self.0 {
            arranged.extend_from_slice(items[*item as usize]);
        }
        bytes.copy_from_slice(&arranged);
        Ok(())
    }

    /// Answers to the items of a slot, as many as it has, in the order of the shard.
    pub fn restore(&self, answers: Answers) -> Answers {
        match answers {
            Answers::Rows { width, values } => {
                let size = width as usize;
                let mut restored = vec![0.0; values.len()];
                if size > 0 {
                    for (item, row) in self.0.iter().zip(values.chunks_exact(size)) {
                        let start = *item as usize * size;
                        restored[start..start + size].copy_from_slice(row);
                    }
                }
                Answers::Rows { width, values: restored }
            }
            Answers::Indices(indices) => Answers::Indices(self.each(indices)),
            Answers::Lists { width, lists } => Answers::Lists { width, lists: self.each(lists) },
            Answers::Maps(maps) => Answers::Maps(self.each(maps)),
            Answers::Texts(texts) => Answers::Texts(self.each(texts)),
        }
    }

    fn each<T: Default>(&self, answers: Vec<T>) -> Vec<T> {
        let mut restored: Vec<T> = answers.iter().map(|_| T::default()).collect();
        for (item, answer) in self.0.iter().zip(answers) {
            restored[*item as usize] = answer;
        }
        restored
    }
}

#[cfg(test)]
mod tests {
    use egret_contract::{PartKind, TextInput, item::View};

    use super::*;

    const ITEMS: [u32; 4] = [2, 0, 3, 1];

    fn order() -> Order {
        Order::new(ITEMS.into())
    }

    #[test]
    fn items_of_one_size_are_arranged() {
        let input = InputContract::images(2, 1, 1);
        let mut bytes = [0, 0, 1, 1, 2, 2, 3, 3];
        order().arrange(&input, &mut bytes).unwrap();
        assert_eq!(bytes, [2, 2, 0, 0, 3, 3, 1, 1]);
        assert_eq!(order().arrange(&input, &mut [0; 7]), Err(Malformed));
    }

    #[test]
    fn items_of_any_size_are_arranged() {
        let input = texts();
        let write = |texts: &[&str]| {
            let mut bytes = Vec::new();
            for text in texts {
                input.write(&[View::Text(text)], &mut bytes);
            }
            bytes
        };
        let mut bytes = write(&["", "one", "a longer second", "3"]);
        order().arrange(&input, &mut bytes).unwrap();
        assert_eq!(bytes, write(&["a longer second", "", "3", "one"]));
    }

    fn texts() -> InputContract {
        InputContract::single(PartKind::Text(TextInput { bytes_max: 100 }))
    }

    /// What is answered at each place stands where its item does.
    #[test]
    fn answers_of_every_form_are_restored() {
        let of_item = |item: u32| f64::from(item) as f32;
        let placed = ITEMS.map(|item| Some(vec![of_item(item)]));
        let back = [0, 1, 2, 3].map(|item| Some(vec![of_item(item)]));
        let lists = |lists: &[Option<Vec<f32>>]| Answers::Lists { width: 1, lists: lists.into() };
        assert_eq!(order().restore(lists(&placed)), lists(&back));

        let values = ITEMS.iter().flat_map(|&item| [of_item(item), -of_item(item)]).collect();
        let wanted = (0..4).flat_map(|item| [of_item(item), -of_item(item)]).collect();
        let rows = |values| Answers::Rows { width: 2, values };
        assert_eq!(order().restore(rows(values)), rows(wanted));

        let indices = Answers::Indices(ITEMS.iter().map(|&item| item.into()).collect());
        assert_eq!(order().restore(indices), Answers::Indices(vec![0, 1, 2, 3]));
        let maps = Answers::Maps(ITEMS.iter().map(|&item| (item != 3).then(|| vec![item as u16])).collect());
        let wanted = [0, 1, 2].map(|class| Some(vec![class])).into_iter().chain([None]).collect();
        assert_eq!(order().restore(maps), Answers::Maps(wanted));
        let text = |item: u32| Some(item.to_string());
        let texts = Answers::Texts(ITEMS.map(text).into());
        assert_eq!(order().restore(texts), Answers::Texts([0, 1, 2, 3].map(text).into()));
    }
}
