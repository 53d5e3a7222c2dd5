//! Every bound from both sides.

use super::limits::{self, *};
use super::source::Source;
use super::*;

/// Reads files within bounds that allow a little.
fn within(
    change: impl Fn(&mut Limits),
    format: Format,
    name: &str,
    labels: &str,
    found: &str,
) -> Result<Table, String> {
    let folder = Folder::new();
    let mut limits = LIMITS;
    change(&mut limits);
    let (labels, found) = (folder.write("labels", labels), folder.write("found", found));
    let table = read_within(&limits, suite(name).unwrap(), &labels, &found, format, Map::new());
    table.map_err(|error| folder.said(Err(error)))
}

#[test]
fn a_file_of_the_largest_size_and_one_byte_more() {
    assert_eq!((FILE_BYTES_MAX, LINE_BYTES_MAX), (1 << 32, 1 << 28));
    let folder = Folder::new();
    let path = folder.write("large", "");
    // A hole takes no room on the disk.
    fs::File::options().write(true).open(&path).unwrap().set_len(FILE_BYTES_MAX + 1).unwrap();
    let said = Source::open(&path, &LIMITS).err().unwrap().to_string();
    assert!(said.ends_with("large: 4294967297 bytes; allowed are 4294967296; split the file"), "{said}");
    assert!(limits::check(FILE_BYTES_MAX, FILE_BYTES_MAX, "bytes", "", String::new).is_ok());
    let small = |limits: &mut Limits| limits.file_bytes = 12;
    assert!(within(small, Format::Csv, "binary", "label\n1\n0\n1\n", "score\n1\n0\n1\n").is_ok());
    let said = within(small, Format::Csv, "binary", "label\n1\n0\n10\n", "score\n1\n").unwrap_err();
    assert_eq!(said, "labels: 13 bytes; allowed are 12; split the file");
}

#[test]
fn lines_rows_and_cells() {
    let two = |limits: &mut Limits| limits.row_count = 2;
    for (format, name, fits, more, found) in [
        (Format::Csv, "binary", "id,label\na,1\nb,1\n", "id,label\na,1\nb,1\nc,1\n", "id,score\na,1\n"),
        (
            Format::Json,
            "binary",
            "{\"id\": 1}\n{\"id\": 2, \"label\": 1}\n",
            "[{\"id\": 1}, {\"id\": 2}, {\"id\": 3}]",
            "{\"id\": 1, \"score\": 1}",
        ),
        (Format::Trec, "retrieval", "a 0 d 1\nb 0 d 1\n", "a 0 d 1\nb 0 d 1\nc 0 d 1\n", ""),
        (Format::Trials, "verification", "1 a b\n1 a c\n", "1 a b\n1 a c\n1 a d\n", ""),
        (Format::Kaldi, "transcript", "a x\nb x\n", "a x\nb x\nc x\n", ""),
        (Format::Sed, "sound_event", "a\nb\n", "a\nb\nc\n", ""),
    ] {
        assert_eq!(
            within(two, format, name, fits, found).map(|table| table.row_count),
            Ok(2),
            "{}",
            format.name()
        );
        let said = within(two, format, name, more, found).unwrap_err();
        assert!(said.starts_with("labels, ") && said.contains("; allowed are 2; score in parts"), "{said}");
    }
    let (database, more) = (r#"{"database": {"a": 1, "b": 1}}"#, r#"{"database": {"a": 1, "b": 1, "c": 1}}"#);
    let results = r#"{"results": {}}"#;
    assert!(within(two, Format::ActivityNet, "temporal_localisation", database, results).is_ok());
    let said = within(two, Format::ActivityNet, "temporal_localisation", more, results).unwrap_err();
    assert_eq!(said, "labels: 3 videos; allowed are 2; score in parts");

    let ten = |limits: &mut Limits| limits.line_bytes = 10;
    assert!(within(ten, Format::Lines, "transcript", "a\n0123456789\n", "a\nb\n").is_ok());
    let said = within(ten, Format::Lines, "transcript", "a\n0123456789x\n", "a\nb\n").unwrap_err();
    assert_eq!(
        said,
        "labels, line 2: 11 bytes in a line; allowed are 10; check that lines end where rows do"
    );
    assert!(within(ten, Format::Csv, "transcript", "ref\n\"01234\n6789\"\n", "hyp\na\n").is_ok());
    let said = within(ten, Format::Csv, "transcript", "ref\n\"01234\n6789x\"\n", "hyp\na\n").unwrap_err();
    assert_eq!(said, "labels, line 2: 11 bytes in a row; allowed are 10; check the quotes");

    let three = |limits: &mut Limits| limits.cell_count = 3;
    for (format, fits, more) in [
        (Format::Csv, "label,a,b\n1,2,3\n", "label,a,b,c\n1,2,3,4\n"),
        (Format::Json, r#"{"label": 1, "a": 2, "b": 3}"#, r#"{"label": 1, "a": 2, "b": 3, "c": 4}"#),
    ] {
        let found = if format == Format::Csv { "score\n1\n" } else { r#"{"score": 1}"# };
        assert!(within(three, format, "binary", fits, found).is_ok());
        let said = within(three, format, "binary", more, found).unwrap_err();
        assert!(
            said.starts_with("labels, line 1: 4 c") && said.contains("; allowed are 3; remove some"),
            "{said}"
        );
    }
}

#[test]
fn frames_and_files() {
    let (last, beyond) =
        (format!("{FRAME_COUNT_MAX},1,1,2,3,4"), format!("{},1,1,2,3,4", FRAME_COUNT_MAX + 1));
    let table = within(|_| {}, Format::Mot, "tracking", &last, "").unwrap();
    assert_eq!(table.columns["gt"][0].as_array().unwrap().len() as u64, FRAME_COUNT_MAX);
    let said = within(|_| {}, Format::Mot, "tracking", &beyond, "").unwrap_err();
    assert_eq!(said, "labels, line 1: 4194305 frames; allowed are 4194304; score in parts");

    // All sequences count, and each side for itself.
    let folder = Folder::new();
    let limits = Limits { frame_count: 5, ..LIMITS };
    let read = || {
        let (labels, found) = (folder.path("gt"), folder.path("found"));
        read_within(&limits, suite("tracking").unwrap(), &labels, &found, Format::Mot, Map::new())
    };
    for part in ["gt", "found"] {
        folder.write(&format!("{part}/a.txt"), "3,1,1,2,3,4");
        folder.write(&format!("{part}/b.txt"), "2,1,1,2,3,4");
    }
    assert!(read().is_ok());
    folder.write("found/b.txt", "3,1,1,2,3,4");
    assert_eq!(folder.said(read()), "found/b.txt, line 1: 6 frames; allowed are 5; score in parts");

    let folder = Folder::new();
    folder.write("a.txt", "");
    let limits = Limits { file_count: 1, ..LIMITS };
    let read = || {
        read_within(
            &limits,
            suite("tracking").unwrap(),
            folder.0.path(),
            folder.0.path().join("a.txt").as_path(),
            Format::Mot,
            Map::new(),
        )
    };
    assert!(!read().unwrap_err().what.contains("allowed"));
    folder.write("b.txt", "");
    assert!(read().unwrap_err().what.starts_with("2 files; allowed are 1"));
}
