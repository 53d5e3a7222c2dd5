//! The gate before every handler: who calls, and may they enter at all.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    body::Body,
    extract::{Request, State},
    http::header::{AUTHORIZATION, HeaderValue},
    middleware::Next,
    response::Response,
};
use egret_contest::{CompetitionId, PoolId, TeamName, UserId};
use egret_store::{Grant, Principal};
use tokio::time::timeout;
use tonic::Status;

use crate::{
    Control,
    policy::{Rule, Scope, may_call, permits, rule},
    status,
};

/// How long a call may take until its answer begins; longer than a worker waits for a lease.
const CALL_MAX: Duration = Duration::from_secs(60);
/// The one call that is as long as its bytes are.
const UPLOAD: &str = "/egret.v1.UploadService/WriteUpload";

/// Who calls, and the rule of the method they call.
#[derive(Debug, Clone)]
pub struct Caller {
    principal: Option<Arc<Principal>>,
    rule: Rule,
}

impl Caller {
    /// A caller of a method with this rule; `None` is a spectator.
    pub fn new(principal: Option<Principal>, rule: Rule) -> Self {
        Self { principal: principal.map(Arc::new), rule }
    }

    /// The principal; `None` for spectators.
    pub fn principal(&self) -> Option<&Principal> {
        self.principal.as_deref()
    }

    /// The user; `None` for spectators and workers.
    pub fn user(&self) -> Option<&UserId> {
        self.principal()?.user.as_ref()
    }

    /// The worker's pool.
    pub fn pool(&self) -> Option<&PoolId> {
        match &self.principal()?.grant {
            Grant::Worker(pool) => Some(pool),
            _ => None,
        }
    }

    /// Whether they may do everything but a worker's calls.
    pub fn is_operator(&self) -> bool {
        self.principal().is_some_and(|p| p.operator)
    }

    /// Whether they organize this competition. Operators do not, unless they made it: see the rules.
    pub fn organizes(&self, competition: &CompetitionId) -> bool {
        self.principal().is_some_and(|p| p.organizes.contains(competition))
    }

    /// Whether they are an auditor of this competition.
    pub fn audits(&self, competition: &CompetitionId) -> bool {
        self.principal().is_some_and(|p| p.audits.contains(competition))
    }

    /// Whether their token is an auditor's: it reads, and writes nothing.
    pub fn only_reads(&self) -> bool {
        let grant = self.principal().map(|p| &p.grant);
        matches!(grant, Some(Grant::Organizer(competition)) if self.audits(competition))
    }

    /// Whether they run this competition.
    pub fn runs(&self, competition: &CompetitionId) -> bool {
        self.is_operator() || self.organizes(competition)
    }

    /// Whether they may see what a competition does not show: itself before it is published, rosters, boards of the jury.
    pub fn sees_drafts_of(&self, competition: &CompetitionId) -> bool {
        self.runs(competition) || self.audits(competition)
    }

    /// Whether they are in this team.
    pub fn in_team(&self, team: &TeamName) -> bool {
        self.principal().is_some_and(|p| p.teams.contains(team))
    }

    /// Whether they are this team's captain.
    pub fn captains(&self, team: &TeamName) -> bool {
        self.principal().is_some_and(|p| p.captains.contains(team))
    }

    /// Checks the method's rule against what the call is about.
    pub fn permit(&self, scope: Scope<'_>) -> Result<(), Status> {
        if permits(self.rule, self, scope) { Ok(()) } else { Err(status::denied(self.user().is_some())) }
    }

    /// The caller's wish for something to be made, safe to repeat under its id. `payload` is the request as it was sent.
    pub fn wish(&self, request_id: &str, payload: &[u8]) -> Result<egret_store::Request, Status> {
        let id = crate::convert::request_id(request_id)?;
        Ok(egret_store::Request::new(self.require_user()?, id, payload))
    }

    /// The user, for methods whose rule asks for one.
    pub fn require_user(&self) -> Result<&UserId, Status> {
        self.user().ok_or_else(|| status::denied(false))
    }
}

/// What the gate put beside the message.
pub(crate) fn caller<T>(request: &tonic::Request<T>) -> Result<Caller, Status> {
    // Absent only if a service was mounted without the gate: denied.
    request.extensions().get::<Caller>().cloned().ok_or_else(|| status::denied(false))
}

/// The gate, as axum middleware: authenticates, looks the method up, lets in or answers with a status.
pub(crate) async fn gate(State(control): State<Control>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if !path.starts_with("/egret.") {
        return next.run(request).await;
    }
    let started = Instant::now();
    let answer = if path == UPLOAD {
        // An upload takes as long as its bytes do, and holds no place.
        pass(&control, &path, request, next).await
    } else {
        match control.calls.try_acquire() {
            Ok(_place) => timeout(CALL_MAX, pass(&control, &path, request, next))
                .await
                .unwrap_or_else(|_| Err(status::overdue(CALL_MAX))),
            Err(_) => Err(status::crowded()),
        }
    };
    let response = answer.unwrap_or_else(|status: Status| status.into_http::<Body>());
    record(&path, &response, started);
    response
}

async fn pass(control: &Control, path: &str, mut request: Request, next: Next) -> Result<Response, Status> {
    let authorization = request.headers().get(AUTHORIZATION).cloned();
    let caller = enter(control, path, authorization.as_ref()).await?;
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

async fn enter(control: &Control, path: &str, authorization: Option<&HeaderValue>) -> Result<Caller, Status> {
    let rule = rule(path).ok_or_else(status::unknown_method)?;
    let principal = match authorization {
        None => None,
        Some(value) => {
            let secret = value.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
            let secret = secret.ok_or_else(|| status::token("TOKEN_INVALID"))?;
            Some(authenticate(control, secret.trim()).await?)
        }
    };
    let caller = Caller::new(principal, rule);
    if may_call(path, rule, &caller) { Ok(caller) } else { Err(status::denied(caller.principal.is_some())) }
}

async fn authenticate(control: &Control, secret: &str) -> Result<Principal, Status> {
    match control.store.authenticate(secret).await {
        Ok(Some(principal)) => Ok(principal),
        Ok(None) => Err(status::token("TOKEN_INVALID")),
        Err(error) => Err(status::from_store(error)),
    }
}

fn record(path: &str, response: &Response, started: Instant) {
    let code = response.headers().get("grpc-status").and_then(|v| v.to_str().ok()).unwrap_or("0").to_owned();
    let known = crate::policy::TABLE.iter().find(|(method, _)| *method == path);
    let method = known.map_or("unknown", |(method, _)| method);
    metrics::counter!("egret_requests_total", "method" => method, "code" => code).increment(1);
    metrics::histogram!("egret_request_seconds", "method" => method).record(started.elapsed().as_secs_f64());
}
