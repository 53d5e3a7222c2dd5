//! How items are put into shards: whole, in bounds, and in the order of sealing.

mod support;

use egret_datasets::Split;
use support::Folder;
use support::sealed::Sealed;

fn texts(answer: &str, metric: &str) -> Folder {
    Folder::of_task(metric, &format!("[input]\nkind = \"text\"\nbytes_max = 1048576\n[answer]\n{answer}\n"))
}

/// (items, first item) of the shards of a split.
fn shards(sealed: &Sealed, split: Split) -> Vec<(u32, u64)> {
    let opened = sealed.open(split).into_iter();
    opened.map(|(_, labels)| (labels.truths.len() as u32, labels.first_item)).collect()
}

/// Sealed, without the checks that hold of every test set: these are large.
fn sealed(folder: &Folder) -> Sealed {
    Sealed::try_of(folder).map_err(|problems| format!("{problems:?}")).unwrap()
}

const CLASSES: &str = "kind = \"classes\"\nclasses = [\"a\", \"b\"]";

#[test]
fn a_shard_has_at_most_65536_items() {
    let folder = texts(CLASSES, "accuracy");
    let rows = (0..=1 << 16).map(|row| format!("{row},a,private\n")).collect::<Vec<_>>().concat();
    folder.labels(&format!("text,label,split\nx,a,sample\n{rows}"));
    assert_eq!(shards(&sealed(&folder), Split::Private), [(1 << 16, 0), (1, 1 << 16)]);
}

/// A unit is eight shards: of texts as short as these, 524,288 items, and 20 scores of each.
#[test]
fn what_a_unit_leaves_is_bounded_before_anything_leaves_the_machine() {
    let classes = (0..20).map(|class| format!("\"c{class}\"")).collect::<Vec<_>>().join(", ");
    let folder = texts(&format!("kind = \"classes\"\nclasses = [{classes}]"), "roc_auc.ovr.macro");
    let rows = (0..=8 << 16).map(|row| format!("{row},c{},public\n", row % 20)).collect::<Vec<_>>().concat();
    folder.labels(&format!("text,label,split\nx,c0,sample\ny,c0,private\n{rows}"));
    let problem = "tasks/digits/task.toml: the split public has units of up to 524288 items, each with a metric state \
                   of up to 111 MiB; a server takes 64 MiB — take other metrics than `roc_auc.ovr.macro`, or";
    folder.expect(&[problem]);
    let problems = Sealed::try_of(&folder).err().unwrap();
    assert!(problems.len() == 1 && problems[0].to_string().starts_with(problem), "{problems:?}");
}

#[test]
fn a_shard_has_at_most_32_mib_of_items() {
    let folder = texts(CLASSES, "accuracy");
    // An item is its text and eight bytes of lengths: 32 of them fill a shard. The sample stays in order.
    let row = |number: usize, bytes: usize| format!("{number:02}{},a,sample\n", "x".repeat(bytes - 10));
    let rows: String = (0..32).map(|number| row(number, 1 << 20)).collect();
    folder.labels(&format!("text,label,split\n{rows}{}{}", row(32, 12), row(33, 12)));
    let sealed = sealed(&folder);
    assert_eq!(shards(&sealed, Split::Sample), [(32, 0), (2, 32)]);
    let bytes: Vec<u64> = sealed.set.shards.iter().map(|shard| shard.inputs_plain_bytes).collect();
    assert_eq!(bytes, [32 << 20, 24]);
}

#[test]
fn a_shard_has_at_most_32_mib_of_labels() {
    let folder = texts("kind = \"transcript\"\ntext_bytes_max = 65536", "cer");
    // A record is its text and: its length, `row-` and four figures with a length, no group, the variant, the text's length.
    let text = "y".repeat((1 << 16) - 4 - 9 - 1 - 1 - 3);
    let rows = (1000..1513)
        .map(|number| format!("t{number},row-{number},{text},sample\n"))
        .collect::<Vec<_>>()
        .concat();
    folder.labels(&format!("text,id,label,split\n{rows}"));
    assert_eq!(shards(&sealed(&folder), Split::Sample), [(512, 0), (1, 512)]);
}

#[test]
fn shards_are_foretold() {
    let folder = Folder::new();
    let summary = egret_datasets::check(folder.path(), &egret_datasets::Silent).tasks.remove(0);
    let set = Sealed::of(&folder).set;
    let bytes: u64 = set.shards.iter().map(|shard| shard.inputs_plain_bytes).sum();
    assert_eq!((summary.shard_count, summary.inputs_bytes), (set.shards.len() as u64, bytes));
}

#[test]
fn groups_and_ids_are_bounded() {
    let folder = texts("kind = \"classes\"\nclasses = [\"a\", \"b\"]", "accuracy");
    let rows = |group: usize, id: usize| {
        let (group, id) = ("g".repeat(group), "i".repeat(id));
        format!("text,label,split,group,id\nx,a,sample,{group},{id}\ny,a,public,,\nz,a,private,,\n")
    };
    folder.labels(&rows(1024, 1024));
    Sealed::of(&folder);
    folder.labels(&rows(1025, 1024));
    folder.expect(&["labels.csv:2: the group has 1025 bytes"]);
    folder.labels(&rows(1024, 1025));
    assert!(
        folder.problems()[0].to_string().contains("cannot be an id — use at most 1024 bytes on one line")
    );
}
