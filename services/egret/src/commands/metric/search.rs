//! Which metrics a person means: names in any case, suites shortened, parameters filled in or in braces.

use egret_metrics::{Metric, MetricInfo, SUITES, SuiteInfo};

use crate::{Exit, failure::Failure};

/// The longest name that is looked up; the registry's are far below.
pub(crate) const NAME_BYTES_MAX: usize = 128;
/// How many names are offered where none fits.
const NEAREST_MAX: usize = 5;

/// A metric that a name fits.
pub(crate) struct Found {
    /// Its suite.
    pub suite: &'static SuiteInfo,
    /// Its entry.
    pub info: &'static MetricInfo,
    /// The metric with the parameters of the name, where it has any.
    pub given: Option<Metric>,
}

/// A name as it can be looked up.
pub(crate) fn name(text: &str) -> Result<String, String> {
    let name = text.trim();
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.is_ascii() {
        return Err(format!(
            "a metric's name is 1 to {NAME_BYTES_MAX} ASCII characters, such as coco_bbox.AP"
        ));
    }
    Ok(name.to_owned())
}

/// The suite of this name, else all whose names begin so.
pub(crate) fn suites(name: &str) -> Result<Vec<&'static SuiteInfo>, Failure> {
    let found = beginning(&name.to_ascii_lowercase());
    if found.is_empty() {
        let all: Vec<&str> = SUITES.iter().map(|suite| suite.name).collect();
        let failure = Failure::new(Exit::NotFound, format!("there is no suite `{name}`"));
        return Err(failure.next(format!("the suites are {}", all.join(", "))));
    }
    Ok(found)
}

fn beginning(name: &str) -> Vec<&'static SuiteInfo> {
    match egret_metrics::suite(name) {
        Some(suite) => vec![suite],
        None => SUITES.into_iter().filter(|suite| suite.name.starts_with(name)).collect(),
    }
}

/// Every metric that a name fits, in the registry's order.
pub(crate) fn metrics(name: &str) -> Result<Vec<Found>, Failure> {
    let lower = name.to_ascii_lowercase();
    let mut found = of(&SUITES, &lower);
    if found.is_empty()
        && let Some((suite, id)) = lower.split_once('.')
        && !suite.is_empty()
    {
        found = of(&beginning(suite), id);
    }
    if found.is_empty() {
        let failure = Failure::new(Exit::NotFound, format!("there is no metric `{name}`"));
        let nearest = nearest(&lower).join(", ");
        return Err(failure.next(format!("the nearest are {nearest}; `egret metrics` lists all")));
    }
    Ok(found)
}

/// The metrics of these suites that an id in lower case fits.
fn of(suites: &[&'static SuiteInfo], id: &str) -> Vec<Found> {
    let entries = suites.iter().flat_map(|suite| suite.metrics.iter().map(move |info| (*suite, info)));
    let fits = entries.filter_map(|(suite, info)| {
        if info.id.eq_ignore_ascii_case(id) {
            return Some(Found { suite, info, given: None });
        }
        // What a value may be is the suite's to say.
        let written = filled(suite, info.id, id);
        let mut metrics = written.iter().filter_map(|id| suite.find(id));
        let given = metrics.find(|metric| metric.info().id == info.id)?;
        Some(Found { suite, info, given: Some(given) })
    });
    fits.collect()
}

/// The ways to read `text` as the family `template`, each as the registry would write it.
fn filled(suite: &SuiteInfo, template: &str, text: &str) -> Vec<String> {
    let (literal, rest) = template.split_once('{').unwrap_or((template, ""));
    let Some((head, text)) = text.split_at_checked(literal.len()) else { return Vec::new() };
    if !head.eq_ignore_ascii_case(literal) {
        return Vec::new();
    }
    let Some((parameter, rest)) = rest.split_once('}') else {
        return if text.is_empty() { vec![literal.to_owned()] } else { Vec::new() };
    };
    let mut ways = Vec::new();
    for end in 1..=text.len() {
        let Some((value, text)) = text.split_at_checked(end) else { continue };
        let default = || {
            let name = value.strip_prefix('{')?.strip_suffix('}')?;
            let field = suite.parameters.iter().find(|field| field.name == name && name == parameter)?;
            field.default
        };
        let value = default().unwrap_or(value);
        ways.extend(filled(suite, rest, text).iter().map(|rest| format!("{literal}{value}{rest}")));
    }
    ways
}

/// Full names that are like this one, the likest first.
fn nearest(name: &str) -> Vec<String> {
    let mut all = Vec::new();
    for suite in SUITES {
        for info in suite.metrics {
            let (id, plain) = (info.id.to_ascii_lowercase(), suite.plain_id(info).to_ascii_lowercase());
            let forms = [format!("{}.{id}", suite.name), format!("{}.{plain}", suite.name), id, plain];
            let distance = forms.iter().map(|form| edits(name, form)).min();
            // Of what is as far, a name that holds the one asked for is likelier meant.
            let apart = !forms.iter().any(|form| form.contains(name));
            all.push((distance, apart, format!("{}.{}", suite.name, info.id)));
        }
    }
    all.sort_by_key(|(distance, apart, _)| (*apart, *distance));
    all.into_iter().take(NEAREST_MAX).map(|(_, _, name)| name).collect()
}

/// How many characters are to be put in, left out or changed to make one text of another.
fn edits(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in to.bytes().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let found = metrics(&name(text).unwrap()).unwrap_or_default();
        found.iter().map(|one| format!("{}.{}", one.suite.name, one.info.id)).collect()
    }

    #[test]
    fn every_metric_is_found_by_every_way_to_write_it() {
        for suite in SUITES {
            for info in suite.metrics {
                let full = format!("{}.{}", suite.name, info.id);
                let plain = format!("{}.{}", suite.name, suite.plain_id(info));
                for text in [&full, &plain, &full.to_uppercase(), &plain.to_uppercase()] {
                    assert_eq!(found(text), std::slice::from_ref(&full), "{text}");
                }
                for text in [info.id, &suite.plain_id(info)] {
                    assert!(found(text).contains(&full), "{text}");
                }
            }
        }
    }

    #[test]
    fn suites_may_be_shortened_and_parameters_filled_in() {
        assert_eq!(found("coco.ap"), ["coco_bbox.AP", "coco_segm.AP", "coco_keypoints.AP"]);
        let top = ["classification.top{k}.{tie_rule}"];
        for text in
            ["top3.sklearn", "Class.TOP3.Optimistic", "top{k}.sklearn", "classification.top3.{tie_rule}"]
        {
            assert_eq!(found(text), top, "{text}");
        }
        let given =
            |text: &str| metrics(text).unwrap()[0].given.as_ref().map(|metric| metric.id().to_owned());
        assert_eq!(given("F0.5.Weighted").as_deref(), Some("f0.5.weighted"));
        assert_eq!(given("f{beta}.micro").as_deref(), Some("f1.micro"));
        assert_eq!(given("f{beta}.{average}"), None);
    }

    #[test]
    fn values_that_a_suite_does_not_take_and_strange_names_are_not_found() {
        for text in [
            "top0.sklearn",
            "top3.nobody",
            "f99.macro",
            "beauty",
            "coco.beauty",
            ".ap",
            "ap.",
            "{",
            "}{",
            "{k}",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
        let failure = metrics("verification.eer.roch").err().unwrap();
        let next = failure.next.unwrap();
        assert!(
            failure.exit == Exit::NotFound && next.starts_with("the nearest are verification.eer.rocch,"),
            "{next}"
        );
        assert!(metrics("rocch").err().unwrap().next.unwrap().contains("verification.eer.rocch"));
    }

    #[test]
    fn a_name_has_a_length() {
        assert!(name(&"x".repeat(NAME_BYTES_MAX)).is_ok() && name(&"x".repeat(NAME_BYTES_MAX + 1)).is_err());
        assert!(name(" ").is_err() && name("白鹭").is_err());
        assert!(metrics(&"1".repeat(NAME_BYTES_MAX)).is_err());
        assert!(metrics(&format!("f{}", "1.".repeat(60))).is_err());
    }

    #[test]
    fn suites_are_found_by_how_they_begin() {
        assert_eq!(suites("Coco").unwrap().len(), 3);
        assert_eq!(suites("").unwrap().len(), SUITES.len());
        let failure = suites("beauty").err().unwrap();
        assert!(failure.exit == Exit::NotFound && failure.next.unwrap().contains("si_sdr"));
    }

    #[test]
    fn edits_are_counted() {
        for (a, b, count) in [("", "", 0), ("", "ab", 2), ("ab", "", 2), ("kitten", "sitting", 3)] {
            assert_eq!((edits(a, b), edits(b, a)), (count, count), "{a} {b}");
        }
    }
}
