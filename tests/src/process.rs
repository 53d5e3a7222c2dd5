//! A child process that never outlives its story.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use crate::until;

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

    /// The ids of the processes below this one, at any depth; parents come before their children.
    pub fn descendants(&self) -> Vec<u32> {
        let mut found = children(self.id());
        let mut next = 0;
        while let Some(&parent) = found.get(next) {
            found.extend(children(parent));
            next += 1;
        }
        found
    }

    /// Those of them that run the program of this name.
    pub fn descendants_named(&self, name: &str) -> Vec<u32> {
        let runs =
            |id: &u32| fs::read_to_string(format!("/proc/{id}/comm")).is_ok_and(|comm| comm.trim() == name);
        self.descendants().into_iter().filter(runs).collect()
    }

    /// kill -9 of everything below this program, and then of itself.
    pub fn kill_family(&mut self) {
        for id in self.descendants() {
            let _ = kill("-KILL", id);
        }
        self.kill();
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

    /// Waits for the program's own end, and returns its exit code.
    pub fn end(&mut self) -> Result<i32> {
        let status = until(&format!("{} to end", self.name), || Ok(self.child.try_wait()?))?;
        status.code().with_context(|| format!("{} ended with {status}", self.name))
    }

    /// kill -9, and waits for the end.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM; waits for a clean end.
    pub fn terminate(&mut self) -> Result<()> {
        kill("-TERM", self.id())?;
        match self.end()? {
            0 => Ok(()),
            code => bail!("{} ended with {code} on SIGTERM", self.name),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Signals a process by its id. One that is gone already is no error.
pub fn kill(signal: &str, id: u32) -> Result<()> {
    Command::new("kill").args([signal, &id.to_string()]).output().context("cannot run kill")?;
    Ok(())
}

/// A process's children; none if it is gone.
pub fn children(parent: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>())
        .collect()
}

/// Shown by the test runner when a story fails.
fn pass(to: &std::sync::mpsc::Sender<String>, name: &str, line: String) {
    println!("[{name}] {line}");
    let _ = to.send(line);
}

/// A binary of ours: named by the environment variable, or beside the test.
pub fn binary(variable: &str, name: &str) -> Result<PathBuf> {
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
