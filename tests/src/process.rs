//! A child process that never outlives its story.

use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

/// A running program. Dropping it kills it by its id and waits for its end.
pub struct Process {
    name: String,
    child: Child,
    lines: Receiver<String>,
}

impl Process {
    /// Starts a program; its standard output and error become one stream of lines, for [`Process::wait_for`].
    pub fn start(name: &str, command: &mut Command) -> Result<Self> {
        let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().with_context(|| format!("cannot start {name}"))?;
        let (sender, lines) = channel();
        let (out, err) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
        let (to, label) = (sender.clone(), name.to_owned());
        thread::spawn(move || {
            BufReader::new(out).lines().map_while(Result::ok).for_each(|line| pass(&to, &label, line));
        });
        let label = name.to_owned();
        thread::spawn(move || {
            BufReader::new(err).lines().map_while(Result::ok).for_each(|line| pass(&sender, &label, line));
        });
        Ok(Self { name: name.to_owned(), child, lines })
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line that holds `text`; fails after 60 s or when the program ends first.
    pub fn wait_for(&mut self, text: &str) -> Result<String> {
        loop {
            match self.lines.recv_timeout(Duration::from_secs(60)) {
                Ok(line) if line.contains(text) => return Ok(line),
                Ok(_) => {}
                Err(_) => bail!("{} never said {text:?}; it is {:?}", self.name, self.child.try_wait()),
            }
        }
    }

    /// kill -9, and waits for the end.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM; waits for a clean end.
    pub fn terminate(&mut self) -> Result<()> {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().context("cannot run kill")?;
        let status = self.child.wait()?;
        if !status.success() {
            bail!("{} ended with {status} on SIGTERM", self.name);
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Shown by the test runner when a story fails.
fn pass(to: &std::sync::mpsc::Sender<String>, name: &str, line: String) {
    println!("[{name}] {line}");
    let _ = to.send(line);
}

/// A binary of ours: named by the environment variable, or beside the test.
pub(crate) fn binary(variable: &str, name: &str) -> Result<PathBuf> {
    let path = match std::env::var_os(variable) {
        Some(path) => PathBuf::from(path),
        None => {
            let test = std::env::current_exe()?;
            let deps = test.parent().context("a test lies in a directory")?;
            let build =
                if deps.ends_with("deps") { deps.parent().context("deps lies in a build")? } else { deps };
            build.join(name)
        }
    };
    if !path.is_file() {
        bail!(
            "{} is not there: run `cargo build -p egret -p egret-runner`, or set {variable}",
            path.display()
        );
    }
    Ok(path)
}
