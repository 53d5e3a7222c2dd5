use egret_proto::v1::{Role, Token};

use super::Rows;
use crate::{moment, names::TokenName};

/// A role in a word.
pub(crate) fn role(role: Role) -> &'static str {
    match role {
        Role::Unspecified => "unknown",
        Role::Spectator => "spectator",
        Role::Member => "member",
        Role::Organizer => "organizer",
        Role::Operator => "operator",
        Role::Worker => "worker",
    }
}

/// A list.
pub(crate) fn list(tokens: &[Token]) -> String {
    let mut rows = Rows::new(["token", "user", "name", "role", "scope", "expires", "last used", "revoked"]);
    for token in tokens {
        rows.row([
            TokenName::short(&token.name),
            token.user.clone(),
            token.display_name.clone(),
            role(token.role()).to_owned(),
            token.scope.clone(),
            moment::show(token.expire_time),
            moment::show(token.last_use_time),
            moment::show(token.revoke_time),
        ]);
    }
    rows.or("No tokens.")
}
