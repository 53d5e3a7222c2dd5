//! Answers as lists of what they say, field by field, so that two of them can be compared. What must differ from run to run is not read:
//! random ids become numbers in the order in which they turn up, and times are left out, or told in whole hours.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use prost_reflect::{
    DescriptorPool, DynamicMessage, ExtensionDescriptor, FieldDescriptor, MethodDescriptor,
    ReflectMessage as _, Value,
};

pub static POOL: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(egret_proto::DESCRIPTORS).unwrap());
static FROM_HIDDEN: LazyLock<ExtensionDescriptor> =
    LazyLock::new(|| POOL.get_extension_by_name("egret.v1.from_hidden").unwrap());
const HOUR_S: i64 = 3_600;

/// Whether the protos say that a field depends on hidden data.
pub fn is_marked(field: &FieldDescriptor) -> bool {
    field.options().get_extension(&FROM_HIDDEN).as_bool().unwrap_or(false)
}

pub fn method(path: &str) -> MethodDescriptor {
    let (service, name) = path.trim_start_matches('/').split_once('/').unwrap();
    let service = POOL.get_service_by_name(service).unwrap();
    service.methods().find(|method| method.name() == name).unwrap()
}

/// The message that a method answers with.
pub fn answer_of(path: &str) -> String {
    method(path).output().full_name().to_owned()
}

/// One thing that an answer says.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    pub path: String,
    pub value: String,
    /// It, or something that it is in, is marked.
    pub marked: bool,
}

#[derive(Default)]
pub struct Reader {
    ids: BTreeMap<String, usize>,
    begin: Option<i64>,
}

impl From<Option<i64>> for Reader {
    /// Times are read as hours from that second, or not at all.
    fn from(begin: Option<i64>) -> Self {
        Self { ids: BTreeMap::new(), begin }
    }
}

impl Reader {
    /// All that an encoded message says, a line each.
    pub fn text(&mut self, message: &str, bytes: &[u8]) -> String {
        let said = self.read(message, bytes);
        said.iter().fold(String::new(), |list, said| list + &said.path + " = " + &said.value + "\n")
    }

    pub fn read(&mut self, message: &str, bytes: &[u8]) -> Vec<Said> {
        let descriptor = POOL.get_message_by_name(message).unwrap();
        let name = descriptor.name().to_owned();
        let mut said = Vec::new();
        self.walk(&DynamicMessage::decode(descriptor, bytes).unwrap(), &name, false, &mut said);
        said
    }

    fn walk(&mut self, message: &DynamicMessage, path: &str, marked: bool, said: &mut Vec<Said>) {
        for (field, value) in message.fields() {
            let path = format!("{path}.{}", field.name());
            let marked = marked || is_marked(&field);
            match value {
                Value::List(values) => {
                    said.push(Said {
                        path: path.clone(),
                        value: format!("{} of them", values.len()),
                        marked,
                    });
                    for (index, value) in values.iter().enumerate() {
                        self.one(value, &format!("{path}[{index}]"), marked, said);
                    }
                }
                value => self.one(value, &path, marked, said),
            }
        }
    }

    fn one(&mut self, value: &Value, path: &str, marked: bool, said: &mut Vec<Said>) {
        let value = match value {
            Value::Message(message) if message.descriptor().full_name() == "google.protobuf.Timestamp" => {
                self.time(message)
            }
            Value::Message(message) => {
                said.push(Said { path: path.to_owned(), value: "there".to_owned(), marked });
                return self.walk(message, path, marked, said);
            }
            Value::String(text) => text.split('/').map(|word| self.word(word)).collect::<Vec<_>>().join("/"),
            value => format!("{value:?}"),
        };
        said.push(Said { path: path.to_owned(), value, marked });
    }

    fn time(&self, time: &DynamicMessage) -> String {
        let seconds = time.get_field_by_name("seconds").and_then(|value| value.as_i64()).unwrap();
        self.begin
            .map_or("a time".to_owned(), |begin| format!("hour {}", (seconds - begin).div_euclid(HOUR_S)))
    }

    /// Random ids, digests and page tokens are long, and have digits.
    fn word(&mut self, word: &str) -> String {
        let random = word.len() >= 16 && !word.contains(' ') && word.contains(|c: char| c.is_ascii_digit());
        if !random {
            return word.to_owned();
        }
        let next = self.ids.len();
        format!("#{}", self.ids.entry(word.to_owned()).or_insert(next))
    }
}
