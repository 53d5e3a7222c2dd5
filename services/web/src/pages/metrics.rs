//! `/docs/metrics` (`/metrics` is the operator's, on the private port): every metric, by what the items are and by suite.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use egret_proto::v1::{ListMetricsRequest, MetricSuite};

use super::{Frame, page};
use crate::failure::Failure;
use crate::language::Visitor;
use crate::metric_words;
use crate::names::MetricPath;
use crate::site::Site;

/// The order of the sections; what the items are is a word of the API.
const MODALITIES: [&str; 5] = ["any", "image", "audio", "video", "text"];

struct Row {
    href: String,
    id: String,
    title: String,
    better: &'static str,
    range: String,
}

struct Suite {
    name: String,
    title: String,
    scores: String,
    rows: Vec<Row>,
}

struct Section {
    anchor: String,
    title: &'static str,
    suites: Vec<Suite>,
}

#[derive(Template)]
#[template(path = "metrics.html")]
struct Metrics {
    frame: Frame,
    sections: Vec<Section>,
}

/// The page.
pub(crate) async fn show(
    State(site): State<Site>,
    Extension(visitor): Extension<Visitor>,
) -> Result<Response, Failure> {
    let suites = site.metrics(ListMetricsRequest::default()).await?;
    let messages = visitor.language.messages();
    let frame = Frame::new(visitor, messages.metrics);
    // What a newer server knows besides is shown last, under its own word.
    let known = |suite: &&MetricSuite| MODALITIES.contains(&suite.modality.as_str());
    let other = suites.iter().filter(|suite| !known(suite)).map(|suite| suite.modality.as_str());
    let mut sections: Vec<Section> = Vec::new();
    for modality in MODALITIES.into_iter().chain(other) {
        if sections.iter().any(|section| section.anchor == modality) {
            continue;
        }
        let of = suites.iter().filter(|suite| suite.modality == modality);
        let suites: Vec<Suite> = of.map(|one| suite(one, &frame)).collect();
        if !suites.is_empty() {
            let title = metric_words::modality(modality, messages);
            sections.push(Section { anchor: modality.to_owned(), title, suites });
        }
    }
    page(visitor, &Metrics { frame, sections })
}

fn suite(suite: &MetricSuite, frame: &Frame) -> Suite {
    let rows = suite.metrics.iter().map(|metric| Row {
        href: MetricPath { suite: suite.name.clone(), id: metric.id.clone() }.href(),
        id: metric.id.clone(),
        title: metric.title.clone(),
        better: metric_words::better(metric.direction(), frame.messages),
        range: metric_words::range(metric),
    });
    Suite {
        name: suite.name.clone(),
        title: suite.title.clone(),
        scores: metric_words::scores(suite, frame.messages),
        rows: rows.collect(),
    }
}
