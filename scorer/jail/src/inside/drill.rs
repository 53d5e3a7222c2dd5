//! What takes the place of ONNX Runtime and a model in a drill.

use std::io;
use std::sync::mpsc::channel;
use std::thread;

use super::error::{At, SetupError};
use super::{Inside, Sealed};
use crate::drill::{Answer, Attack, Drill, carry_out};
use crate::fault::FaultCode;
use crate::setup::SetupStep;

impl Inside {
    /// Closes the last walls, carries out the attack, says what came of it and ends the process.
    pub(super) fn carry_out(self, drill: &Drill) -> ! {
        let (sealed, answer) = self.drilled(drill).unwrap_or_else(|error| error.exit());
        sealed.report_fault(FaultCode::RuntimeError, &answer.to_string(), "");
        sealed.exit(0)
    }

    fn drilled(self, drill: &Drill) -> Result<(Sealed, Answer), SetupError> {
        let Drill { attack, target } = drill.clone();
        let waiter = self.waiter;
        let attack_now = move || Answer::from(carry_out(attack, &target, waiter));
        let counted = match attack {
            Attack::SocketFromThread => 2,
            // One is there that is not counted.
            Attack::ExtraThread => 1,
            _ => return Ok((self.seal(1)?, attack_now())),
        };
        let (order, ordered) = channel::<()>();
        let (answer, answers) = channel();
        let work = move || {
            // Sealed before it runs, it would be killed for the calls of its own start.
            let told = answer.send(None).is_ok() && ordered.recv().is_ok();
            let _ = told.then(|| answer.send(Some(attack_now())));
        };
        thread::Builder::new().spawn(work).at(SetupStep::Threads)?;
        let lost = |_| io::Error::other("the thread was lost");
        answers.recv().map_err(lost).at(SetupStep::Threads)?;

        let sealed = self.seal(counted)?;
        // A thread that is lost answers with an error that no layer gives.
        let answer = order.send(()).ok().and_then(|()| answers.recv().ok()?);
        Ok((sealed, answer.unwrap_or(Answer::Refused { errno: 0 })))
    }
}
