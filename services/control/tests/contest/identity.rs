//! Tokens: absent, unknown, malformed, revoked, expired.

use std::time::Duration;

use egret_proto::v1::{self, identity_service_client::IdentityServiceClient};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::ask;
use crate::wire::call;
use crate::world::*;

const PATH: &str = "/egret.v1.IdentityService/ListTokens";

fn reason(status: &Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

#[tokio::test]
async fn a_token_is_needed_and_must_be_good() {
    let world = World::empty().await;
    let absent = call(&world.public, None, PATH, vec![]).await.unwrap_err();
    assert_eq!((absent.code(), reason(&absent).as_str()), (Code::Unauthenticated, "TOKEN_MISSING"));
    for bad in ["", "x", "egret_00", &world.tokens.operator[..30]] {
        let status = call(&world.public, Some(bad), PATH, vec![]).await.unwrap_err();
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::Unauthenticated, "TOKEN_INVALID"),
            "{bad}"
        );
        // A bad token is not the same as none: not even what anybody may read is answered.
        let public =
            call(&world.public, Some(bad), "/egret.v1.CompetitionService/ListCompetitions", vec![]).await;
        assert_eq!(public.unwrap_err().code(), Code::Unauthenticated);
    }
}

#[tokio::test]
async fn a_revoked_token_is_good_for_nothing_at_once() {
    let world = World::empty().await;
    let create = v1::CreateTokenRequest {
        role: v1::Role::Operator.into(),
        display_name: "Olga".into(),
        ..Default::default()
    };
    let made = ask!(world, &world.tokens.operator, IdentityServiceClient.create_token, create).unwrap();
    assert!(call(&world.public, Some(&made.secret), PATH, vec![]).await.is_ok());
    let revoke = v1::RevokeTokenRequest { name: made.token.unwrap().name };
    let revoked = ask!(world, &world.tokens.operator, IdentityServiceClient.revoke_token, revoke).unwrap();
    assert!(revoked.revoke_time.is_some());
    let status = call(&world.public, Some(&made.secret), PATH, vec![]).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Unauthenticated, "TOKEN_INVALID"));
    assert!(!status.message().contains(&made.secret));
}

#[tokio::test]
async fn a_token_ends_with_its_last_day() {
    let world = World::empty().await;
    let create = |ttl_days| v1::CreateTokenRequest {
        role: v1::Role::Operator.into(),
        display_name: "Olga".into(),
        ttl_days,
        ..Default::default()
    };
    let one = ask!(world, &world.tokens.operator, IdentityServiceClient.create_token, create(1)).unwrap();
    let most = ask!(world, &world.tokens.operator, IdentityServiceClient.create_token, create(366)).unwrap();
    let more = ask!(world, &world.tokens.operator, IdentityServiceClient.create_token, create(367));
    assert_eq!(more.unwrap_err().code(), Code::InvalidArgument);
    world.control.store().shift_clock(Duration::from_hours(24) - Duration::from_mins(1));
    assert!(call(&world.public, Some(&one.secret), PATH, vec![]).await.is_ok());
    world.control.store().shift_clock(Duration::from_mins(1));
    let status = call(&world.public, Some(&one.secret), PATH, vec![]).await.unwrap_err();
    assert_eq!(reason(&status), "TOKEN_INVALID");
    assert!(call(&world.public, Some(&most.secret), PATH, vec![]).await.is_ok());
}

#[tokio::test]
async fn who_am_i_tells_everybody_their_own() {
    let world = World::open().await;
    let spectator =
        IdentityServiceClient::new(world.public.clone()).who_am_i(v1::WhoAmIRequest {}).await.unwrap();
    assert_eq!(spectator.into_inner().role(), v1::Role::Spectator);
    let red = ask!(world, &world.tokens.red, IdentityServiceClient.who_am_i, v1::WhoAmIRequest {}).unwrap();
    assert_eq!(
        (red.role(), red.display_name.as_str(), red.teams),
        (v1::Role::Member, "red one", vec![RED.to_owned()])
    );
    let organizer =
        ask!(world, &world.tokens.organizer, IdentityServiceClient.who_am_i, v1::WhoAmIRequest {}).unwrap();
    assert_eq!(organizer.organizes, [GAMES]);
}
