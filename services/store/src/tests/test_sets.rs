//! Competitions, tasks and their test sets, up to publication.

use egret_contest::*;

use super::harness::*;
use crate::*;

on_both! {
    async fn a_draft_is_published_once_its_tasks_are_live(h) {
        let store = &h.store;
        let olga = user(store, Grant::Operator, "Olga").await;
        let now = store.now().await.unwrap();
        let draft = store.create_competition(&request("create"), competition(now, FREE), &olga).await.unwrap();
        assert_eq!(draft.state, CompetitionState::Draft);
        assert_eq!(draft.phases, competition(now, FREE).phases);
        assert_eq!(store.create_competition(&request("create"), competition(now, FREE), &olga).await.unwrap(), draft);
        let again = store.create_competition(&Request::once(), competition(now, FREE), &olga).await;
        assert!(matches!(again, Err(StoreError::AlreadyExists("competition"))));
        let games = &draft.name.competition;
        let refused = async || matches!(
            store.publish_competition(games).await, Err(StoreError::Refused(Refusal::NotReady))
        );
        assert!(refused().await);
        let task = store.create_task(&request("task"), games, digits(Direction::HigherIsBetter)).await.unwrap();
        assert_eq!(store.create_task(&request("task"), games, digits(Direction::HigherIsBetter)).await.unwrap(), task);
        assert_eq!((task.test_set.as_ref(), task.split_counts.len()), (None, 0));
        assert!(refused().await);
        let sealed = test_set(store, &olga, 3).await;
        let sealed = store.create_test_set(&request("set"), &task.name, sealed).await.unwrap();
        assert!(refused().await);
        store.activate_test_set(&sealed.name).await.unwrap();
        let ids = [games.clone()];
        let count = async |drafts: Drafts<'_>| {
            store.list_competitions(drafts, Page::default()).await.unwrap().items.len()
        };
        assert_eq!((count(Drafts::Hidden).await, count(Drafts::Of(&ids)).await, count(Drafts::All).await), (0, 1, 1));
        let published = store.publish_competition(games).await.unwrap();
        assert_eq!(published, store.publish_competition(games).await.unwrap());
        assert_eq!((published.state, published.tasks.len()), (CompetitionState::Published, 1));
        assert_eq!(count(Drafts::Hidden).await, 1);
        let task = store.get_task(&task.name).await.unwrap();
        assert_eq!(task.split_counts, [(Split::Sample, 5), (Split::Public, 15), (Split::Private, 5)]);
        assert_eq!((task.test_set, task.sample_archive), (Some(sealed.name), sealed.sample_archive));
        assert_eq!(task.card, sealed.card);
        assert_eq!(task.card.unwrap().licence, "CC BY 4.0");
    }
}

on_both! {
    async fn activating_retires_the_one_before(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let second = test_set(&h.store, &contest.operator, 1).await;
        let second = h.store.create_test_set(&Request::once(), &contest.task, second).await.unwrap();
        assert_eq!((second.name.version, second.state), (2, TestSetState::Sealed));
        let before = contest.submit(&contest.red, "model").await;
        assert_eq!(h.store.activate_test_set(&second.name).await.unwrap().state, TestSetState::Live);
        let first = TestSetName { version: 1, ..second.name.clone() };
        assert_eq!(h.store.get_test_set(&first).await.unwrap().state, TestSetState::Retired);
        assert_eq!(h.store.activate_test_set(&second.name).await.unwrap().state, TestSetState::Live);
        assert!(matches!(
            h.store.activate_test_set(&first).await,
            Err(StoreError::Refused(Refusal::WrongState { state: "retired", .. }))
        ));
        // What was accepted on the first ends on the first.
        assert_eq!(contest.submission(&before).await.test_set, first);
        assert_eq!(contest.submit(&contest.red, "model").await.test_set, second.name);
        let listed = h.store.list_test_sets(&contest.task, Page { size: 1, after: None }).await.unwrap();
        assert_eq!((listed.items[0].name.version, listed.next.as_deref()), (2, Some("2")));
        let rest = h.store.list_test_sets(&contest.task, Page { size: 1, after: listed.next }).await.unwrap();
        assert_eq!((rest.items[0].name.version, rest.next), (1, None));
    }
}

on_both! {
    async fn one_more_pool_may_open_a_test_set_and_nothing_else_of_it_changes(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let name = TestSetName::new(id("games"), contest.task.task.clone(), 1);
        let before = h.store.get_test_set(&name).await.unwrap();
        let key = WrappedKey { pool: id("second"), sealed_key: b"sealed anew".to_vec() };
        let after = h.store.add_test_set_key(&name, &key).await.unwrap();
        assert_eq!(after, TestSet { keys: vec![before.keys[0].clone(), key.clone()], ..before });
        // A pool that has a key keeps it.
        let other = WrappedKey { sealed_key: b"another".to_vec(), ..key };
        assert_eq!(h.store.add_test_set_key(&name, &other).await.unwrap(), after);
        assert_eq!(h.store.get_test_set(&name).await.unwrap(), after);
        let unknown = TestSetName { version: 9, ..name };
        assert!(matches!(h.store.add_test_set_key(&unknown, &other).await, Err(StoreError::NotFound("test set"))));
    }
}

on_both! {
    async fn no_work_waits_for_the_organizers_own_key(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let name = TestSetName::new(id("games"), contest.task.task.clone(), 1);
        let own = WrappedKey { pool: id(WrappedKey::ORGANIZER), sealed_key: b"sealed anew".to_vec() };
        h.store.add_test_set_key(&name, &own).await.unwrap();
        // The pool of workers has open work, and nobody works in the other one.
        for model in ["one", "two", "three"] {
            contest.submit(&contest.red, model).await;
        }
        for _ in 0..3 {
            assert!(contest.lease().await.is_some());
        }
        let alone = test_set(&h.store, &contest.operator, 2).await;
        let alone = NewTestSet { keys: vec![own], ..alone };
        let refused = h.store.create_test_set(&Request::once(), &contest.task, alone).await;
        assert!(matches!(refused, Err(StoreError::Invalid(_))));
    }
}

on_both! {
    async fn odd_test_sets_are_refused(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let sound = test_set(&h.store, &contest.operator, 2).await;
        let create = async |change: fn(&mut NewTestSet)| {
            let mut new = sound.clone();
            change(&mut new);
            h.store.create_test_set(&Request::once(), &contest.task, new).await
        };
        let changes: [fn(&mut NewTestSet); 9] = [
            |new| new.shards.clear(),
            |new| drop(new.shards.remove(0)),
            |new| drop(new.shards.remove(1)),
            |new| new.shards[0].item_count = 0,
            |new| new.keys.clear(),
            |new| new.keys.push(new.keys[0].clone()),
            |new| drop(new.card.as_mut().unwrap().splits.pop()),
            |new| new.card.as_mut().unwrap().splits[1].item_count += 1,
            |new| drop(new.card.as_mut().unwrap().shard_roots.pop()),
        ];
        for change in changes {
            assert!(matches!(create(change).await, Err(StoreError::Invalid(_))));
        }
        let missing: [fn(&mut NewTestSet); 3] = [
            |new| new.shards[0].labels.sha256 = sha("elsewhere"),
            |new| new.shards[1].inputs.bytes += 1,
            |new| new.sample_archive = Some(BlobRef { sha256: sha("elsewhere"), bytes: 1 }),
        ];
        for change in missing {
            assert!(matches!(create(change).await, Err(StoreError::MissingBlob(_))));
        }
        assert!(create(|new| new.shards.reverse()).await.unwrap().shards.is_sorted_by_key(|s| (s.split.ordinal(), s.index)));
    }
}

on_both! {
    async fn a_draft_and_a_task_without_data_take_no_submission(h) {
        let contest = Contest::open(&h.store, Shape::default()).await;
        let letters = NewTask { id: id("letters"), ..digits(Direction::HigherIsBetter) };
        let letters = h.store.create_task(&Request::once(), &id("games"), letters).await.unwrap().name;
        let upload = contest.upload(&contest.red, "model").await;
        let wish = NewSubmission { task: letters.clone(), ..contest.wish(&contest.red, upload.clone()) };
        let refused = h.store.admit_submission(&Request::once(), wish.clone()).await;
        assert!(matches!(refused, Err(StoreError::Refused(Refusal::NotReady))));
        let tasks = h.store.list_tasks(&id("games"), Page { size: 1, after: None }).await.unwrap();
        let rest = h.store.list_tasks(&id("games"), Page { size: 1, after: tasks.next }).await.unwrap();
        assert_eq!((&tasks.items[0].name, &rest.items[0].name, rest.next), (&contest.task, &letters, None));
        let draft = NewCompetition { id: id("drafts"), ..competition(contest.start, FREE) };
        h.store.create_competition(&Request::once(), draft, &contest.operator).await.unwrap();
        let task = h.store.create_task(&Request::once(), &id("drafts"), digits(Direction::HigherIsBetter)).await.unwrap();
        let refused = h.store.admit_submission(&Request::once(), NewSubmission { task: task.name, ..wish }).await;
        assert!(matches!(refused, Err(StoreError::Refused(Refusal::NotPublished))));
    }
}
