//! The comparison of finalists: when it comes about, who may read what, and what is told of it.

use egret_contest::*;

use super::harness::*;
use crate::*;

const FINALE: &str = "finale";

fn note(contest: &Contest) -> Note {
    Note { by: contest.operator.clone(), reason: "because".into() }
}

/// A contest of which one model of each team has come to the finals; nothing has run there.
async fn finals(h: &Harness, shape: Shape) -> Contest {
    let contest = Contest::open(&h.store, Shape { nominations: Some(2), ..shape }).await;
    contest.score(&contest.red, "one", 0.8).await;
    contest.score(&contest.blue, "two", 0.7).await;
    h.store.shift_clock(11 * DAY);
    assert_eq!(h.store.sweep_nominations().await.unwrap(), 2);
    contest
}

/// Does one unit with outcomes, if it is of shards.
async fn work_with_outcomes(contest: &Contest, score: f64, outcomes: Option<&[u8]>) -> Option<Lease> {
    let lease = contest.lease().await?;
    let outcomes = outcomes.map(<[u8]>::to_vec).filter(|_| matches!(lease.work, Work::Shards(_)));
    contest.store.complete_with(&lease.fence, honest(&lease, Some(score)), outcomes).await.unwrap();
    Some(lease)
}

/// Works until the comparison is leased.
async fn leased_comparison(contest: &Contest) -> (Lease, CompareWork) {
    loop {
        let lease = contest.lease().await.expect("the comparison comes last");
        if let Work::Compare(work) = &lease.work {
            let work = (**work).clone();
            return (lease, work);
        }
        let outcomes = matches!(lease.work, Work::Shards(_)).then(|| lease.fence.unit.as_str().into());
        let score = honest(&lease, Some(0.6));
        contest.store.complete_with(&lease.fence, score, outcomes).await.unwrap();
    }
}

async fn board(contest: &Contest, audience: BoardAudience) -> Board {
    let name = BoardName::new(contest.task.competition.clone(), contest.task.task.clone(), id(FINALE));
    contest.store.board(&name, audience, None).await.unwrap()
}

/// What the account of the red team on the private split says, shown or not.
async fn spent_by_red(h: &Harness) -> u64 {
    let mut s = h.store.read().await.unwrap();
    let sql = "select spent_millibits from accounts where split = 'private' and team = 'red'";
    s.one(sql, vec![]).await.unwrap().unwrap().u64("spent_millibits").unwrap()
}

fn intervals(board: &Board) -> Vec<(&str, Option<(u32, u32)>)> {
    let interval = |entry: &BoardEntry| entry.rank_interval.map(|found| (found.first, found.last));
    board.entries.iter().map(|entry| (entry.team.team.as_str(), interval(entry))).collect()
}

on_both! {
    async fn finalists_are_compared_once_all_have_their_verdicts(h) {
        let contest = finals(h, Shape::default()).await;
        let (lease, work) = leased_comparison(&contest).await;
        let teams: Vec<&str> = work.finalists.iter().map(|finalist| finalist.team.as_str()).collect();
        assert_eq!((teams, work.replicate_count), (vec!["red", "blue"], 10_000));
        assert!(contest.lease().await.is_none(), "and nothing else is left");
        // Only who holds the lease reads, and only what is compared.
        for finalist in &work.finalists {
            for unit in &finalist.units {
                let sealed = h.store.leased_outcomes(&contest.pool, &lease.fence, unit).await.unwrap();
                assert_eq!(sealed, unit.as_str().as_bytes());
            }
        }
        let (unit, strange) = (&work.finalists[0].units[0], &lease.fence.unit);
        let other = Fence { nonce: vec![0; 16], ..lease.fence.clone() };
        assert!(matches!(h.store.leased_outcomes(&contest.pool, &other, unit).await, Err(StoreError::LeaseLost)));
        assert!(matches!(h.store.leased_outcomes(&contest.pool, &lease.fence, strange).await, Err(StoreError::NotFound(_))));
        let elsewhere = h.store.leased_outcomes(&id("other"), &lease.fence, unit).await;
        assert!(matches!(elsewhere, Err(StoreError::LeaseLost)));
        let games = contest.task.competition.clone();
        let early = h.store.finalize_phase(&games, &id(FINALE), &note(&contest)).await.unwrap_err();
        assert!(early.to_string().contains("being compared"), "{early}");

        let before = spent_by_red(h).await;
        let rank = |at: usize, low, high| FinalistRanks { submission: work.finalists[at].submission.clone(), low, high };
        let found = UnitResult::Comparison(vec![rank(1, 1, 2), rank(0, 1, 2)]);
        assert_eq!(h.store.complete(&lease.fence, found.clone()).await.unwrap(), Completion::Applied);
        assert_eq!(h.store.complete(&lease.fence, found).await.unwrap(), Completion::Repeated);
        assert!(matches!(h.store.leased_outcomes(&contest.pool, &lease.fence, unit).await, Err(StoreError::LeaseLost)));
        assert_eq!(intervals(&board(&contest, BoardAudience::Jury).await), [("red", Some((1, 2))), ("blue", Some((1, 2)))]);
        assert!(board(&contest, BoardAudience::Public).await.entries.is_empty());
        h.store.finalize_phase(&games, &id(FINALE), &note(&contest)).await.unwrap();
        let public = board(&contest, BoardAudience::Public).await;
        assert_eq!(intervals(&public), [("red", Some((1, 2))), ("blue", Some((1, 2)))]);
        // Two ranks of two, or none: twice log2 3 bits, in the release and in the account.
        assert_eq!(spent_by_red(h).await - before, 2 * 1_585);
        let of_red = h.store.list_submissions(&contest.task, Some(&contest.red.name.team), Page::default()).await.unwrap();
        let finalist = of_red.items.iter().find(|one| one.nominated_from.is_some()).unwrap();
        let charged = finalist.release.as_ref().unwrap().charge_millibits;
        assert_eq!(charged, spent_by_red(h).await, "the locked row is the sum");
        let audience = Audience::Team(contest.red.name.team.clone());
        let ledger = h.store.ledger(&contest.task, &audience).await.unwrap();
        let private = ledger.splits.iter().find(|split| split.split == Split::Private).unwrap();
        assert_eq!(private.accounts[0].spent_millibits, charged);
        let moved: Vec<_> = public.entries.iter().map(|entry| (entry.rank, entry.previous_rank)).collect();
        assert_eq!(moved, [(1, Some(1)), (2, Some(2))]);
        assert_eq!(contest.public_board().await.entries[0].previous_rank, None, "only finals have one before");
    }
}

on_both! {
    /// Whoever leases it, however often: the same finalists, the same seed.
    async fn the_seed_is_of_the_finalists(h) {
        let contest = finals(h, Shape::default()).await;
        let (lease, work) = leased_comparison(&contest).await;
        h.store.release(&lease.fence).await.unwrap();
        let (_, again) = leased_comparison(&contest).await;
        assert_eq!(work, again);
        assert_ne!(work.seed, [0; 32]);
    }
}

on_both! {
    async fn without_outcomes_there_is_nothing_to_compare(h) {
        let contest = finals(h, Shape::default()).await;
        // The unit of one finalist has none.
        let mut outcomes = Some(&b"sealed"[..]);
        let mut units = 0;
        while let Some(lease) = work_with_outcomes(&contest, 0.6, outcomes).await {
            assert!(!matches!(lease.work, Work::Compare(_)));
            units += 1;
            outcomes = (units != 1).then_some(b"sealed");
        }
        assert!(units > 1, "{units}");
        h.store.finalize_phase(&contest.task.competition, &id(FINALE), &note(&contest)).await.unwrap();
        assert_eq!(intervals(&board(&contest, BoardAudience::Public).await), [("red", None), ("blue", None)]);
    }
}

on_both! {
    async fn a_comparison_that_dies_takes_nobody_with_it(h) {
        let contest = finals(h, Shape::default()).await;
        for _ in 0..LIMITS.attempts_max {
            let (lease, _) = leased_comparison(&contest).await;
            h.store.fail(&lease.fence, "no memory").await.unwrap();
        }
        assert!(contest.lease().await.is_none());
        let of_red = h.store.list_submissions(&contest.task, Some(&contest.red.name.team), Page::default()).await.unwrap();
        assert!(of_red.items.iter().all(|one| one.state != SubmissionState::Rejected));
        h.store.finalize_phase(&contest.task.competition, &id(FINALE), &note(&contest)).await.unwrap();
        assert_eq!(intervals(&board(&contest, BoardAudience::Public).await), [("red", None), ("blue", None)]);
    }
}

on_both! {
    async fn a_comparison_says_what_can_be_said_of_its_finalists(h) {
        let contest = finals(h, Shape::default()).await;
        let (lease, work) = leased_comparison(&contest).await;
        let rank = |at: usize, low, high| FinalistRanks { submission: work.finalists[at].submission.clone(), low, high };
        let strange = FinalistRanks { submission: id("0123456789abcdefghjkmnpqrs"), low: 1, high: 2 };
        for wrong in [
            vec![rank(0, 0, 1)],
            vec![rank(0, 2, 1)],
            vec![rank(0, 1, 3)],
            vec![rank(0, 1, 1), rank(0, 1, 1)],
            vec![strange],
        ] {
            let refused = h.store.complete(&lease.fence, UnitResult::Comparison(wrong)).await;
            assert!(matches!(refused, Err(StoreError::WrongResult(_))), "{refused:?}");
        }
        let verdict = h.store.complete(&lease.fence, UnitResult::Verdict(scored(None))).await;
        assert!(matches!(verdict, Err(StoreError::WrongResult(_))));
        // A finalist of which nothing can be said has no interval, and is charged nothing.
        h.store.complete(&lease.fence, UnitResult::Comparison(vec![rank(0, 1, 1)])).await.unwrap();
        assert_eq!(intervals(&board(&contest, BoardAudience::Jury).await), [("red", Some((1, 1))), ("blue", None)]);
    }
}

on_both! {
    /// The verdict that comes last makes the comparison, even if it is none: a finalist that we failed is left out.
    async fn the_last_verdict_may_be_a_mishap(h) {
        let contest = Contest::open(&h.store, Shape { nominations: Some(1), ..Shape::default() }).await;
        let green = team(&h.store, "green").await;
        for (team, model) in [(&contest.red, "one"), (&contest.blue, "two"), (&green, "three")] {
            contest.score(team, model, 0.5).await;
        }
        h.store.shift_clock(11 * DAY);
        h.store.sweep_nominations().await.unwrap();
        let mut failures = 0;
        let work = loop {
            let lease = contest.lease().await.unwrap();
            match &lease.work {
                Work::Compare(work) => break work.clone(),
                Work::Shards(work) if work.model.sha256 == sha("two") => {
                    failures += 1;
                    h.store.fail(&lease.fence, "the worker is broken").await.unwrap();
                }
                _ => {
                    let outcomes = Some(b"sealed".to_vec());
                    h.store.complete_with(&lease.fence, honest(&lease, Some(0.6)), outcomes).await.unwrap();
                }
            }
        };
        assert_eq!(failures, LIMITS.attempts_max);
        let teams: Vec<&str> = work.finalists.iter().map(|finalist| finalist.team.as_str()).collect();
        assert_eq!(teams, ["red", "green"]);
    }
}

/// A final whose prizes are shared evenly: 100, 51 and 30 for three places.
fn with_prizes(new: &mut NewCompetition) {
    let places = vec![100, 51, 30];
    let prizes = Prizes { rule: PrizeRule::SplitEvenly, unit: "CNY".into(), places };
    new.phases[1].rules.prizes = Some(prizes);
}

/// Team, rank and prize of each row.
fn prizes(board: &Board) -> Vec<(&str, u32, u64)> {
    board.entries.iter().map(|entry| (entry.team.team.as_str(), entry.rank, entry.prize)).collect()
}

on_both! {
    async fn ranks_and_prizes_are_shared_by_the_declared_rule(h) {
        let overall = Some(Overall { rule: OverallRule::MeanRank, weights: <_>::default() });
        let shape = Shape { nominations: Some(1), overall, change: with_prizes, ..Shape::default() };
        let contest = Contest::open(&h.store, shape).await;
        let green = team(&h.store, "green").await;
        for (team, model, score) in [(&contest.red, "one", 0.8), (&contest.blue, "two", 0.7), (&green, "three", 0.6)] {
            contest.score(team, model, score).await;
        }
        assert_eq!(contest.public_board().await.prizes, None, "only the final has some");
        h.store.shift_clock(11 * DAY);
        h.store.sweep_nominations().await.unwrap();
        // All have the same value there. Before they are compared nothing is awarded; what is declared everybody sees.
        let (lease, work) = leased_comparison(&contest).await;
        let before = board(&contest, BoardAudience::Jury).await;
        assert_eq!(prizes(&before), [("red", 1, 0), ("blue", 2, 0), ("green", 3, 0)]);
        let declared = before.prizes.as_ref().unwrap();
        assert_eq!((declared.unit.as_str(), &declared.places[..], before.prize_kept), ("CNY", &[100, 51, 30][..], None));
        let rank = |of: &str, low, high| {
            let finalist = work.finalists.iter().find(|finalist| finalist.team.as_str() == of).unwrap();
            FinalistRanks { submission: finalist.submission.clone(), low, high }
        };
        let found = vec![rank("red", 2, 3), rank("blue", 2, 3), rank("green", 1, 1)];
        h.store.complete(&lease.fence, UnitResult::Comparison(found)).await.unwrap();
        // The comparison knows more than the value: who beats both others stands before them.
        let settled = [("green", 1, 100), ("red", 2, 40), ("blue", 2, 40)];
        let jury = board(&contest, BoardAudience::Jury).await;
        assert_eq!((prizes(&jury), jury.prize_kept), (settled.to_vec(), Some(1)));
        let name = BoardName::new(contest.task.competition.clone(), contest.task.task.clone(), id(FINALE));
        let unfinished = h.store.board(&name, BoardAudience::Public, None).await.unwrap();
        assert_eq!((unfinished.entries.len(), unfinished.prize_kept), (0, None));
        let early = h.store.now().await.unwrap();
        h.store.shift_clock(DAY);
        h.store.finalize_phase(&contest.task.competition, &id(FINALE), &note(&contest)).await.unwrap();
        let public = board(&contest, BoardAudience::Public).await;
        assert_eq!((prizes(&public), public.prize_kept), (settled.to_vec(), Some(1)));
        assert_eq!(intervals(&public), [("green", Some((1, 1))), ("red", Some((2, 3))), ("blue", Some((2, 3)))]);
        let moved: Vec<_> = public.entries.iter().map(|entry| entry.previous_rank).collect();
        assert_eq!(moved, [Some(3), Some(1), Some(2)]);
        // As of a moment before it was final nobody had anything.
        for audience in [BoardAudience::Public, BoardAudience::Jury] {
            let then = h.store.board(&name, audience, Some(early)).await.unwrap();
            assert!(then.prize_kept.is_none() && then.entries.iter().all(|e| e.prize == 0 && e.rank_interval.is_none()));
        }
        // The overall board has the ranks that the task's board shows.
        let phase = PhaseName::new(contest.task.competition.clone(), id(FINALE));
        let overall = h.store.overall_board(&phase).await.unwrap();
        let ranks: Vec<_> = overall.entries.iter().map(|e| (e.team.team.as_str(), e.rank, e.task_ranks[0])).collect();
        assert_eq!(ranks, [("green", 1, Some(1)), ("red", 2, Some(2)), ("blue", 2, Some(2))]);
        // Who is taken out afterwards leaves the prize to the next.
        h.store.disqualify_team(&green.name, "two accounts", &contest.operator).await.unwrap();
        let public = board(&contest, BoardAudience::Public).await;
        assert_eq!((prizes(&public), public.prize_kept), (vec![("red", 1, 75), ("blue", 1, 75)], Some(31)));
        assert_eq!(intervals(&public), [("red", Some((1, 2))), ("blue", Some((1, 2)))]);
        let jury = board(&contest, BoardAudience::Jury).await;
        assert_eq!(prizes(&jury), [("green", 0, 0), ("red", 1, 75), ("blue", 1, 75)]);
    }
}

on_both! {
    async fn without_intervals_prizes_go_by_the_order(h) {
        let contest = finals(h, Shape { change: with_prizes, ..Shape::default() }).await;
        while work_with_outcomes(&contest, 0.6, None).await.is_some() {}
        let jury = board(&contest, BoardAudience::Jury).await;
        assert_eq!((prizes(&jury), jury.prize_kept), (vec![("red", 1, 0), ("blue", 2, 0)], None));
        h.store.finalize_phase(&contest.task.competition, &id(FINALE), &note(&contest)).await.unwrap();
        let public = board(&contest, BoardAudience::Public).await;
        assert_eq!((prizes(&public), public.prize_kept), (vec![("red", 1, 100), ("blue", 2, 51)], Some(30)));
        assert_eq!(intervals(&public), [("red", None), ("blue", None)]);
    }
}

on_both! {
    async fn a_task_may_have_prizes_of_its_own(h) {
        let change = |new: &mut NewCompetition| {
            with_prizes(new);
            let own = TaskRules { prize_places: vec![7], ..TaskRules::default() };
            new.phases[1].rules.tasks = vec![(id("digits"), own)];
        };
        let contest = finals(h, Shape { change, ..Shape::default() }).await;
        contest.work_off(Some(0.6)).await;
        h.store.finalize_phase(&contest.task.competition, &id(FINALE), &note(&contest)).await.unwrap();
        let public = board(&contest, BoardAudience::Public).await;
        assert_eq!(prizes(&public), [("red", 1, 7), ("blue", 2, 0)]);
        // The rules come back as they were declared.
        let games = h.store.get_competition(&contest.task.competition).await.unwrap();
        let rules = &games.phases[1].rules;
        assert_eq!(rules.prizes.as_ref().unwrap().places, [100, 51, 30]);
        assert_eq!(rules.prizes_of(&id("digits")).unwrap(), public.prizes.unwrap());
    }
}

on_both! {
    async fn prizes_that_no_final_has_are_refused(h) {
        let operator = user(&h.store, Grant::Operator, "Olga").await;
        let start = h.store.now().await.unwrap();
        let mut new = competition(start, FREE);
        with_prizes(&mut new);
        let refused = h.store.create_competition(&Request::once(), new, &operator).await.unwrap_err();
        assert!(refused.to_string().contains("`finale` has prizes, but takes no nominations"), "{refused}");
    }
}
