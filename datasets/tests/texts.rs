//! Texts that stand in the table of labels, alone and beside other media.

mod support;

use egret_contract::item::View;
use egret_datasets::{Split, Truth};
use support::Folder;
use support::sealed::Sealed;

const TASK: &str = "tasks/digits/task.toml";
const LABELS: &str = "tasks/digits/labels.csv";

const TEXTS: &str =
    "[input]\nkind = \"text\"\nbytes_max = 64\n[answer]\nkind = \"classes\"\nclasses = [\"bad\", \"good\"]\n";

fn texts() -> Folder {
    let folder = Folder::of_task("accuracy", TEXTS);
    folder.labels(
        "\u{feff}text,label,split\n\"one, \"\"two\"\"\nthree\",good,sample\n鹭,bad,public\n x ,good,private\n",
    );
    folder
}

/// The text of an item.
fn text(sealed: &Sealed, split: Split) -> String {
    let (_, _, input) = sealed.items(split).remove(0);
    let views = sealed.task.input.views(&input).unwrap();
    let [View::Text(text)] = views.as_slice() else { panic!("{views:?} is not a text") };
    (*text).to_owned()
}

#[test]
fn a_text_is_read_again_where_it_stands() {
    let sealed = Sealed::of(&texts());
    assert_eq!(text(&sealed, Split::Sample), "one, \"two\"\nthree");
    assert_eq!(text(&sealed, Split::Public), "鹭");
    assert_eq!(text(&sealed, Split::Private), " x ", "blanks are text");
    assert_eq!(sealed.items(Split::Public)[0].0, "row-4", "called by its line");
    assert!(sealed.truth(Split::Private, "row-5") == Truth::Class(1));
}

#[test]
fn columns_can_be_renamed_and_ignored() {
    let folder = texts();
    folder.write(
        "tasks/digits/data/all.csv",
        folder.read(LABELS).replace("text,label", "sentence,category").replace(",split", ",set").as_bytes(),
    );
    std::fs::remove_file(folder.path().join(LABELS)).unwrap();
    let labels = "[labels]\npath = \"data/all.csv\"\ntext = \"sentence\"\nlabel = \"category\"\nsplit = \"set\"\n[answer]";
    folder.edit(TASK, "[answer]", labels);
    folder.edit(TASK, "classes = [\"bad\", \"good\"]\n", "");
    let sealed = Sealed::of(&folder);
    assert_eq!(sealed.task.answer.classes().unwrap().class_names, ["bad", "good"]);
    folder.edit(TASK, "split = \"set\"", "ignore = [\"set\"]");
    folder.expect(&["all.csv:1: there is no column `split`, and task.toml has no [split]"]);
    folder.edit(TASK, "ignore = [\"set\"]", "spilt = \"set\"");
    let unknown = "unknown key `spilt` of [labels] — did you mean `split`?";
    let problems = folder.problems();
    assert!(problems.iter().any(|problem| problem.to_string().contains(unknown)), "{problems:?}");
}

#[test]
fn items_may_have_ids() {
    let folder = texts();
    folder.labels("id,text,label,split\na,x,good,sample\nb,y,bad,public\nc,z,good,private\n");
    assert_eq!(Sealed::of(&folder).items(Split::Public)[0].0, "b");
    folder.edit(LABELS, "b,y", "a,y");
    folder.expect(&["labels.csv:3: the id \"a\" is used twice, first in line 2"]);
}

#[test]
fn the_same_text_in_two_splits_is_refused_and_never_made_by_chance() {
    let folder = texts();
    folder.edit(LABELS, "鹭", " x ");
    folder.expect(&["\"row-5\" (private) has the same content as \"row-4\" (public, line 4)"]);
    let rows = (0..60).map(|row| format!("text {},good\n", row % 20)).collect::<Vec<_>>().concat();
    folder.labels(&format!("text,label\n{rows}"));
    folder.edit(TASK, "[answer]", "[split]\nsample = 1\npublic = 1\nprivate = 1\nseed = 1\n[answer]");
    folder.expect(&[]);
}

#[test]
fn a_table_of_texts_needs_a_text() {
    let folder = texts();
    folder.edit(LABELS, "text,label", "texts,label");
    let problems = folder.problems();
    assert!(
        problems
            .iter()
            .any(|problem| problem.to_string().contains("unknown column `texts` — did you mean `text`?")),
        "{problems:?}"
    );
    folder.labels("label,split\ngood,sample\n");
    folder.expect(&["labels.csv:1: there is no column `text`"]);
    folder.write(LABELS, b"text,label,split\na,good,sample\n\xff,bad,public\nc,bad,public\nd,bad,private\n");
    folder.expect(&["labels.csv:3: the line is not UTF-8"]);
}

const BOTH: &str = "[input]\nkind = \"composite\"\n[[input.part]]\nname = \"picture\"\nkind = \"image\"\nwidth = 4\nheight = 3\n\
                    channels = 1\nfit = \"stretch\"\n[[input.part]]\nname = \"caption\"\nkind = \"text\"\n\
                    [answer]\nkind = \"classes\"\nclasses = [\"bad\", \"good\"]\n";

#[test]
fn parts_have_a_column_each() {
    let folder = Folder::of_task("accuracy", BOTH);
    folder.grays(&["a.png", "b.png"]);
    let rows = "one,a.png,good,sample\ntwo,b.png,bad,public\nthree,b.png,good,public\nfour,a.png,bad,sample\nfive,a.png,bad,private\n";
    folder.labels(&format!("caption,picture,label,split\n{rows}"));
    let sealed = Sealed::of(&folder);
    let items = sealed.items(Split::Sample);
    let names = sealed.task.input.parts.iter().map(|part| part.name.as_str());
    assert_eq!(names.collect::<Vec<_>>(), ["picture", "caption"]);
    for ((id, _, input), (line, caption)) in items.iter().zip([(2, "one"), (5, "four")]) {
        let views = sealed.task.input.views(input).unwrap();
        let [View::Image { width: 4, height: 3, pixels }, View::Text(text)] = views.as_slice() else {
            panic!("{views:?} is not a picture with a text")
        };
        assert_eq!((pixels[0], *text), (12, caption));
        assert_eq!(*id, format!("row-{line}"));
    }
    folder.edit(LABELS, "two,b.png", "two,c.png");
    folder.expect(&["labels.csv:3: there is no file \"c.png\""]);
    folder.edit(LABELS, "two,c.png", "two,../c.png");
    folder.expect(&["labels.csv:3: the path leads out of the folder of media"]);
    folder.edit(LABELS, "caption,picture", "captions,picture");
    assert!(folder.problems()[0].to_string().contains("there is no column `caption`"));
}

#[test]
fn only_a_video_gives_its_sound_to_another_part() {
    let folder = Folder::of_task("accuracy", BOTH);
    folder.grays(&["a.png"]);
    folder.labels("caption,picture,label,split\n");
    let sound = "kind = \"audio\"\nsample_rate_hz = 8000\nsample_count_max = 8\nfrom = \"picture\"";
    folder.edit(TASK, "kind = \"text\"", sound);
    let what =
        "task.toml:17: `from` of [input.part] is \"picture\" — let a part of sound name the part of video";
    let problems = folder.problems();
    assert!(problems.iter().any(|problem| problem.to_string().contains(what)), "{problems:?}");
    let video = "kind = \"video\"\nwidth = 4\nheight = 3\nframe_count = 2\nfit = \"stretch\"";
    folder.edit(TASK, "kind = \"image\"\nwidth = 4\nheight = 3\nchannels = 1\nfit = \"stretch\"", video);
    let task = |folder: &Folder| egret_datasets::load(folder.path()).unwrap().tasks.remove(0);
    assert_eq!(task(&folder).labels.parts, ["picture", "picture"]);
    folder.edit(TASK, "name = \"caption\"", "name = \"picture\"");
    let problems = folder.problems();
    assert!(
        problems.iter().any(|problem| problem.what == "`input.picture` must be named once"),
        "{problems:?}"
    );
}
