//! The metric registry: what a spectator reads from a server and on its pages, and what the binary says without one.

use anyhow::Result;
use egret_proto::v1::{ListMetricsRequest, metric_service_client::MetricServiceClient};
use egret_tests::{Actor, Brightness, Database, Site, plain, reason};
use serde_json::Value;
use tonic::Code;

#[tokio::test]
async fn server_pages_and_binary_tell_of_the_same_metrics() -> Result<()> {
    let site = Site::start(Database::Sqlite, 0)?;
    site.publish(&Brightness::default())?;
    let mut spectator = MetricServiceClient::new(site.api(&site.visitor()?)?.channel());
    let suites = spectator.list_metrics(ListMetricsRequest::default()).await?.into_inner().suites;
    let told: Vec<&str> =
        suites.iter().flat_map(|suite| &suite.metrics).map(|metric| metric.full_name.as_str()).collect();

    let linked = Actor::new("http://127.0.0.1:9", None)?.json(&["metrics"])?;
    let suites = linked.as_array().unwrap().iter();
    let linked: Vec<&str> = suites
        .flat_map(|suite| suite["metrics"].as_array().unwrap())
        .filter_map(|metric| metric["full_name"].as_str())
        .collect();
    assert_eq!(linked, told);

    let (status, list) = plain::get(&site.host(), "/docs/metrics")?;
    assert_eq!(status, 200);
    let links = hrefs(&list);
    assert_eq!(links.len(), told.len());
    for link in links {
        assert_eq!(plain::get(&site.host(), link)?.0, 200, "{link}");
    }
    // A task names its metrics without their suite, and still leads to them.
    let (_, task) = plain::get(&site.host(), "/c/brightness/t/squares")?;
    let links = hrefs(&task);
    assert!(!links.is_empty(), "{task}");
    for link in links {
        assert_eq!(plain::get(&site.host(), link)?.0, 303, "{link}");
    }

    let nothing = ListMetricsRequest { id: "beauty".to_owned(), ..ListMetricsRequest::default() };
    let wrong = spectator.list_metrics(nothing).await.unwrap_err();
    assert_eq!((wrong.code(), reason(&wrong).as_str()), (Code::NotFound, "NOT_FOUND"));
    let told =
        site.visitor()?.refused(&["metric", "show", "verification.eer.roch", "--output", "json"], 5)?;
    let error: Value = serde_json::from_str(&told)?;
    assert!(error["error"]["next"].as_str().unwrap().contains("verification.eer.rocch"), "{error}");
    Ok(())
}

/// The links of a page to metrics.
fn hrefs(page: &str) -> Vec<&str> {
    let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    links.filter(|link| link.starts_with("/docs/metrics/")).collect()
}
