//! The chart as a picture.

mod fake;

use fake::{Fake, canned, canned::TASK, reader::get};
use roxmltree::{Document, Node};

/// Titles that test escaping, XML's rules and the width of a label.
const TEAMS: [(&str, f64); 8] = [
    ("<b>&amp;\u{7}", 0.98),
    ("白鹭", 0.98),
    ("a very long name that goes on", 0.97),
    ("dora", 0.9),
    ("emil", 0.9),
    ("fritz", 0.9),
    ("seventh", 0.8),
    ("eighth", 0.7),
];

async fn chart(teams: &[(&str, f64)]) -> String {
    let fake = Fake::start(canned::shown(canned::board(1, teams))).await;
    let answer = get(&egret_web::router(fake.channel), &format!("{TASK}/p/live/chart.svg"), &[]).await;
    assert_eq!(answer.header("content-type"), "image/svg+xml");
    answer.text
}

fn of_class<'a, 'i>(document: &'a Document<'i>, class: &'a str) -> impl Iterator<Item = Node<'a, 'i>> {
    document.descendants().filter(move |node| node.attribute("class") == Some(class))
}

#[tokio::test]
async fn each_improvement_of_a_top_team_is_a_step() {
    let text = chart(&TEAMS).await;
    let document = Document::parse(&text).expect("well-formed");
    let lines: Vec<&str> = of_class(&document, "line").map(|line| line.attribute("d").unwrap()).collect();
    assert_eq!(lines.len(), 6, "the top teams only");
    for path in lines {
        // Five scores: a start and four steps, then on to the right edge.
        assert_eq!(path.matches('M').count(), 1, "{path}");
        assert_eq!(path.matches('V').count(), 4, "{path}");
        assert!(path.ends_with("H580"), "{path}");
    }
    assert_eq!(of_class(&document, "dot").count(), 30);
}

#[tokio::test]
async fn better_is_up_and_later_is_right() {
    let text = chart(&TEAMS[..1]).await;
    let document = Document::parse(&text).unwrap();
    let number = |node: Node<'_, '_>, name: &str| node.attribute(name).unwrap().parse::<f64>().unwrap();
    let dots: Vec<(f64, f64)> =
        of_class(&document, "dot").map(|dot| (number(dot, "cx"), number(dot, "cy"))).collect();
    assert_eq!(dots.len(), 5);
    for pair in dots.windows(2) {
        assert!(pair[0].0 < pair[1].0 && pair[0].1 > pair[1].1, "{dots:?}");
    }
}

#[tokio::test]
async fn labels_are_whole_short_and_apart() {
    let text = chart(&TEAMS).await;
    let document = Document::parse(&text).unwrap();
    let names: Vec<&str> = of_class(&document, "name").map(|name| name.text().unwrap()).collect();
    assert!(names.contains(&"<b>&amp;"), "{names:?}");
    assert!(names.contains(&"a very long nam…"), "{names:?}");
    let mut places: Vec<f64> =
        of_class(&document, "name").map(|name| name.attribute("y").unwrap().parse().unwrap()).collect();
    places.sort_by(f64::total_cmp);
    for pair in places.windows(2) {
        assert!(pair[1] - pair[0] > 15.9, "labels overlap: {places:?}");
    }
    assert!(places[0] >= 16.0 && places[5] <= 272.0, "inside the picture: {places:?}");
}

#[tokio::test]
async fn an_empty_board_is_a_picture_that_says_so() {
    let text = chart(&[]).await;
    let document = Document::parse(&text).unwrap();
    assert_eq!(of_class(&document, "line").count(), 0);
    assert!(text.contains("The chart starts with the first score."));
}
