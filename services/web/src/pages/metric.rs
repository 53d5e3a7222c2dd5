//! `/docs/metrics/{suite}/{id}`: everything of one metric; and the way there from a task, which names its metrics without a suite.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use egret_proto::v1::{ListMetricsRequest, Metric, MetricField};

use super::{Frame, page};
use crate::failure::Failure;
use crate::language::Visitor;
use crate::metric_words;
use crate::names::{AnswerMetricPath, MetricPath};
use crate::site::Site;

/// Columns, settings or parameters under their heading.
struct Fields {
    heading: &'static str,
    fields: Vec<MetricField>,
}

#[derive(Template)]
#[template(path = "metric.html")]
struct MetricPage {
    frame: Frame,
    suite: String,
    suite_title: String,
    metric: Metric,
    /// The id that was asked for, where it fills in parameters.
    filled: Option<String>,
    better: &'static str,
    range: String,
    needs: &'static str,
    scores: String,
    fields: Vec<Fields>,
}

/// The page. The server knows which ids there are.
pub(crate) async fn show(
    State(site): State<Site>,
    Extension(visitor): Extension<Visitor>,
    path: MetricPath,
) -> Result<Response, Failure> {
    let request = ListMetricsRequest { suite: path.suite.clone(), id: path.id.clone(), ..Default::default() };
    let suite = site.metrics(request).await?.into_iter().next().ok_or(Failure::NotFound)?;
    let metric = suite.metrics.first().cloned().ok_or(Failure::NotFound)?;
    let frame = Frame::new(visitor, &metric.title);
    let messages = frame.messages;
    let scores = metric_words::scores(&suite, messages);
    let parameters = suite.parameters.into_iter().filter(|p| metric.id.contains(&format!("{{{}}}", p.name)));
    let fields = [
        (messages.metric_parameters, parameters.collect()),
        (messages.metric_predictions, suite.predictions),
        (messages.metric_labels, suite.labels),
        (messages.metric_settings, suite.settings),
    ];
    let fields = fields.into_iter().filter(|(_, fields): &(_, Vec<_>)| !fields.is_empty());
    let view = MetricPage {
        suite: suite.name,
        suite_title: suite.title,
        filled: (path.id != metric.id).then_some(path.id),
        better: metric_words::better(metric.direction(), messages),
        range: metric_words::range(&metric),
        needs: metric_words::needs(&metric, messages),
        scores,
        fields: fields.map(|(heading, fields)| Fields { heading, fields }).collect(),
        metric,
        frame,
    };
    page(visitor, &view)
}

/// The page of the metric that a task with such answers means.
pub(crate) async fn of_answer(State(site): State<Site>, path: AnswerMetricPath) -> Result<Response, Failure> {
    let request =
        ListMetricsRequest { answer: path.answer.clone(), id: path.id.clone(), ..Default::default() };
    let suite = site.metrics(request).await?.into_iter().next().ok_or(Failure::NotFound)?;
    let id = path.id.strip_prefix(&format!("{}.", suite.name)).unwrap_or(&path.id).to_owned();
    Ok(Redirect::to(&MetricPath { suite: suite.name, id }.href()).into_response())
}
