//! Whatever a file holds, importing it ends: in an item of the contract, or in a reason with a remedy.

use egret_contract::{Fit, InputContract, PartKind};
use egret_datasets::{Bench, Unusable};
use proptest::prelude::*;

use crate::images::contract as picture;
use crate::sounds::contract as sound;
use crate::{Files, golden};

const PICTURES: [&str; 9] = [
    "baseline.jpg",
    "progressive.jpg",
    "cmyk.jpg",
    "gray.jpg",
    "lossy.webp",
    "palette.png",
    "palette.bmp",
    "tiff_lzw.tif",
    "packbits.tif",
];
const SOUNDS: [&str; 3] = ["lame.mp3", "bare.mp3", "vorbis.ogg"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_damage_ends_in_an_item_or_a_reason(
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let files = Files::new();
        let mut bench = Bench::default();
        let pictures = PICTURES.iter().map(|name| (name, picture(17, 13, 3, Fit::Pad)));
        let sounds = SOUNDS.iter().map(|name| (name, PartKind::Audio(sound(8000, 8000))));
        for (name, kind) in pictures.chain(sounds) {
            let mut bytes = std::fs::read(golden(name)).unwrap();
            for (place, mask) in &flips {
                let place = place.index(bytes.len());
                bytes[place] ^= mask;
            }
            if is_cut {
                bytes.truncate(cut.index(bytes.len()));
            }
            let contract = InputContract::single(kind);
            let mut item = Vec::new();
            match bench.import(&[files.write("a", &bytes)], &contract, &mut item) {
                Ok(_) => prop_assert!(contract.views(&item).is_ok(), "{name}"),
                Err(Unusable { what, remedy, .. }) => {
                    prop_assert!(item.is_empty() && !what.is_empty() && !remedy.is_empty(), "{name}");
                }
            }
        }
    }
}
