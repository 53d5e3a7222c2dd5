//! What a network namespace has counted.

use std::{
    fs::File,
    io::{ErrorKind, Read as _, Seek as _},
};

use anyhow::{Result, ensure};

/// Packets and attempts to send some: of every protocol and every interface.
const FILES: [&str; 4] = ["snmp", "snmp6", "netstat", "dev"];

/// The counters of a process's namespace. They can be read when it has ended: an open file keeps the namespace.
pub struct Counters {
    files: Vec<File>,
    before: Vec<String>,
}

impl Counters {
    /// Those of a process, by its number or `self`, as they are now; none if it has ended.
    pub fn of(process: &str) -> Result<Option<Self>> {
        let mut files = Vec::new();
        for name in FILES {
            match File::open(format!("/proc/{process}/net/{name}")) {
                Ok(file) => files.push(file),
                // A kernel without IPv6.
                Err(error) if error.kind() == ErrorKind::NotFound && name == "snmp6" => {}
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
        let before = files.iter_mut().map(read).collect::<Result<_>>()?;
        Ok(Some(Self { files, before }))
    }

    /// Whether anything was counted since.
    pub fn changed(&mut self) -> Result<bool> {
        let now: Vec<String> = self.files.iter_mut().map(read).collect::<Result<_>>()?;
        Ok(now != self.before)
    }
}

fn read(file: &mut File) -> Result<String> {
    let mut text = String::new();
    file.rewind()?;
    file.read_to_string(&mut text)?;
    ensure!(text.lines().count() > 1, "the kernel counts something");
    Ok(text)
}
