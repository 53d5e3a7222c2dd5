//! Tokens and who they are for.

use std::time::Duration;

use egret_contest::{CompetitionName, PoolName, UserName};
use egret_proto::v1;
use egret_store::{Grant, NewToken, Organizer, Token};
use tonic::Status;

use super::{timestamp, title};
use crate::status::Violations;

const DAY: Duration = Duration::from_hours(24);
/// Days a token is good when nothing is said.
const TTL_DAYS_DEFAULT: u32 = 90;
/// Days a token may be good.
const TTL_DAYS_MAX: u32 = 366;

pub(crate) fn token(token: &Token) -> v1::Token {
    let (role, scope) = match &token.grant {
        Grant::Member => (v1::Role::Member, String::new()),
        Grant::Organizer(competition) => (v1::Role::Organizer, format!("competitions/{competition}")),
        Grant::Operator => (v1::Role::Operator, String::new()),
        Grant::Worker(pool) => (v1::Role::Worker, format!("pools/{pool}")),
    };
    v1::Token {
        name: token.name.to_string(),
        user: token.user.as_ref().map(UserName::to_string).unwrap_or_default(),
        display_name: token.display_name.clone(),
        role: role.into(),
        scope,
        create_time: timestamp(token.created_at),
        expire_time: timestamp(token.expires_at),
        revoke_time: token.revoked_at.and_then(timestamp),
        last_use_time: token.last_used_at.and_then(timestamp),
    }
}

pub(crate) fn organizer(organizer: &Organizer) -> v1::Organizer {
    v1::Organizer {
        user: UserName::new(organizer.user.clone()).to_string(),
        display_name: organizer.display_name.clone(),
        auditor: organizer.auditor,
    }
}

pub(crate) fn new_token(request: &v1::CreateTokenRequest) -> Result<NewToken, Status> {
    let mut v = Violations::default();
    let grant = match request.role() {
        v1::Role::Member => Some(Grant::Member),
        v1::Role::Operator => Some(Grant::Operator),
        v1::Role::Organizer => {
            let competition = v.take("scope", request.scope.parse::<CompetitionName>());
            competition.map(|name| Grant::Organizer(name.competition))
        }
        v1::Role::Worker => {
            v.take("scope", request.scope.parse::<PoolName>()).map(|name| Grant::Worker(name.pool))
        }
        v1::Role::Unspecified | v1::Role::Spectator => {
            v.add("role", "must be MEMBER, ORGANIZER, OPERATOR or WORKER");
            None
        }
    };
    let scoped = matches!(grant, Some(Grant::Organizer(_) | Grant::Worker(_)) | None);
    v.expect(scoped || request.scope.is_empty(), "scope", "must be empty for this role");
    let organizer = matches!(grant, Some(Grant::Organizer(_)) | None);
    v.expect(
        organizer || !request.auditor,
        "auditor",
        "must be false for this role: ORGANIZER reads a competition",
    );
    let named = !request.user.is_empty();
    let worker = matches!(grant, Some(Grant::Worker(_)));
    v.expect(!(named && worker), "user", "must be empty for a worker");
    let user = named.then(|| v.take("user", request.user.parse::<UserName>())).flatten();
    let display_name = title(&mut v, "display_name", &request.display_name, !named);
    let rule = format!("must be at most {TTL_DAYS_MAX}");
    v.expect(request.ttl_days <= TTL_DAYS_MAX, "ttl_days", rule);
    let days = if request.ttl_days == 0 { TTL_DAYS_DEFAULT } else { request.ttl_days };
    let new = grant.map(|grant| NewToken {
        grant,
        user: user.map(|name| name.user),
        display_name,
        ttl: DAY.saturating_mul(days),
    });
    v.finish(new)
}
