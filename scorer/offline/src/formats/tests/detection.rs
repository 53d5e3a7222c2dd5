//! Guesses of a format.

use super::*;

#[test]
fn a_guess_by_name_content_and_suite() {
    let folder = Folder::new();
    let coco = r#"{"info": {}, "images": [], "annotations": [], "categories": []}"#;
    for (suite_name, labels, content, other, want) in [
        ("binary", "a.csv", "label\n1\n", "score\n1\n", Format::Csv),
        ("retrieval", "a.CSV", "qrels\n", "run\n", Format::Csv),
        ("binary", "a.txt", "label\n1\n", "score\n1\n", Format::Csv),
        ("binary", "a.tsv", "label\n1\n", "score\n1\n", Format::Csv),
        ("transcript", "a.tsv", "id\tref\n", "id\thyp\n", Format::Csv),
        ("binary", "a.jsonl", "", "", Format::Json),
        ("binary", "a.json", "\u{feff} [{\"label\": 1}]", "[]", Format::Json),
        ("coco_bbox", "a.json", coco, "[]", Format::Coco),
        ("voc_detection", "a.json", coco, "[]", Format::Coco),
        ("coco_bbox", "a.json", "{\"image\": {\"id\": 1}}", "{}", Format::Json),
        ("temporal_localisation", "a.json", "{\"database\": {}}", "{}", Format::ActivityNet),
        ("temporal_localisation", "a.json", "{\"video\": 1}", "{}", Format::Json),
        ("retrieval", "qrels.txt", "1 0 d 1\n", "", Format::Trec),
        ("retrieval", "qrels.tsv", "1\t0\td\t1\n", "", Format::Trec),
        ("diarization", "a.rttm", "SPEAKER a 1 0 1 <NA> <NA> x\n", "", Format::Rttm),
        ("diarization", "a.jsonl", "{}", "{}", Format::Json),
        ("tracking", "gt.txt", "1,1,2,3,4,5\n", "", Format::Mot),
        ("verification", "trials", "1 a b\n", "a b 1\n", Format::Trials),
        ("verification", "trials.txt", "id,label\na,1\n", "id,score\na,1\n", Format::Csv),
        ("sound_event", "meta.tsv", "filename\tonset\toffset\tevent_label\n", "", Format::Sed),
        ("transcript", "text", "utt1 a b\nutt2 c\n\n", "utt2 c\nutt1 a\n", Format::Kaldi),
        ("transcript", "text", "we saw 3\nwe went\n", "we saw\nwe went\n", Format::Lines),
        ("mt", "ref.txt", "1st of all\n", "First\n", Format::Lines),
    ] {
        let (labels, predictions) = (folder.write(labels, content), folder.write("other", other));
        let guess = Format::detect(&labels, &predictions, suite(suite_name).unwrap()).unwrap();
        assert_eq!(guess, want, "{suite_name}: {content}");
    }
    let both = folder.write("both.txt", "id,label,score\n");
    assert_eq!(Format::detect(&both, &both, suite("verification").unwrap()), Ok(Format::Csv));
    fs::create_dir(folder.path("folder")).unwrap();
    for (name, want) in [("tracking", Format::Mot), ("ocr_detection", Format::Icdar), ("mt", Format::Lines)] {
        assert_eq!(Format::detect(&folder.path("folder"), &both, suite(name).unwrap()), Ok(want));
    }
    let missing = Format::detect(&folder.path("missing"), &both, suite("binary").unwrap());
    assert!(missing.unwrap_err().what.starts_with("it cannot be read"));
}
