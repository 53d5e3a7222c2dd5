//! Standard output: tables for people, JSON for programs. Nothing else of this crate prints there.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::LazyLock;

use clap::ValueEnum;
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, SerializeOptions};
use serde_json::Value;

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(egret_proto::DESCRIPTORS)
        .expect("the descriptors were made by the build of egret-proto")
});

const OPTIONS: SerializeOptions = SerializeOptions::new()
    .stringify_64_bit_integers(false)
    .use_proto_field_name(true)
    .skip_default_fields(false);

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    #[default]
    Table,
    /// One JSON value per result: the API's messages, fields named as in proto/, enums by name, times RFC 3339.
    Json,
}

impl Output {
    /// Whether programs read this.
    pub fn is_json(self) -> bool {
        self == Self::Json
    }

    /// Prints `message`, an `egret.v1.{kind}`, as JSON, or what `table` makes for people.
    pub fn message<M: Message>(
        self,
        kind: &str,
        message: &M,
        table: impl FnOnce() -> String,
    ) -> io::Result<()> {
        match self {
            Self::Table => print(&table()),
            Self::Json => print_value(&to_json(kind, message)),
        }
    }

    /// Prints messages as a JSON array, or what `table` makes for people.
    pub fn messages<M: Message>(
        self,
        kind: &str,
        messages: &[M],
        table: impl FnOnce() -> String,
    ) -> io::Result<()> {
        match self {
            Self::Table => print(&table()),
            Self::Json => print_value(&messages.iter().map(|message| to_json(kind, message)).collect()),
        }
    }

    /// Prints a value that is no message of the API.
    pub fn value(self, value: &Value, table: impl FnOnce() -> String) -> io::Result<()> {
        match self {
            Self::Table => print(&table()),
            Self::Json => print_value(value),
        }
    }
}

/// A message of the API as JSON. `kind` is its name in `egret.v1`.
pub(crate) fn to_json<M: Message>(kind: &str, message: &M) -> Value {
    let descriptor =
        POOL.get_message_by_name(&format!("egret.v1.{kind}")).expect("kinds are named in this crate only");
    let dynamic = DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice());
    let dynamic = dynamic.expect("a message decodes as itself");
    dynamic.serialize_with_options(serde_json::value::Serializer, &OPTIONS).expect("messages are JSON")
}

/// One JSON value on one line, so that streams of values can be read line by line.
fn print_value(value: &Value) -> io::Result<()> {
    print(&value.to_string())
}

/// Prints text and the end of its last line.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') && !text.is_empty() {
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Whether people watch standard output.
pub(crate) fn on_terminal() -> bool {
    io::stdout().is_terminal()
}

#[cfg(test)]
mod tests {
    use egret_proto::v1::{MetricValue, Release, Submission, submission::State};

    use super::*;

    #[test]
    fn json_has_the_names_of_the_protos() {
        let submission = Submission {
            name: "competitions/c/tasks/t/submissions/s".into(),
            state: State::Released.into(),
            model_bytes: 1 << 60,
            accept_time: Some(prost_types::Timestamp { seconds: 0, nanos: 500_000_000 }),
            release: Some(Release {
                scored: true,
                metrics: vec![MetricValue { id: "accuracy".into(), value: Some(0.5) }],
                ..Release::default()
            }),
            ..Submission::default()
        };
        let json = to_json("Submission", &submission);
        assert_eq!(json["state"], "RELEASED");
        assert_eq!(json["model_bytes"], 1_u64 << 60);
        assert_eq!(json["accept_time"], "1970-01-01T00:00:00.500Z");
        assert_eq!(json["release"]["metrics"][0]["value"], 0.5);
        assert_eq!(json["queue_position"], 0);
        assert!(json.get("check").is_none());
    }
}
