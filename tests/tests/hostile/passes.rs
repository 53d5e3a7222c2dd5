//! All of the corpus, one run after the other or several at once.

use std::{collections::BTreeMap, sync::Mutex, thread, time::Duration};

use anyhow::Result;

use crate::{
    corpus::{Case, Corpus, Oracle},
    run::{Answer, BATCH_ITEMS_MAX, Run, Seen, Stage, UNANSWERED, Verdict},
    surroundings::{Surroundings, processes_of},
    table::Table,
};

/// What a verdict may take beyond the wall limit. By the run's own clock, which ends when the judge knows: on a host with
/// more to do than processors, any other clock would measure the host.
const GRACE: Duration = Duration::from_millis(250);

/// A pass over the corpus.
pub struct Pass<'a> {
    name: &'a str,
    corpus: &'a Corpus,
    stage: Stage,
    around: Surroundings,
    /// What honest models answer when nothing hostile has run yet.
    answers: BTreeMap<&'a str, Vec<Answer>>,
}

impl<'a> Pass<'a> {
    /// Runs the honest ones first.
    pub fn new(name: &'a str, corpus: &'a Corpus, stage: Stage) -> Result<Self> {
        let around = Surroundings::prepare(&stage.site.ort_lib)?;
        let mut answers = BTreeMap::new();
        for control in corpus.controls() {
            let run = stage.run(&control.file, &corpus.item(control), false)?;
            let Verdict::Answers(found) = run.verdict else {
                panic!("{} is honest: {} {}", control.name, run.verdict, run.note());
            };
            answers.insert(control.name.as_str(), found);
        }
        Ok(Self { name, corpus, stage, around, answers })
    }

    /// Runs a case and judges what can be seen of this run alone.
    fn run(&self, case: &Case, bit: bool, table: &Mutex<Table>) -> Result<Seen> {
        let run = self.stage.run(&case.file, &self.corpus.item(case), bit)?;
        let mut table = table.lock().unwrap();
        table.add(case, &run);
        for what in self.wrong(case, &run) {
            table.fail(case, &what);
        }
        Ok(run.seen())
    }

    fn wrong(&self, case: &Case, run: &Run) -> Vec<String> {
        let mut wrong = Vec::new();
        let verdict = run.verdict.to_string();
        if !self.allows(case, &verdict) {
            wrong.push(format!("{verdict}, allowed are {:?}: {}", case.allowed, run.note()));
        }
        if run.usage.wall > self.stage.limits.wall + GRACE {
            wrong
                .push(format!("the verdict came after {:?} of {:?}", run.usage.wall, self.stage.limits.wall));
        }
        if run.talked {
            wrong.push("it has touched the network".to_owned());
        }
        if !run.left.is_empty() {
            wrong.push(format!("processes are left: {:?}", run.left));
        }
        if self.stage.hides() && run.told.iter().any(|text| !text.is_empty()) {
            wrong.push(format!("text about hidden items: {:?}", run.told));
        }
        if run.told.iter().any(|text| text.chars().any(char::is_control)) {
            wrong.push(format!("text that steers a terminal: {:?}", run.told));
        }
        let expected = self.answers.get(case.name.as_str());
        if let (Some(expected), Verdict::Answers(found)) = (expected, &run.verdict)
            && expected != found
        {
            wrong.push("an honest model answers something else than before".to_owned());
        }
        wrong
    }

    /// What is at fault with an answer or the making of it costs hidden items their answers, and is not told.
    fn allows(&self, case: &Case, verdict: &str) -> bool {
        let of_items = ["RuntimeError", "OutputInvalid", "NonFinite"];
        let unanswered = self.stage.hides() && verdict == UNANSWERED;
        case.allowed
            .iter()
            .any(|allowed| allowed == verdict || unanswered && of_items.contains(&allowed.as_str()))
    }

    /// Both values of the bit, where a case is about one.
    fn bits(case: &Case) -> &'static [bool] {
        if case.oracle == Oracle::None { &[false] } else { &[false, true] }
    }

    /// What is to be seen of two runs that differ in one bit of the items.
    fn compare(&self, case: &Case, seen: &[Seen], table: &Mutex<Table>) {
        let [without, with] = seen else { return };
        let fine = match case.oracle {
            _ if without == with => true,
            Oracle::Item => match (without, with) {
                (Seen::Scored(without), Seen::Scored(with)) => {
                    without.iter().zip(with).enumerate().all(|(item, (without, with))| {
                        without == with
                            || item < BATCH_ITEMS_MAX as usize && (without.is_none() || with.is_none())
                    })
                }
                _ => false,
            },
            Oracle::Verdict => (*without == Seen::Failed) != (*with == Seen::Failed),
            Oracle::None | Oracle::Same => false,
        };
        if self.stage.hides() && !fine {
            table.lock().unwrap().fail(case, "one bit of the items shows");
        }
    }

    fn end(&self, table: Mutex<Table>) -> Result<()> {
        let left = processes_of(&self.stage.site.runner)?;
        assert!(left.is_empty(), "runners are left: {left:?}");
        table.into_inner().unwrap().end(self.name)
    }
}

/// One after the other; after each, an honest one, in turn.
pub fn alone(pass: &Pass<'_>) -> Result<()> {
    let table = Mutex::new(Table::default());
    let mut controls = pass.corpus.controls().cycle();
    for case in &pass.corpus.cases {
        let mut seen = Vec::new();
        for bit in Pass::bits(case) {
            seen.push(pass.run(case, *bit, &table)?);
            let changes = pass.around.changes()?;
            if !changes.is_empty() {
                table.lock().unwrap().fail(case, &format!("files have changed: {changes:?}"));
            }
        }
        pass.compare(case, &seen, &table);
        pass.run(controls.next().expect("there are honest ones"), false, &table)?;
    }
    pass.end(table)
}

/// So many at a time; every fourth is an honest one.
pub fn mixed(pass: &Pass<'_>, at_a_time: usize) -> Result<()> {
    let table = Mutex::new(Table::default());
    let mut controls = pass.corpus.controls().cycle();
    let hostile = pass.corpus.cases.chunks(3);
    let queue: Vec<&Case> = hostile.flat_map(|three| three.iter().chain(controls.next())).collect();
    let next = Mutex::new(queue.into_iter());
    thread::scope(|scope| {
        let work = || -> Result<()> {
            loop {
                let Some(case) = next.lock().unwrap().next() else { return Ok(()) };
                let seen: Vec<Seen> =
                    Pass::bits(case).iter().map(|bit| pass.run(case, *bit, &table)).collect::<Result<_>>()?;
                pass.compare(case, &seen, &table);
            }
        };
        let threads: Vec<_> = (0..at_a_time).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("no thread panics"))
    })?;
    let changes = pass.around.changes()?;
    assert!(changes.is_empty(), "files have changed: {changes:?}");
    pass.end(table)
}
