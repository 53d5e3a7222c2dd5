//! Trial lists, and queries with a gallery.

mod support;

use egret_datasets::{Split, Truth};
use support::sealed::Sealed;
use support::{Folder, IMAGE_INPUT};

const LABELS: &str = "tasks/digits/labels.csv";
const TRIALS: &str = "tasks/digits/trials.csv";
const RELEVANCE: &str = "tasks/digits/relevance.csv";
const VERIFICATION: &str = "kind = \"embedding\"\nsearch = \"verification\"";
const RETRIEVAL: &str = "kind = \"embedding\"\nsearch = \"retrieval\"\ntop_count = 5";
const NAMES: [&str; 9] =
    ["a0.png", "a1.png", "a2.png", "b0.png", "b1.png", "b2.png", "c0.png", "c1.png", "c2.png"];

fn task(metric: &str, answer: &str) -> Folder {
    let folder = Folder::of_task(metric, &format!("{IMAGE_INPUT}[answer]\n{answer}\n"));
    folder.grays(&NAMES);
    folder
}

/// `a…` is the sample, `b…` public, `c…` private: 0 and 1 show the same, 2 another.
fn verification() -> Folder {
    let folder = task("eer.interp", VERIFICATION);
    let split = |name: &str| Split::ALL[usize::from(name.as_bytes()[0] - b'a')];
    let labels = NAMES.iter().map(|name| format!("{name},{}\n", split(name))).collect::<Vec<_>>().concat();
    folder.labels(&format!("file,split\n{labels}"));
    let trials = |name: char| format!("{name}1.png,{name}0.png,1\n{name}1.png,{name}2.png,0\n");
    folder.write(TRIALS, format!("first,second,target\n{}", ['a', 'b', 'c'].map(trials).concat()));
    folder
}

/// The trials of a split, by the names of their items.
fn trials(sealed: &Sealed, split: Split) -> Vec<(String, String, bool)> {
    let items = sealed.items(split);
    let mut all = Vec::new();
    for (place, (later, truth, _)) in items.iter().enumerate() {
        let Truth::Trials(trials) = truth else { panic!("{truth:?} are no trials") };
        for (earlier, target) in trials {
            assert!((*earlier as usize) < place, "a trial is kept with the later of its items");
            let mut names = [later.clone(), items[*earlier as usize].0.clone()];
            names.sort();
            let [first, second] = names;
            all.push((first, second, *target));
        }
    }
    all.sort();
    all
}

#[test]
fn a_trial_is_kept_with_the_later_of_its_items() {
    let sealed = Sealed::of(&verification());
    for (split, name) in Split::ALL.into_iter().zip(["a", "b", "c"]) {
        let of = |number: u8| format!("{name}{number}.png");
        assert_eq!(trials(&sealed, split), [(of(0), of(1), true), (of(1), of(2), false)]);
    }
}

#[test]
fn trials_alone_can_list_the_items() {
    let folder = verification();
    let listed = Sealed::of(&folder);
    std::fs::remove_file(folder.path().join(LABELS)).unwrap();
    folder.expect(&["trials.csv:1: there is no column `split`, and task.toml has no [split]"]);
    let text = folder.read(TRIALS);
    let split = |line: &str| Split::ALL[usize::from(line.as_bytes()[0] - b'a')];
    let rows =
        text.lines().skip(1).map(|line| format!("{line},{}\n", split(line))).collect::<Vec<_>>().concat();
    folder.write(TRIALS, format!("first,second,target,split\n{rows}"));
    let alone = Sealed::of(&folder);
    for split in Split::ALL {
        assert_eq!(trials(&alone, split), trials(&listed, split));
    }
    folder.edit(TRIALS, "a1.png,a2.png,0,sample", "a1.png,b2.png,0,sample");
    folder.expect(&[
        "media/a2.png: the file has no label",
        "trials.csv:5: \"b1.png\" is in public, \"b2.png\" in sample",
    ]);
}

#[test]
fn what_is_wrong_with_trials_is_said() {
    let broken = |from: &str, to: &str, problem: &str| {
        let folder = verification();
        folder.edit(TRIALS, from, to);
        folder.expect(&[problem]);
    };
    broken("a1.png,a2.png,0", "a1.png,a9.png,0", "trials.csv:3: there is no item \"a9.png\" — did you mean");
    broken(
        "a1.png,a2.png,0",
        "a1.png,b2.png,0",
        "trials.csv:3: \"a1.png\" is in sample, \"b2.png\" in public",
    );
    broken("a1.png,a2.png,0", "a1.png,a1.png,0", "trials.csv:3: the trial compares an item with itself");
    broken("a1.png,a2.png,0", "a0.png,a1.png,1", "trials.csv:3: the trial is listed twice, first in line 2");
    broken("a1.png,a2.png,0", "a1.png,a2.png,", "trials.csv:3: the target is empty");
    broken("a1.png,a2.png,0", "a1.png,a2.png,same", "trials.csv:3: \"same\" is neither yes nor no");
    broken("a1.png,a0.png,1\na1.png,a2.png,0\n", "", "trials.csv: no trial is in the split sample");
    let folder = verification();
    std::fs::remove_file(folder.path().join(TRIALS)).unwrap();
    folder.expect(&["tasks/digits: there are no trials"]);
}

/// In each split a query 0 by camera 1, a match 1 by camera 2, and 2 of the same identity by the query's own camera.
fn retrieval() -> Folder {
    let folder = task("map", RETRIEVAL);
    let rows = NAMES.iter().map(|name| {
        let split = Split::ALL[usize::from(name.as_bytes()[0] - b'a')];
        let (role, camera) = match &name[1..2] {
            "0" => ("query", 1),
            "1" => ("gallery", 2),
            _ => ("gallery", 1),
        };
        format!("{name},{role},{},{camera},{split}\n", &name[..1])
    });
    let rows: String = rows.collect();
    folder.grays(&["junk.png", "other.png"]);
    folder.gray("junk.png", 4, 3, |x, _| 200 + x as u8);
    folder.gray("other.png", 4, 3, |x, _| 220 + x as u8);
    folder.labels(&format!(
        "file,role,identity,camera,split\njunk.png,gallery,-1,2,sample\nother.png,gallery,0,2,sample\n{rows}"
    ));
    folder
}

#[test]
fn queries_fill_the_first_shards_and_find_their_identity() {
    let sealed = Sealed::of(&retrieval());
    for (split, name) in Split::ALL.into_iter().zip(["a", "b", "c"]) {
        let shards = sealed.open(split);
        let [(_, queries), (_, gallery)] = shards.as_slice() else { panic!("a shard for each role") };
        assert_eq!((queries.index, gallery.index), (0, 1));
        assert_eq!((queries.first_item, gallery.first_item), (0, 0), "numbered apart");
        assert_eq!(queries.ids, [format!("{name}0.png")]);
        assert_eq!(queries.groups, [name], "an identity is a group where there is no other");
        assert!(gallery.truths.iter().all(|truth| *truth == Truth::Gallery));
        let place = |id: String| gallery.ids.iter().position(|found| *found == id).unwrap() as u32;
        let (relevant, excluded) = (place(format!("{name}1.png")), place(format!("{name}2.png")));
        let expected = Truth::Query { relevant: vec![(relevant, 1)], excluded: vec![excluded] };
        assert!(queries.truths == [expected]);
        assert!(!gallery.ids.contains(&"junk.png".to_owned()), "nobody is left out");
        assert_eq!(gallery.ids.contains(&"other.png".to_owned()), split == Split::Sample);
    }
}

#[test]
fn a_query_needs_a_match_that_another_camera_saw() {
    let folder = retrieval();
    folder.edit(LABELS, "b1.png,gallery,b,2,public", "b1.png,gallery,x,2,public");
    folder.expect(&["labels.csv:7: the query \"b0.png\" has no match in the gallery of public"]);
    folder.edit(LABELS, "b1.png,gallery,x,2,public", "b1.png,gallery,b,1,public");
    folder.expect(&["labels.csv:7: the query \"b0.png\" has no match in the gallery of public"]);
    folder.edit(LABELS, "b1.png,gallery,b,1,public", "b1.png,gallery,b,2,private");
    folder.expect(["labels.csv:8: the group \"b\" is in private here and in public in line 7"].as_ref());
    folder.edit(LABELS, "b1.png,gallery,b,2,private", "b1.png,gallery,b,,public");
    folder.expect(&[]);
    folder.edit(LABELS, "b0.png,query,b", "b0.png,probe,b");
    folder.expect(&["labels.csv:7: the role is \"probe\" — write query or gallery"]);
    folder.edit(LABELS, "b0.png,probe,b", "b0.png,query,-1");
    folder.expect(&["labels.csv:7: a query is nobody (-1)"]);
}

#[test]
fn relevance_can_be_listed() {
    let folder = retrieval();
    let text = folder.read(LABELS).replace("file,role,identity,camera,split", "file,role,person,seen,split");
    folder.labels(&text);
    folder.edit("tasks/digits/task.toml", "[answer]", "[labels]\nignore = [\"person\", \"seen\"]\n[answer]");
    let rows = "a0.png,a1.png,3\na0.png,a2.png,-1\na0.png,other.png,0\na0.png,junk.png,255\n\
                b0.png,b2.png,1\nc0.png,c1.png,1\n";
    folder.write(RELEVANCE, format!("query,item,grade\n{rows}"));
    let sealed = Sealed::of(&folder);
    let shards = sealed.open(Split::Sample);
    let place = |id: &str| shards[1].1.ids.iter().position(|found| found == id).unwrap() as u32;
    let Truth::Query { relevant, excluded } = &shards[0].1.truths[0] else { panic!("a query") };
    let mut expected = [(place("a1.png"), 3), (place("other.png"), 0), (place("junk.png"), 255)];
    expected.sort_unstable();
    assert_eq!((relevant.as_slice(), excluded.as_slice()), (&expected[..], &[place("a2.png")][..]));
    let broken = |from: &str, to: &str, problem: &str| {
        folder.write(RELEVANCE, format!("query,item,grade\n{}", rows.replacen(from, to, 1)));
        folder.expect(&[problem]);
    };
    broken("c0.png,c1.png,1", "c0.png,c1.png,0", "relevance.csv: the query \"c0.png\" has no match");
    broken("c0.png,c1.png,1", "c0.png,c1.png,256", "relevance.csv:7: the grade is \"256\"");
    broken(
        "b0.png,b2.png,1\n",
        "b0.png,b2.png,1\nb0.png,b2.png,2\n",
        "relevance.csv:7: the pair is listed twice, first in line 6",
    );
    broken("a0.png,a1.png,3", "a1.png,a0.png,3", "relevance.csv:2: \"a1.png\" is not a query");
    broken(
        "b0.png,b2.png,1\n",
        "b0.png,b2.png,1\nb0.png,c2.png,1\n",
        "the query is in public, the gallery item in private",
    );
    broken("a0.png,a1.png,3", "a0.png,a7.png,3", "relevance.csv:2: there is no item \"a7.png\"");
}
