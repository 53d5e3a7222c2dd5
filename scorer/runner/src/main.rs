//! `egret-runner`: one hostile model, read-only items in, answers out. Started by a worker, never by a person.
//!
//! The story, in the order that makes it safe:
//!
//! 1. Enter the jail, while the process has one thread and nothing in it is worth stealing.
//! 2. Start ONNX Runtime: library, thread pool, a warm-up model of our own. All that needs files or threads is here.
//! 3. Seal. From now on a handful of system calls remain, none of which names anything outside this process.
//! 4. Only now look at what was sent: unpack it and read the model in safe Rust (`egret-admission`), which refuses what no ordinary model has and what
//!    does not fit the task's contract.
//! 5. Load it, and fit it again by what ONNX Runtime says of it; the two must agree.
//! 6. Serve: a slot of items in, a slot of answers out ([`batch`]), until the worker has no more.
//!
//! What the runner does not do: it has no labels and computes no score, and it opens, connects and starts nothing. It
//! knows nothing of who sent the model. Texts of faults may quote items: the judge keeps them from the team wherever
//! something is hidden.

mod adapter;
mod answer;
mod batch;
mod fault;

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};

use egret_admission::adapter::{Terms, forecast, resolve};
use egret_admission::package::unpack;
use egret_jail::answers;
use egret_jail::inside::{self, Sealed, SetupError};
use egret_onnx::{Model, Runtime};

use crate::adapter::Tokens;
use crate::batch::Batches;
use crate::fault::Fault;

/// Ends a run that was answered, or faulted and said so.
const EXIT_DONE: i32 = 0;
/// A bug of ours; the judge sees a crash.
const EXIT_PANICKED: i32 = 101;

fn main() {
    // The wrapper's panics are caught and become faults; their text may quote items and must not be printed.
    set_hook(Box::new(|_| {}));

    let inside = inside::enter().unwrap_or_else(|error| error.exit());
    let runtime = Runtime::start(inside.ort_lib(), inside.plan().threads)
        .unwrap_or_else(|error| SetupError::runtime(error).exit());
    let mut sealed = inside.seal(runtime.threads()).unwrap_or_else(|error| error.exit());

    // Unwinding out of `main` would run exit handlers that the seal forbids.
    let outcome = catch_unwind(AssertUnwindSafe(|| evaluate(&runtime, &mut sealed)));
    match outcome {
        Ok(Ok(())) => sealed.exit(EXIT_DONE),
        Ok(Err(fault)) => {
            sealed.report_fault(fault.code, &fault.detail, &fault.remedy);
            sealed.exit(EXIT_DONE)
        }
        Err(_) => sealed.exit(EXIT_PANICKED),
    }
}

fn evaluate(runtime: &Runtime, sealed: &mut Sealed) -> Result<(), Fault> {
    let mut batches = load(runtime, sealed)?;
    while let Some(command) = sealed.next_command() {
        let (input, output) = sealed.buffers(command.slot);
        let answers = batches.answer(input, command.items)?;
        let written = answers::encode(output, &answers);
        sealed.report_done(command.slot, written.map_err(|error| Fault::output(error.to_string()))?);
    }
    Ok(())
}

fn load(runtime: &Runtime, sealed: &Sealed) -> Result<Batches, Fault> {
    let plan = sealed.plan();
    let package = unpack(sealed.model(), plan.model_bytes_max)?;
    // What is declared with the submission goes before what the package says.
    let adapter = plan.adapter.clone().over(package.adapter);
    let terms = Terms {
        input: &plan.input,
        answer: &plan.answer,
        adapter: &adapter,
        tokenizer: package.tokenizer.is_some(),
        batch_items_max: plan.batch_items_max,
    };
    let admitted = egret_admission::admit(&package.model)?;
    let forecast = forecast(&admitted.signature, &terms)?;
    let tokens = Tokens::new(package.tokenizer.as_deref()).map_err(Fault::tokenizer)?;
    let model = Model::load(runtime, &package.model)?;
    let resolved = resolve(model.inputs(), model.outputs(), &terms)?;
    forecast.confirm(&resolved)?;
    let summary = resolved.summary();
    let batches = Batches::new(model, resolved, tokens, plan)?;
    sealed.report_loaded(&summary);
    Ok(batches)
}
