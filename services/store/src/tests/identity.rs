//! Tokens: shown once, kept hashed, good for what they were made for and no longer.

use std::time::Duration;

use super::harness::*;
use crate::*;

on_both! {
    async fn a_token_speaks_for_its_user_until_it_ends(h) {
        assert!(!h.store.has_operator().await.unwrap());
        let new = NewToken { grant: Grant::Operator, user: None, display_name: "Olga".into(), ttl: DAY };
        let (token, secret) = h.store.create_token(new).await.unwrap();
        assert!(h.store.has_operator().await.unwrap());
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        let principal = h.store.authenticate(secret.reveal()).await.unwrap().unwrap();
        assert!(principal.operator && principal.display_name == "Olga");
        assert_eq!(h.store.authenticate("egret_00").await.unwrap(), None);
        assert!(h.store.get_token(&token.name.token).await.unwrap().last_used_at.is_some());
        h.store.shift_clock(Duration::from_secs(24 * 3600 - 60));
        assert!(h.store.authenticate(secret.reveal()).await.unwrap().is_some());
        h.store.shift_clock(Duration::from_secs(60));
        assert_eq!(h.store.authenticate(secret.reveal()).await.unwrap(), None);
    }
}

on_both! {
    async fn a_revoked_token_is_nobodys(h) {
        let new = NewToken { grant: Grant::Member, user: None, display_name: "Max".into(), ttl: DAY };
        let (token, secret) = h.store.create_token(new).await.unwrap();
        assert!(h.store.authenticate(secret.reveal()).await.unwrap().is_some());
        let revoked = h.store.revoke_token(&token.name.token).await.unwrap();
        assert_eq!(h.store.authenticate(secret.reveal()).await.unwrap(), None);
        assert_eq!(h.store.revoke_token(&token.name.token).await.unwrap(), revoked);
        assert!(matches!(h.store.revoke_token(&id("none")).await, Err(StoreError::NotFound("token"))));
    }
}

on_both! {
    async fn a_token_gives_no_more_than_its_grant(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let who = async |grant: Grant| {
            let user = (!matches!(grant, Grant::Worker(_))).then(|| contest.operator.clone());
            let new = NewToken { grant, user, display_name: "w".into(), ttl: DAY };
            let (_, secret) = h.store.create_token(new).await.unwrap();
            h.store.authenticate(secret.reveal()).await.unwrap().unwrap()
        };
        let operator = who(Grant::Operator).await;
        assert!(operator.operator && operator.organizes.len() == 1);
        let member = who(Grant::Member).await;
        assert!(!member.operator && member.organizes.is_empty() && member.user == operator.user);
        let organizer = who(Grant::Organizer(id("games"))).await;
        assert!(!organizer.operator && organizer.organizes == [id("games")]);
        let worker = who(Grant::Worker(id("main"))).await;
        assert!(worker.user.is_none() && !worker.operator && worker.teams.is_empty());
        let elsewhere =
            NewToken { grant: Grant::Organizer(id("nowhere")), user: None, display_name: "x".into(), ttl: DAY };
        assert!(matches!(h.store.create_token(elsewhere).await, Err(StoreError::NotFound("competition"))));
        let stranger = NewToken { grant: Grant::Member, user: Some(id("none")), display_name: "x".into(), ttl: DAY };
        assert!(matches!(h.store.create_token(stranger).await, Err(StoreError::NotFound("user"))));
    }
}

on_both! {
    async fn lists_show_ones_own_or_all(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let own = h.store.list_tokens(Some(&contest.operator), Page::default()).await.unwrap();
        assert_eq!(own.items.len(), 1);
        let mut all = Vec::new();
        let mut page = Page { size: 2, after: None };
        loop {
            let paged = h.store.list_tokens(None, page.clone()).await.unwrap();
            all.extend(paged.items);
            page.after = paged.next;
            if page.after.is_none() {
                break;
            }
        }
        assert_eq!(all.len(), 4);
        assert!(all.is_sorted_by_key(|token| (token.created_at, token.name.clone())));
    }
}
