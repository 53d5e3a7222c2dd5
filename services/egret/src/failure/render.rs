use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Failure;
use crate::moment;

impl Failure {
    /// For people: a sentence, then facts by name, then the next step.
    pub fn text(&self, now: Timestamp) -> String {
        let mut text = format!("error: {}\n", self.what);
        let mut fact = |name: &str, value: &str| {
            let _ = writeln!(text, "  {name:<8} {value}");
        };
        for (field, description) in &self.fields {
            // The server's sentence is the first field's.
            if !self.what.ends_with(&format!("{field}: {description}")) {
                fact("field", &format!("{field}: {description}"));
            }
        }
        for (quota, description) in &self.quotas {
            if self.what.contains(description.as_str()) {
                fact("quota", quota);
            } else {
                fact("quota", &format!("{quota}: {description}"));
            }
        }
        let reset: Option<Timestamp> = self.facts.get("reset_time").and_then(|time| time.parse().ok());
        match (reset, self.retry_after_s) {
            (Some(reset), _) => fact("resets", &moment::show_with_distance(reset, now)),
            (None, Some(seconds)) => fact("retry", &format!("in {}", moment::span(seconds))),
            (None, None) => {}
        }
        if let Some(next) = &self.next {
            fact("next", next);
        }
        text
    }

    /// For programs; see `egret help`.
    pub fn json(&self) -> Value {
        let pairs = |pairs: &[(String, String)], name: &str| {
            pairs.iter().map(|(key, text)| json!({ name: key, "description": text })).collect::<Vec<_>>()
        };
        json!({ "error": {
            "exit_code": self.exit.code(),
            "message": self.what,
            "reason": self.reason,
            "fields": pairs(&self.fields, "field"),
            "quotas": pairs(&self.quotas, "quota"),
            "facts": self.facts,
            "retry_after_s": self.retry_after_s,
            "next": self.next,
        }})
    }
}
