//! What a measurement gives.

use std::time::Instant;

use serde_json::{Map, Value, json};

use crate::Result;

/// Runs once; the data are already in memory.
pub type Measurement = Box<dyn Fn() -> Result<Measured>>;

/// Seconds and values of one run.
pub struct Measured {
    pub seconds: f64,
    /// By name; peers compare those of the same name. What is undefined is NaN.
    pub values: Vec<(String, f64)>,
    /// Seconds of other work of ours, by name: what a goal may be stated against.
    pub beside: Vec<(&'static str, f64)>,
}

impl Measured {
    /// Times the work, which ends in one value per name.
    pub fn of(names: &[&str], work: impl FnOnce() -> Result<Vec<Option<f64>>>) -> Result<Self> {
        let (seconds, values) = timed(work);
        let values = names.iter().zip(values?).map(|(name, value)| ((*name).to_owned(), number(value)));
        Ok(Self { seconds, values: values.collect(), beside: Vec::new() })
    }

    pub fn to_json(&self) -> Result<Value> {
        let values: Map<String, Value> =
            self.values.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let beside: Map<String, Value> =
            self.beside.iter().map(|(name, seconds)| ((*name).to_owned(), json!(seconds))).collect();
        let peak_bytes = peak_bytes()?;
        Ok(json!({ "seconds": self.seconds, "values": values, "beside": beside, "peak_bytes": peak_bytes }))
    }
}

/// Seconds that some work takes, and what it gives.
pub fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let began = Instant::now();
    let result = work();
    (began.elapsed().as_secs_f64(), result)
}

fn number(value: Option<f64>) -> f64 {
    value.unwrap_or(f64::NAN)
}

/// The most memory that this process ever held; 0 where the system does not say.
fn peak_bytes() -> Result<u64> {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return Ok(0) };
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()).ok_or("no VmHWM")?;
    Ok(kilobytes.parse::<u64>()? * 1024)
}
