use ndarray::{ArrayView2, ArrayViewMut2, linalg::general_mat_mul};

use crate::{
    DIM_MAX, K_MAX, SearchError, Similarity, THREADS_MAX,
    best::Best,
    in_range,
    rows::{prepare, row_count, score},
};

/// Bytes of the gallery rows that wait to be searched together, and the fewest such rows.
const TILE_BYTES: usize = 4 << 20;
const TILE_ROWS_MIN: usize = 64;
/// Queries and gallery rows of one matrix product: the larger, the less of the time goes into packing them.
const QUERY_BLOCK: usize = 1024;
const GALLERY_BLOCK: usize = 512;
/// What the matrix product packs its operands into, at most 64 × 256 and 256 × 512 f32, and how many of these a thread keeps:
/// glibc's cache of a thread holds seven remainders of aligned memory, each of which keeps a freed one from being used again.
const PACKED_BYTES: usize = (64 * 256 + 256 * GALLERY_BLOCK) * size_of::<f32>();
const PACKED_KEPT: usize = 8;
/// Products that are compared with the floor at once.
const SCAN: usize = 64;

/// A search for the `k` best gallery items of every query, in one pass over a gallery that is not kept.
pub struct TopK {
    setting: Setting,
    /// `[n, dim]` prepared; rows that are no answer are zero.
    queries: Vec<f32>,
    best: Vec<Best>,
    tile: Tile,
    /// Room for the products of each thread. It is asked for once: given back after every tile, it would stay with the
    /// allocator, in a place that depends on how the threads ran.
    products: Vec<Vec<f32>>,
}

#[derive(Clone, Copy)]
struct Setting {
    dim: usize,
    k: usize,
    similarity: Similarity,
    threads: usize,
}

/// Gallery rows that wait.
struct Tile {
    rows: Vec<f32>,
    ids: Vec<u32>,
    norm_max: f64,
    capacity: usize,
}

impl TopK {
    /// - `queries`: `[n, dim]`, row-major; taken over.
    /// - `dim`: 1 to [`DIM_MAX`]; `k`: 1 to [`K_MAX`]; `threads`: 1 to [`THREADS_MAX`].
    ///
    /// # Errors
    /// A parameter out of range; queries that are not whole rows.
    pub fn new(
        queries: Vec<f32>,
        dim: usize,
        k: usize,
        similarity: Similarity,
        threads: usize,
    ) -> Result<Self, SearchError> {
        in_range("dim", dim, DIM_MAX)?;
        in_range("k", k, K_MAX)?;
        in_range("threads", threads, THREADS_MAX)?;
        let mut best = Vec::with_capacity(row_count(&queries, dim)?);
        let (mut queries, mut row) = (queries, Vec::with_capacity(dim));
        for query in queries.chunks_exact_mut(dim) {
            row.clear();
            let norm = prepare(similarity, query, &mut row);
            row.resize(dim, 0.0);
            query.copy_from_slice(&row);
            best.push(Best::new(norm, k));
        }
        let capacity = tile_rows(dim);
        let tile = Tile {
            rows: Vec::with_capacity(capacity * dim),
            ids: Vec::with_capacity(capacity),
            norm_max: 0.0,
            capacity,
        };
        let block = QUERY_BLOCK.min(best.len().div_ceil(threads)) * GALLERY_BLOCK;
        let products = vec![vec![0.0; block]; threads];
        Ok(Self { setting: Setting { dim, k, similarity, threads }, queries, best, tile, products })
    }

    /// Searches a part of the gallery: `gallery_rows` is `[n, dim]`, row-major, and its ids are `first_id` and the n − 1
    /// numbers after it. Parts come in any order and of any size; an id that comes twice is two items.
    ///
    /// # Errors
    /// Values that are not whole rows, ids beyond u32. Then nothing was added.
    pub fn add(&mut self, gallery_rows: &[f32], first_id: u32) -> Result<(), SearchError> {
        let rows = row_count(gallery_rows, self.setting.dim)?;
        if first_id as usize + rows > u32::MAX as usize + 1 {
            return Err(SearchError::TooManyIds { first_id, rows });
        }
        for (id, row) in (first_id..=u32::MAX).zip(gallery_rows.chunks_exact(self.setting.dim)) {
            let Some(norm) = prepare(self.setting.similarity, row, &mut self.tile.rows) else { continue };
            self.tile.norm_max = self.tile.norm_max.max(norm);
            self.tile.ids.push(id);
            if self.tile.ids.len() == self.tile.capacity {
                self.search_tile();
            }
        }
        Ok(())
    }

    /// Per query, in order: at most `k` gallery ids with their scores, by score descending, then id ascending.
    pub fn finish(mut self) -> Vec<Vec<(u32, f32)>> {
        self.search_tile();
        self.best.into_iter().map(Best::into_list).collect()
    }

    fn search_tile(&mut self) {
        let (setting, tile) = (self.setting, &self.tile);
        let share = self.best.len().div_ceil(setting.threads).max(1);
        let of_threads = self.queries.chunks(share * setting.dim).zip(self.best.chunks_mut(share));
        let mut parts: Vec<_> = of_threads.zip(&mut self.products).collect();
        std::thread::scope(|scope| {
            // This thread takes the last part itself.
            let own = parts.pop();
            let mut others = Vec::new();
            for ((queries, best), products) in parts {
                others.push(scope.spawn(move || search(setting, queries, best, tile, products)));
            }
            if let Some(((queries, best), products)) = own {
                search(setting, queries, best, tile, products);
            }
            // The scope waits for their work; this waits for the threads themselves, so that the next tile's take over
            // what the allocator keeps for these.
            for other in others {
                other.join().expect("a search does not panic");
            }
        });
        self.tile.rows.clear();
        self.tile.ids.clear();
        self.tile.norm_max = 0.0;
    }
}

/// Searches one tile for some queries.
fn search(setting: Setting, queries: &[f32], best: &mut [Best], tile: &Tile, products: &mut [f32]) {
    let dim = setting.dim;
    let matrix = |rows| ArrayView2::from_shape((<[f32]>::len(rows) / dim, dim), rows).expect("whole rows");
    for (queries, best) in queries.chunks(QUERY_BLOCK * dim).zip(best.chunks_mut(QUERY_BLOCK)) {
        for (rows, ids) in tile.rows.chunks(GALLERY_BLOCK * dim).zip(tile.ids.chunks(GALLERY_BLOCK)) {
            let products = &mut products[..best.len() * ids.len()];
            let shape = (best.len(), ids.len());
            let mut to = ArrayViewMut2::from_shape(shape, products).expect("one product per pair");
            general_mat_mul(1.0, &matrix(queries), &matrix(rows).t(), 0.0, &mut to);
            let of_queries = products.chunks_exact(ids.len()).zip(queries.chunks_exact(dim));
            for ((products, query), best) in of_queries.zip(best.iter_mut()) {
                sift(setting, products, query, best, (rows, ids, tile.norm_max));
            }
        }
    }
}

/// Scores the pairs of one query that its floor lets through.
fn sift(
    setting: Setting,
    products: &[f32],
    query: &[f32],
    best: &mut Best,
    (rows, ids, norm_max): (&[f32], &[u32], f64),
) {
    let Setting { dim, k, .. } = setting;
    let mut floor = best.floor(k, norm_max, dim);
    for (products, start) in products.chunks(SCAN).zip((0..).step_by(SCAN)) {
        // Counted, not searched: without a branch per product this is a few vector operations.
        if products.iter().map(|product| u32::from(*product >= floor)).sum::<u32>() == 0 {
            continue;
        }
        for (product, place) in products.iter().zip(start..) {
            if *product >= floor {
                let exact = score(query, &rows[place * dim..(place + 1) * dim]) as f32;
                if best.offer(k, ids[place], exact) {
                    floor = best.floor(k, norm_max, dim);
                }
            }
        }
    }
}

fn tile_rows(dim: usize) -> usize {
    (TILE_BYTES / (dim * size_of::<f32>())).max(TILE_ROWS_MIN)
}

/// Most bytes that a search holds, its result included, whatever the number of gallery items: every query with its `k` best,
/// one tile of 4 MiB or 64 gallery rows, whichever is more, and 6.5 MiB per thread. The parameters are those of [`TopK::new`].
/// The part of the gallery that is being added is the caller's; the stacks of the threads are not counted.
pub fn memory_bytes(queries: u64, dim: usize, k: usize, threads: usize) -> u64 {
    let bytes = |count: usize, each: usize| count as u64 * each as u64;
    let list = size_of::<Best>() + size_of::<Vec<(u32, f32)>>();
    let query = bytes(dim, size_of::<f32>()) + bytes(k, size_of::<u64>()) + list as u64;
    let tile = bytes(tile_rows(dim), dim * size_of::<f32>() + size_of::<u32>());
    let thread = bytes(QUERY_BLOCK * GALLERY_BLOCK, size_of::<f32>()) + bytes(PACKED_KEPT, PACKED_BYTES);
    queries * query + tile + threads as u64 * thread
}
