//! Who is in a team, who speaks for it, and what is written down.

use egret_contest::*;

use super::harness::*;
use crate::*;

/// What happened to a team and to whom, oldest first.
async fn history(store: &Store, team: &TeamName) -> Vec<(RosterEvent, String, String)> {
    let rows = store.team_history(team, Page::default()).await.unwrap().items;
    let shown = rows.into_iter().map(|row| {
        let about = row.about.map_or_else(String::new, |(_, name)| name);
        (row.event, about, row.detail)
    });
    shown.collect()
}

async fn founded_by_organizer(store: &Store) -> TeamName {
    let new = NewTeam { id: id("green"), title: "Green".into() };
    store.create_team(&Request::once(), &id("games"), new, None).await.unwrap().name
}

on_both! {
    async fn a_founder_is_captain_and_so_is_the_first_to_join_an_organizers_team(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        assert_eq!(contest.red.captain.as_ref(), Some(&contest.red.members[0].user));
        let green = founded_by_organizer(&h.store).await;
        let first = joined(&h.store, &green, "Gus").await;
        joined(&h.store, &green, "Gil").await;
        let team = h.store.get_team(&green).await.unwrap();
        assert_eq!((team.captain, team.members.len()), (Some(first), 2));
        let events = history(&h.store, &green).await;
        let events: Vec<_> = events.iter().map(|(event, about, _)| (*event, about.as_str())).collect();
        let Rows { founded, joined, captain } = Rows::NAMES;
        assert_eq!(events, [(founded, ""), (joined, "Gus"), (captain, "Gus"), (joined, "Gil")]);
    }
}

/// Short names, so that a history fits a line.
struct Rows {
    founded: RosterEvent,
    joined: RosterEvent,
    captain: RosterEvent,
}

impl Rows {
    const NAMES: Self =
        Self { founded: RosterEvent::Founded, joined: RosterEvent::Joined, captain: RosterEvent::Captain };
}

on_both! {
    async fn a_captain_hands_over_before_leaving_unless_alone(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let (red, captain) = (&contest.red.name, contest.red.members[0].user.clone());
        let other = joined(&h.store, red, "Rob").await;
        assert_eq!(refusal(h.store.leave_team(red, &captain).await), Refusal::CaptainStays);
        assert_eq!(refusal(h.store.remove_member(red, &captain, &contest.operator).await), Refusal::CaptainStays);
        let stranger = &contest.blue.members[0].user;
        assert!(matches!(
            h.store.transfer_captain(red, stranger, &captain).await,
            Err(StoreError::NotFound("member of this team"))
        ));
        h.store.transfer_captain(red, &other, &captain).await.unwrap();
        let team = h.store.leave_team(red, &captain).await.unwrap();
        assert_eq!((team.captain.as_ref(), team.members.len()), (Some(&other), 1));
        // Who left is free to join another team; the last one leaves a team that stays.
        let team = h.store.leave_team(red, &other).await.unwrap();
        assert_eq!((team.captain, team.members), (None, vec![]));
        let next = joined(&h.store, red, "Rae").await;
        assert_eq!(h.store.get_team(red).await.unwrap().captain, Some(next));
        let events: Vec<_> = history(&h.store, red).await.into_iter().map(|(event, about, _)| (event, about)).collect();
        let expected = [
            (RosterEvent::Founded, "red"), (RosterEvent::Joined, "Rob"), (RosterEvent::Captain, "Rob"),
            (RosterEvent::Left, "red"), (RosterEvent::Left, "Rob"), (RosterEvent::Joined, "Rae"),
            (RosterEvent::Captain, "Rae"),
        ];
        assert_eq!(events, expected.map(|(event, about)| (event, about.to_owned())));
    }
}

on_both! {
    async fn a_captains_token_says_so_until_another_is_captain(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let (red, captain) = (&contest.red.name, contest.red.members[0].user.clone());
        let token = |user: &UserId| NewToken {
            grant: Grant::Member, user: Some(user.clone()), display_name: String::new(), ttl: DAY,
        };
        let (_, secret) = h.store.create_token(token(&captain)).await.unwrap();
        let principal = h.store.authenticate(secret.reveal()).await.unwrap().unwrap();
        assert_eq!(principal.captains, std::slice::from_ref(red));
        let other = joined(&h.store, red, "Rob").await;
        h.store.transfer_captain(red, &other, &captain).await.unwrap();
        let principal = h.store.authenticate(secret.reveal()).await.unwrap().unwrap();
        assert_eq!((principal.captains, principal.teams), (vec![], vec![red.clone()]));
        h.store.remove_member(red, &captain, &other).await.unwrap();
        let principal = h.store.authenticate(secret.reveal()).await.unwrap().unwrap();
        assert!(principal.teams.is_empty());
    }
}

on_both! {
    async fn a_captain_and_the_last_other_leave_at_once_and_somebody_still_speaks_for_who_is_left(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        for _ in 0..8 {
            let team = h.store.get_team(&contest.red.name).await.unwrap();
            let captain = team.captain.clone().unwrap();
            let other = joined(&h.store, &team.name, "Rob").await;
            let (handed, left) = futures::join!(
                h.store.transfer_captain(&team.name, &other, &captain),
                h.store.leave_team(&team.name, &other),
            );
            // Whoever came first, the captain is a member.
            let after = h.store.get_team(&team.name).await.unwrap();
            assert!(handed.is_ok() != left.is_ok(), "{handed:?} {left:?}");
            let captain = after.captain.unwrap();
            assert!(after.members.iter().any(|member| member.user == captain));
            if left.is_err() {
                h.store.transfer_captain(&team.name, &contest.red.members[0].user, &captain).await.unwrap();
                h.store.leave_team(&team.name, &other).await.unwrap();
            }
        }
    }
}

on_both! {
    async fn a_revoked_invite_lets_nobody_in(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let (red, captain) = (&contest.red.name, &contest.red.members[0].user);
        let one = h.store.create_invite(red, captain).await.unwrap();
        let other = h.store.create_invite(red, captain).await.unwrap();
        let open = h.store.open_invites(red).await.unwrap();
        assert_eq!(open.iter().map(|open| &open.name).collect::<Vec<_>>(), [&one.name, &other.name]);
        assert_eq!((open[0].by.as_str(), open[0].expires_at), ("red", one.expires_at));
        h.store.revoke_invite(&one.name).await.unwrap();
        h.store.revoke_invite(&one.name).await.unwrap();
        let newcomer = || Joiner::New { display_name: "Nina".into(), token_ttl: DAY };
        assert_eq!(refusal(h.store.join_team(one.code.reveal(), newcomer()).await), Refusal::BadInvite);
        h.store.join_team(other.code.reveal(), newcomer()).await.unwrap();
        assert!(h.store.open_invites(red).await.unwrap().is_empty());
        assert!(matches!(refusal(h.store.revoke_invite(&other.name).await), Refusal::WrongState { state: "used", .. }));
        // Another team's captain does not reach it by its id.
        let theirs = InviteName::new(id("games"), id("blue"), other.name.invite.clone());
        assert!(matches!(h.store.revoke_invite(&theirs).await, Err(StoreError::NotFound("invite"))));
    }
}

on_both! {
    async fn a_team_has_a_hundred_open_invites_and_no_more(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let (red, captain) = (&contest.red.name, &contest.red.members[0].user);
        let mut last = None;
        for _ in 0..100 {
            last = Some(h.store.create_invite(red, captain).await.unwrap());
        }
        assert!(matches!(h.store.create_invite(red, captain).await, Err(StoreError::Invalid(_))));
        h.store.revoke_invite(&last.unwrap().name).await.unwrap();
        h.store.create_invite(red, captain).await.unwrap();
    }
}

on_both! {
    async fn a_captain_renames_until_the_merge_deadline_and_an_organizer_after_it(h) {
        let deadline = h.store.now().await.unwrap().after(DAY);
        let rules = TeamRules { merge_deadline: Some(deadline), ..TeamRules::default() };
        let contest = Contest::open(&h.store, Shape { team_rules: rules, ..Shape::default() }).await;
        contest.score(&contest.red, "one", 0.5).await;
        let (red, captain) = (&contest.red.name, &contest.red.members[0].user);
        h.store.rename_team(red, "Crimson", captain, Office::Captain).await.unwrap();
        let board = contest.public_board().await;
        assert_eq!((board.entries[0].team_title.as_str(), board.revision), ("Crimson", 2));
        h.store.shift_clock(DAY);
        let refused = h.store.rename_team(red, "Scarlet", captain, Office::Captain).await;
        assert_eq!(refusal(refused), Refusal::RenamingOver(deadline));
        h.store.rename_team(red, "Scarlet", &contest.operator, Office::Organizer).await.unwrap();
        assert_eq!(h.store.get_team(red).await.unwrap().title, "Scarlet");
        let renamed = history(&h.store, red).await;
        let titles: Vec<_> = renamed.iter().filter(|row| row.0 == RosterEvent::Renamed).map(|row| row.2.as_str()).collect();
        assert_eq!(titles, ["Crimson", "Scarlet"]);
    }
}
