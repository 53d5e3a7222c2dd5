//! A sample that anybody may have made is read within bounds, or refused.

mod support;

use std::fs::File;
use std::io::Write;

use egret_datasets::{Sample, SampleError, Split, load, peek, read_sample};
use support::Folder;
use support::sealed::Sealed;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A zip of these files, read as a sample.
fn read(files: &[(&str, &[u8])]) -> Result<Sample, SampleError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sample.zip");
    let mut zip = ZipWriter::new(File::create(&path).unwrap());
    for (name, bytes) in files {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
    read_sample(&path)
}

const TASK: &str = "title = \"A\"\nmetrics = [\"accuracy\"]\n[[certificates]]\nname = \"A\"\nthreshold = 0.9\n[composite]\n\
    [[composite.parts]]\nmetric = \"accuracy\"\n[composite.speed]\nreference_item_ms = 2\n[input]\nkind = \"text\"\n[answer]\nkind = \"classes\"\n\
                    classes = [\"a\", \"b\"]\n[split]\nsample = 1\nseed = 0\n";

#[test]
fn what_is_peeked_at_is_what_is_sealed_the_sample_first() {
    let folder = Folder::new();
    let task = load(folder.path()).unwrap().tasks.remove(0);
    let all = peek(folder.path(), &task, 6).unwrap();
    let sealed = Sealed::of(&folder);
    let sample: Vec<Vec<u8>> = sealed.items(Split::Sample).into_iter().map(|(.., input)| input).collect();
    assert_eq!(all[..2], sample);
    assert_eq!(all.len(), 6);
    assert_eq!(peek(folder.path(), &task, 5).unwrap(), all[..5]);
    folder.write("tasks/digits/media/1.png", "no picture");
    assert!(peek(folder.path(), &task, 1).is_ok(), "what is not shown is not decoded");
    let problems = peek(folder.path(), &task, 2).unwrap_err();
    assert_eq!(problems[0].file, std::path::Path::new("tasks/digits/media/1.png"));
}

#[test]
fn a_sample_is_a_small_task() {
    let sample = read(&[("task.toml", TASK.as_bytes()), ("labels.csv", b"text,label\nx,a\ny,b\n")]).unwrap();
    let speed = sample.grading.composite.unwrap().speed.unwrap();
    assert_eq!((speed.reference_item_ms, sample.grading.certificates[0].name.as_str()), (2.0, "A"));
    assert_eq!((sample.metrics, sample.shards.len()), (vec!["accuracy".to_owned()], 1));
    assert_eq!(sample.shards[0].1.ids, ["row-2", "row-3"]);
}

#[test]
fn what_is_no_sample_is_refused() {
    let missing = read(&[("labels.csv", b"text,label\nx,a\n")]).unwrap_err();
    assert_eq!(missing.to_string(), "the sample is not in order: task.toml: the file is missing — write it");
    let labels = read(&[("task.toml", TASK.as_bytes()), ("labels.csv", b"text,label\nx,c\n")]).unwrap_err();
    assert!(labels.to_string().contains("labels.csv:2: the class \"c\" is not known"), "{labels}");
    let empty = read(&[("task.toml", TASK.as_bytes()), ("labels.csv", b"text,label\n")]).unwrap_err();
    assert!(empty.to_string().contains("there are no items"), "{empty}");
    let hidden = TASK.replace("sample = 1", "public = 1");
    let hidden = read(&[("task.toml", hidden.as_bytes()), ("labels.csv", b"text,label\nx,a\n")]).unwrap_err();
    assert!(hidden.to_string().contains("no item is in the split sample"), "{hidden}");
    for name in ["../task.toml", "/tmp/task.toml", "media/../../x"] {
        let outside = read(&[(name, b"")]).unwrap_err();
        assert!(outside.to_string().contains("leads out of it"), "{outside}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sample.zip");
    std::fs::write(&path, b"no zip").unwrap();
    assert!(matches!(read_sample(&path), Err(SampleError::Zip(_))));
    assert!(matches!(read_sample(&folder.path().join("none.zip")), Err(SampleError::Io(_))));
}

#[test]
fn a_truncated_sample_is_refused() {
    let sealed = Sealed::of(&Folder::new());
    let bytes = std::fs::read(&sealed.set.sample_archive.path).unwrap();
    let path = sealed.out.path().join("cut.zip");
    for end in (0..bytes.len()).step_by(bytes.len() / 16) {
        std::fs::write(&path, &bytes[..end]).unwrap();
        assert!(read_sample(&path).is_err(), "cut at {end}");
    }
}
