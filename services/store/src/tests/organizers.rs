//! Who runs a competition and who looks on.

use egret_contest::*;

use super::harness::*;
use crate::*;

fn token(name: &str) -> NewToken {
    NewToken { grant: Grant::Organizer(id("games")), user: None, display_name: name.into(), ttl: DAY }
}

fn offices(organizers: &[Organizer]) -> Vec<(&str, bool)> {
    let mut offices: Vec<_> = organizers.iter().map(|one| (one.display_name.as_str(), one.auditor)).collect();
    offices.sort_unstable();
    offices
}

on_both! {
    async fn an_auditors_token_speaks_for_reading_only(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let games = id("games");
        let (made, secret) = h.store.create_auditor_token(&games, token("Ada")).await.unwrap();
        let ada = made.user.unwrap().user;
        let principal = h.store.authenticate(secret.reveal()).await.unwrap().unwrap();
        assert_eq!((principal.organizes.as_slice(), principal.audits.as_slice()), (&[][..], &[games.clone()][..]));
        // Another token for the same user does not make them more, nor does their plain one.
        let again = NewToken { user: Some(ada.clone()), ..token("") };
        let (_, secret) = h.store.create_token(again.clone()).await.unwrap();
        let principal = h.store.authenticate(secret.reveal()).await.unwrap().unwrap();
        assert!(principal.organizes.is_empty() && principal.audits == [games.clone()]);
        let plain = NewToken { grant: Grant::Member, ..again };
        let (_, secret) = h.store.create_token(plain).await.unwrap();
        let principal = h.store.authenticate(secret.reveal()).await.unwrap().unwrap();
        assert!(principal.organizes.is_empty() && principal.audits.is_empty());
        // Somebody who organizes does not get a token that only looks like an auditor's.
        let organizer = NewToken { user: Some(contest.operator.clone()), ..token("") };
        let refused = h.store.create_auditor_token(&games, organizer).await;
        assert!(matches!(refused, Err(StoreError::Invalid(_))));
        assert_eq!(offices(&h.store.list_organizers(&games).await.unwrap()), [("Ada", true), ("Olga", false)]);
    }
}

on_both! {
    async fn a_competition_keeps_an_organizer(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let (games, olga) = (id("games"), &contest.operator);
        let otto = user(&h.store, Grant::Organizer(id("games")), "Otto").await;
        h.store.remove_organizer(&games, &otto).await.unwrap();
        assert!(matches!(h.store.remove_organizer(&games, &otto).await, Err(StoreError::NotFound(_))));
        h.store.set_organizer(&games, &otto, true).await.unwrap();
        assert_eq!(refusal(h.store.remove_organizer(&games, olga).await), Refusal::LastOrganizer);
        assert_eq!(refusal(h.store.set_organizer(&games, olga, true).await), Refusal::LastOrganizer);
        h.store.set_organizer(&games, &otto, false).await.unwrap();
        h.store.set_organizer(&games, olga, true).await.unwrap();
        assert_eq!(offices(&h.store.list_organizers(&games).await.unwrap()), [("Olga", true), ("Otto", false)]);
        let nobody = h.store.set_organizer(&games, &id("nobody"), false).await;
        assert!(matches!(nobody, Err(StoreError::NotFound("user"))));
    }
}

on_both! {
    async fn two_who_remove_each_other_at_once_do_not_both(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let games: CompetitionId = id("games");
        for _ in 0..8 {
            let otto = user(&h.store, Grant::Organizer(games.clone()), "Otto").await;
            let (one, other) = futures::join!(
                h.store.remove_organizer(&games, &contest.operator),
                h.store.remove_organizer(&games, &otto),
            );
            assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
            h.store.set_organizer(&games, &contest.operator, false).await.unwrap();
            if other.is_err() {
                h.store.remove_organizer(&games, &otto).await.unwrap();
            }
        }
    }
}
