//! Teams and invites.

use egret_contest::*;

use super::harness::*;
use crate::*;

on_both! {
    async fn an_invite_lets_one_person_in_once(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let red = &contest.red;
        let invite = h.store.create_invite(&red.name, &red.members[0].user).await.unwrap();
        let newcomer = || Joiner::New { display_name: "Nina".into(), token_ttl: DAY };
        let joined = h.store.join_team(invite.code.reveal(), newcomer()).await.unwrap();
        assert_eq!(joined.team.members.len(), 2);
        assert!(h.store.is_member(&red.name, &joined.user).await.unwrap());
        let (_, secret) = joined.token.unwrap();
        let principal = h.store.authenticate(secret.reveal()).await.unwrap().unwrap();
        assert_eq!(principal.teams, std::slice::from_ref(&red.name));
        for code in [invite.code.reveal(), "egret_00"] {
            let refused = h.store.join_team(code, newcomer()).await;
            assert!(matches!(refused, Err(StoreError::Refused(Refusal::BadInvite))));
        }
        let invite = h.store.create_invite(&red.name, &red.members[0].user).await.unwrap();
        h.store.shift_clock(LIMITS.invite_ttl);
        let refused = h.store.join_team(invite.code.reveal(), newcomer()).await;
        assert!(matches!(refused, Err(StoreError::Refused(Refusal::BadInvite))));
        assert_eq!(h.store.get_team(&red.name).await.unwrap().members.len(), 2);
    }
}

on_both! {
    async fn nobody_is_in_two_teams_of_a_competition(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let red_member = &contest.red.members[0].user;
        let invite = h.store.create_invite(&contest.blue.name, &contest.blue.members[0].user).await.unwrap();
        let refused = h.store.join_team(invite.code.reveal(), Joiner::User(red_member.clone())).await;
        let in_red = |result| match result {
            Err(StoreError::Refused(Refusal::AlreadyInTeam { team })) => team.as_str() == "red",
            _ => false,
        };
        assert!(in_red(refused.map(drop)));
        let new = NewTeam { id: id("green"), title: "Green".into() };
        let refused = h.store.create_team(&Request::once(), &id("games"), new, Some(red_member)).await;
        assert!(in_red(refused.map(drop)));
        assert!(matches!(
            h.store.get_team(&TeamName::new(id("games"), id("green"))).await,
            Err(StoreError::NotFound("team"))
        ));
        // The invite was not used up by the refusal.
        let free = user(&h.store, Grant::Member, "Fred").await;
        let joined = h.store.join_team(invite.code.reveal(), Joiner::User(free.clone())).await.unwrap();
        assert_eq!((joined.user, joined.token.is_none()), (free, true));
    }
}

on_both! {
    async fn two_who_use_one_invite_at_once_are_one(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let invite = h.store.create_invite(&contest.red.name, &contest.operator).await.unwrap();
        let joins = (0..8).map(|_| {
            let joiner = Joiner::New { display_name: "Nina".into(), token_ttl: DAY };
            h.store.join_team(invite.code.reveal(), joiner)
        });
        let joined = futures::future::join_all(joins).await.into_iter().flatten().count();
        assert_eq!(joined, 1);
        assert_eq!(h.store.get_team(&contest.red.name).await.unwrap().members.len(), 2);
    }
}

on_both! {
    async fn founding_is_safe_to_repeat(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let founder = user(&h.store, Grant::Member, "Fay").await;
        let found = |request: Request| {
            let new = NewTeam { id: id("green"), title: "Green".into() };
            let (store, founder) = (h.store.clone(), founder.clone());
            async move { store.create_team(&request, &id("games"), new, Some(&founder)).await }
        };
        let team = found(request("found")).await.unwrap();
        assert_eq!(found(request("found")).await.unwrap(), team);
        assert!(matches!(found(request("found again")).await, Err(StoreError::AlreadyExists("team"))));
        assert_eq!(h.store.team_of(&id("games"), &founder).await.unwrap(), Some(team.name));
        let listed = h.store.list_teams(&id("games"), Page::default()).await.unwrap();
        let ids: Vec<_> = listed.items.iter().map(|team| team.name.team.as_str()).collect();
        assert_eq!(ids, ["blue", "green", "red"]);
        assert_eq!(contest.blue, listed.items[0]);
    }
}
