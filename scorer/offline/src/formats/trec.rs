//! TREC: judgements of documents per query, and a run.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::Reading;
use super::cells::score;
use super::named::{Named, table};
use super::source::Source;
use crate::{Table, TableError};

#[derive(Default)]
struct Query {
    grades: Map<String, Value>,
    run: Vec<Value>,
}

/// A query that nobody judged stays, with no judgements: as in trec_eval it does not count. One without a run has an empty
/// one, and does.
pub(super) fn read(reading: Reading<'_>) -> Result<Table, TableError> {
    let mut queries: Named<Query> = Named::new(reading.limits);
    let labels = Source::open(reading.labels, reading.limits)?;
    for line in labels.rows(&["#"]) {
        let line = line?;
        let [query, _, document, grade] = line.words("query 0 document grade")?;
        let grade: i64 = grade
            .parse()
            .map_err(|_| line.wrong(format!("`{grade}` is not a grade"), "write a whole number"))?;
        let grades = &mut queries.at(query, || line.place())?.grades;
        if grades.insert(document.to_owned(), Value::from(grade)).is_some() {
            let what = format!("`{document}` is judged already for `{query}`");
            return Err(line.wrong(what, "keep one judgement"));
        }
    }
    let mut listed: HashMap<&str, HashSet<&str>> = HashMap::new();
    let predictions = Source::open(reading.predictions, reading.limits)?;
    for line in predictions.rows(&[]) {
        let line = line?;
        let [query, _, document, _, points, _] = line.words("query Q0 document rank score tag")?;
        let entry = json!([document, score(points, &line)?]);
        if !listed.entry(query).or_default().insert(document) {
            let what = format!("`{document}` is listed already for `{query}`");
            return Err(line.wrong(what, "list a document once per query"));
        }
        queries.at(query, || line.place())?.run.push(entry);
    }
    let row = |(_, query): (String, Query)| [Value::from(query.grades), Value::from(query.run)];
    Ok(table(reading.settings, ["qrels", "run"], queries.into_items().into_iter().map(row)))
}
