//! A search is compared with the definition of a score, pair by pair, bit by bit: for any order and sharding of the
//! gallery, any number of threads, ties, cancellation, and rows that are no answer.

use egret_search::{DIM_MAX, K_MAX, NORM_MAX, SearchError, Similarity, THREADS_MAX, TopK, pair_scores};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng, rngs::SmallRng, seq::SliceRandom};

const BOTH: [Similarity; 2] = [Similarity::Cosine, Similarity::Dot];

/// The definition, by way of the scores of all pairs.
fn expected(
    queries: &[f32],
    gallery: &[f32],
    dim: usize,
    k: usize,
    similarity: Similarity,
) -> Vec<Vec<(u32, f32)>> {
    let all = [queries, gallery].concat();
    let (query_count, gallery_count) = ((queries.len() / dim) as u32, (gallery.len() / dim) as u32);
    let of_query = |query: u32| {
        let pairs: Vec<_> = (0..gallery_count).map(|id| (query, query_count + id)).collect();
        let scores = pair_scores(&all, dim, similarity, &pairs).unwrap();
        let mut list: Vec<(u32, f32)> =
            (0..).zip(scores).filter_map(|(id, score)| Some((id, score? as f32 + 0.0))).collect();
        list.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        list.truncate(k);
        list
    };
    (0..query_count).map(of_query).collect()
}

/// Searches the gallery in parts, cut at `cuts` and shuffled.
fn found(
    queries: &[f32],
    gallery: &[f32],
    (dim, k, threads): (usize, usize, usize),
    similarity: Similarity,
    cuts: &[usize],
    rng: &mut SmallRng,
) -> Vec<Vec<(u32, f32)>> {
    let mut search = TopK::new(queries.to_vec(), dim, k, similarity, threads).unwrap();
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (gallery.len() / dim + 1)).collect();
    cuts.extend([0, gallery.len() / dim]);
    cuts.sort_unstable();
    let mut parts: Vec<_> = cuts.windows(2).map(|pair| (pair[0], pair[1])).collect();
    parts.shuffle(rng);
    for (from, to) in parts {
        search.add(&gallery[from * dim..to * dim], from as u32).unwrap();
    }
    search.finish()
}

fn bits(lists: &[Vec<(u32, f32)>]) -> Vec<Vec<(u32, u32)>> {
    lists.iter().map(|list| list.iter().map(|(id, score)| (*id, score.to_bits())).collect()).collect()
}

fn check(queries: &[f32], gallery: &[f32], dim: usize, k: usize, rng: &mut SmallRng) {
    for similarity in BOTH {
        let want = bits(&expected(queries, gallery, dim, k, similarity));
        for threads in [1, 2, 3] {
            let cuts: Vec<usize> = (0..threads * 2).map(|_| rng.random_range(0..100_000)).collect();
            let got = found(queries, gallery, (dim, k, threads), similarity, &cuts, rng);
            assert!(bits(&got) == want, "{similarity:?}, dim {dim}, k {k}, {threads} threads, cuts {cuts:?}");
        }
    }
}

#[test]
fn the_best_items_in_the_order_of_their_scores() {
    let mut rng = SmallRng::seed_from_u64(1);
    // More queries than one block and more gallery rows than one tile of the search, in one of the cases.
    for (queries, gallery, dim, k) in
        [(3, 10, 1, 10), (40, 900, 7, 5), (1100, 1500, 128, 10), (5, 9000, 130, 1), (2, 70, 2000, 100)]
    {
        let mut rows =
            |count: usize| (0..count * dim).map(|_| rng.random_range(-1.0..1.0)).collect::<Vec<f32>>();
        let (queries, gallery) = (rows(queries), rows(gallery));
        check(&queries, &gallery, dim, k, &mut rng);
    }
}

#[test]
fn equal_scores_rank_by_id() {
    let mut rng = SmallRng::seed_from_u64(2);
    // Few distinct rows: nearly every score is shared, and a row's copies lie all over the gallery.
    let distinct: Vec<Vec<f32>> =
        (0..5).map(|_| (0..33).map(|_| rng.random_range(-1.0..1.0)).collect()).collect();
    let gallery: Vec<f32> = (0..3000).flat_map(|_| distinct[rng.random_range(0..5)].clone()).collect();
    check(&distinct.concat(), &gallery, 33, 20, &mut rng);
}

#[test]
fn cancellation_does_not_hide_an_item_from_the_filter() {
    let mut rng = SmallRng::seed_from_u64(3);
    // Large products that nearly cancel: the f32 product is mostly rounding error, and scores differ by less than that.
    let dim = 64;
    let row = |rng: &mut SmallRng| {
        let mut row: Vec<f32> = (0..dim / 2).map(|_| rng.random_range(0.9..1.1) * 1e4).collect();
        let mirrored: Vec<f32> =
            row.iter().map(|x| x * (1.0 + rng.random_range(-3..=3) as f32 * f32::EPSILON)).collect();
        row.extend(mirrored);
        row
    };
    let gallery: Vec<f32> = (0..4000).flat_map(|_| row(&mut rng)).collect();
    let queries: Vec<f32> = (0..20)
        .flat_map(|_| {
            let mut query = row(&mut rng);
            query[dim / 2..].iter_mut().for_each(|x| *x = -*x);
            query
        })
        .collect();
    check(&queries, &gallery, dim, 10, &mut rng);
}

#[test]
fn lengths_of_all_sizes_and_tiny_values() {
    let mut rng = SmallRng::seed_from_u64(4);
    // From products that underflow to the longest rows that are still an answer.
    let rows = |count: usize, rng: &mut SmallRng| {
        let mut rows = Vec::new();
        for _ in 0..count {
            let scale = 2_f32.powi(rng.random_range(-140..60));
            rows.extend((0..9).map(|_| rng.random_range(-1.0_f32..1.0) * scale));
        }
        rows
    };
    let (queries, gallery) = (rows(30, &mut rng), rows(2000, &mut rng));
    check(&queries, &gallery, 9, 10, &mut rng);
}

#[test]
fn rows_that_are_no_answer_are_not_found_and_find_nothing() {
    let longest = NORM_MAX as f32;
    let gallery = [
        [0.0, -0.0],
        [1.0, f32::NAN],
        [f32::INFINITY, 1.0],
        [2.0, 0.0],
        [longest, 0.0],
        [longest.next_up(), 0.0],
    ];
    for (similarity, found) in [(Similarity::Cosine, vec![3, 4, 5]), (Similarity::Dot, vec![4, 3])] {
        let queries = [gallery.concat(), vec![1.0, 0.0]].concat();
        let mut search = TopK::new(queries, 2, 10, similarity, 2).unwrap();
        search.add(&gallery.concat(), 0).unwrap();
        let lists = search.finish();
        let ids = |list: &[(u32, f32)]| list.iter().map(|(id, _)| *id).collect::<Vec<_>>();
        assert_eq!(ids(&lists[6]), found, "{similarity:?}");
        assert!(lists[..3].iter().all(Vec::is_empty), "{similarity:?}");
        assert_eq!(lists[5].is_empty(), similarity == Similarity::Dot);
        let pairs =
            pair_scores(&gallery.concat(), 2, similarity, &[(3, 3), (3, 0), (1, 3), (2, 2), (5, 3)]).unwrap();
        let same = if similarity == Similarity::Cosine { 1.0 } else { 4.0 };
        assert_eq!(pairs[..4], [Some(same), None, None, None]);
        assert_eq!(pairs[4].is_some(), similarity == Similarity::Cosine);
    }
}

#[test]
fn few_items_short_lists_and_no_queries() {
    let mut search = TopK::new(vec![1.0, 0.0], 2, 5, Similarity::Dot, 4).unwrap();
    search.add(&[], 0).unwrap();
    search.add(&[0.5, 9.0, -1.0, 0.0], u32::MAX - 1).unwrap();
    assert_eq!(search.finish(), [[(u32::MAX - 1, 0.5), (u32::MAX, -1.0)]]);
    let mut search = TopK::new(Vec::new(), 2, 5, Similarity::Dot, 4).unwrap();
    search.add(&[1.0, 2.0], 0).unwrap();
    assert!(search.finish().is_empty());
}

#[test]
fn parameters_are_bounded_on_both_sides() {
    let new =
        |dim: usize, k, threads| TopK::new(vec![1.0; dim], dim, k, Similarity::Dot, threads).map(|_| ());
    for (dim, k, threads) in [(1, 1, 1), (DIM_MAX, 1, 1), (1, K_MAX, 1), (1, 1, THREADS_MAX)] {
        assert_eq!(new(dim, k, threads), Ok(()));
    }
    for (dim, k, threads) in
        [(0, 1, 1), (DIM_MAX + 1, 1, 1), (1, 0, 1), (1, K_MAX + 1, 1), (1, 1, 0), (1, 1, THREADS_MAX + 1)]
    {
        assert!(matches!(new(dim, k, threads), Err(SearchError::OutOfRange { .. })), "{dim} {k} {threads}");
    }
    assert!(
        pair_scores(&[], 0, Similarity::Dot, &[]).is_err()
            && pair_scores(&[], DIM_MAX + 1, Similarity::Dot, &[]).is_err()
    );
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let not_rows = SearchError::NotRows { found: 3, dim: 2 };
    assert_eq!(TopK::new(vec![1.0; 3], 2, 1, Similarity::Dot, 1).map(|_| ()).unwrap_err(), not_rows);
    let mut search = TopK::new(vec![1.0, 0.0], 2, 3, Similarity::Dot, 1).unwrap();
    assert_eq!(search.add(&[1.0; 3], 0), Err(not_rows.clone()));
    assert_eq!(search.add(&[1.0; 4], u32::MAX), Err(SearchError::TooManyIds { first_id: u32::MAX, rows: 2 }));
    assert_eq!(search.finish(), [[]], "a refused part is not searched");
    assert_eq!(pair_scores(&[1.0; 3], 2, Similarity::Dot, &[]), Err(not_rows));
    let pairs = [(0, 1), (1, 2)];
    assert_eq!(
        pair_scores(&[1.0; 4], 2, Similarity::Dot, &pairs),
        Err(SearchError::NoSuchRow { pair: 1, row: 2, rows: 2 })
    );
}

proptest! {
    #[test]
    fn any_gallery_any_cuts(
        queries in prop::collection::vec(-4_i8..4, 3..30),
        gallery in prop::collection::vec(-4_i8..4, 0..600),
        k in 1_usize..8,
        threads in 1_usize..4,
        cuts in prop::collection::vec(any::<usize>(), 0..5),
    ) {
        // Small whole numbers: dot products are exact and tie often.
        let rows = |values: &[i8]| values.iter().take(values.len() / 3 * 3).map(|v| f32::from(*v)).collect::<Vec<_>>();
        let (queries, gallery) = (rows(&queries), rows(&gallery));
        for similarity in BOTH {
            let got = found(&queries, &gallery, (3, k, threads), similarity, &cuts, &mut SmallRng::seed_from_u64(5));
            prop_assert_eq!(bits(&got), bits(&expected(&queries, &gallery, 3, k, similarity)));
        }
    }
}
