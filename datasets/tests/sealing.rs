//! From a folder through sealed shards to a worker's memory, and who cannot take that way.

mod support;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Mutex;

use egret_datasets::{
    DataKey, OpenError, PoolIdentity, Problem, Progress, SealedTestSet, Silent, Split, Truth, load,
    open_inputs, open_labels, seal, seal_to_pool,
};
use sha2::{Digest, Sha256};
use support::Folder;

struct Sealed {
    set: SealedTestSet,
    pool: PoolIdentity,
    _out: tempfile::TempDir,
}

fn seal_folder(folder: &Folder, progress: &dyn Progress) -> Result<Sealed, Vec<Problem>> {
    let out = tempfile::tempdir().unwrap();
    let pool = PoolIdentity::generate();
    let task = load(folder.path())?.tasks.remove(0);
    let other = PoolIdentity::generate();
    let pools = [("main".to_owned(), pool.recipient()), ("other".to_owned(), other.recipient())];
    let set = seal(folder.path(), &task, &pools, out.path(), progress)?;
    assert!(DataKey::unwrap(&other, &set.keys[1].1).is_ok());
    Ok(Sealed { set, pool, _out: out })
}

/// (split, id) → (class, input), of everything that was sealed.
fn open_all(sealed: &Sealed) -> BTreeMap<(Split, String), (u32, Vec<u8>)> {
    let key = DataKey::unwrap(&sealed.pool, &sealed.set.keys[0].1).unwrap();
    let mut items = BTreeMap::new();
    for shard in &sealed.set.shards {
        let mut inputs = vec![0; shard.inputs_plain_bytes as usize];
        let header = open_inputs(&key, File::open(&shard.inputs.path).unwrap(), &mut inputs).unwrap();
        let labels = open_labels(&key, File::open(&shard.labels.path).unwrap()).unwrap();
        assert_eq!(
            (header.split, header.index, header.item_count),
            (shard.split, shard.index, shard.item_count)
        );
        assert_eq!(
            (labels.split, labels.index, labels.ids.len()),
            (shard.split, shard.index, labels.truths.len())
        );
        let item_bytes = header.bytes / u64::from(header.item_count);
        for ((id, truth), input) in
            labels.ids.into_iter().zip(labels.truths).zip(inputs.chunks(item_bytes as usize))
        {
            let Truth::Class(class) = truth else { panic!("{truth:?} is not a class") };
            assert_eq!(items.insert((shard.split, id), (class, input.to_vec())), None);
        }
    }
    items
}

#[test]
fn what_goes_in_comes_out() {
    let folder = Folder::new();
    let sealed = seal_folder(&folder, &Silent).unwrap();
    let items = open_all(&sealed);
    assert_eq!(items.len(), 6);
    for ((split, id), (class, input)) in &items {
        let index: u32 = id.trim_end_matches(".png").parse().unwrap();
        assert_eq!((*split, *class), (Split::ALL[index as usize / 2], index % 2));
        assert_eq!(*input, (0..12).map(|i| (index * 40 + i) as u8).collect::<Vec<_>>());
    }
    for blob in sealed
        .set
        .shards
        .iter()
        .flat_map(|shard| [&shard.inputs, &shard.labels])
        .chain([&sealed.set.sample_archive])
    {
        let bytes = fs::read(&blob.path).unwrap();
        assert_eq!((blob.bytes, &blob.sha256), (bytes.len() as u64, &hex::encode(Sha256::digest(&bytes))));
    }
}

#[test]
fn sealing_twice_gives_other_bytes_and_the_same_items() {
    let folder = Folder::new();
    let (one, two) = (seal_folder(&folder, &Silent).unwrap(), seal_folder(&folder, &Silent).unwrap());
    assert_eq!(open_all(&one), open_all(&two));
    assert_ne!(one.set.shards[1].inputs.sha256, two.set.shards[1].inputs.sha256);
    assert_eq!(
        one.set.sample_archive.sha256, two.set.sample_archive.sha256,
        "the sample is public and reproducible"
    );
}

#[test]
fn hidden_items_come_in_a_secret_order() {
    let folder = Folder::new();
    let mut labels = String::from("file,label,split\n0.png,zero,sample\n1.png,zero,private\n");
    for index in 2..40u32 {
        folder.gray(&format!("{index}.png"), 4, 3, |x, y| (index * 6 + x + y) as u8);
        writeln!(labels, "{index}.png,zero,public").unwrap();
    }
    folder.labels(&labels);
    let order = || {
        let sealed = seal_folder(&folder, &Silent).unwrap();
        let key = DataKey::unwrap(&sealed.pool, &sealed.set.keys[0].1).unwrap();
        let shard = sealed.set.shards.iter().find(|shard| shard.split == Split::Public).unwrap();
        open_labels(&key, File::open(&shard.labels.path).unwrap()).unwrap().ids
    };
    let (one, two) = (order(), order());
    assert_ne!(one, two, "by chance equal once in 38! runs");
}

#[test]
fn large_items_have_shards_of_their_own() {
    let folder = Folder::new();
    let large = "width = 4096\nheight = 1366\nchannels = 3";
    folder.edit("tasks/digits/task.toml", "width = 4\nheight = 3\nchannels = 1", large);
    folder.edit("tasks/digits/labels.csv", "0.png,zero,sample\n", "");
    folder.edit("tasks/digits/labels.csv", "4.png,zero,private\n", "");
    fs::remove_file(folder.media("0.png")).unwrap();
    fs::remove_file(folder.media("4.png")).unwrap();
    let sealed = seal_folder(&folder, &Silent).unwrap();
    let counts = sealed.set.shards.iter().map(|shard| (shard.split, shard.index, shard.item_count));
    let expected =
        [(Split::Sample, 0, 1), (Split::Public, 0, 1), (Split::Public, 1, 1), (Split::Private, 0, 1)];
    assert_eq!(counts.collect::<Vec<_>>(), expected, "two do not fit into 32 MiB");
}

#[derive(Default)]
struct Heard(Mutex<Vec<(u64, u64)>>);

impl Progress for Heard {
    fn tick(&self, done: u64, total: u64) {
        self.0.lock().unwrap().push((done, total));
    }
}

#[test]
fn progress_counts_every_item_once() {
    let heard = Heard::default();
    seal_folder(&Folder::new(), &heard).unwrap();
    let mut ticks = heard.0.into_inner().unwrap();
    ticks.sort_unstable();
    assert_eq!(ticks, (0..=6).map(|done| (done, 6)).collect::<Vec<_>>());
}

#[test]
fn problems_stop_a_sealing() {
    let folder = Folder::new();
    folder.write("tasks/digits/media/2.png", "nonsense");
    folder.write("tasks/digits/media/4.png", "nonsense");
    let problems = seal_folder(&folder, &Silent).err().unwrap();
    assert_eq!(problems.len(), 2, "{problems:?}");
    folder.edit("tasks/digits/labels.csv", "0.png,zero", "0.png,nought");
    let problems = seal_folder(&folder, &Silent).err().unwrap();
    assert_eq!(problems.len(), 3, "labels and media at once: {problems:?}");
    let task = load(Folder::new().path()).unwrap().tasks.remove(0);
    let out = tempfile::tempdir().unwrap();
    let bad = [("main".to_owned(), "age1nonsense".to_owned())];
    let problems = seal(Folder::new().path(), &task, &bad, out.path(), &Silent).unwrap_err();
    assert!(
        problems[0].what.contains("the key of the pool \"main\" is not an age X25519 recipient"),
        "{problems:?}"
    );
    let problems = seal(Folder::new().path(), &task, &[], out.path(), &Silent).unwrap_err();
    assert!(problems[0].what.contains("no worker pool"), "{problems:?}");
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0, "nothing was written");
}

#[test]
fn another_pool_cannot_open() {
    let sealed = seal_folder(&Folder::new(), &Silent).unwrap();
    let stranger = PoolIdentity::generate();
    assert_eq!(DataKey::unwrap(&stranger, &sealed.set.keys[0].1).unwrap_err(), OpenError::Key);
    assert_eq!(DataKey::unwrap(&sealed.pool, &sealed.set.keys[1].1).unwrap_err(), OpenError::Key);
    let other = seal_folder(&Folder::new(), &Silent).unwrap();
    let key = DataKey::unwrap(&other.pool, &other.set.keys[0].1).unwrap();
    let shard = fs::read(&sealed.set.shards[0].inputs.path).unwrap();
    assert_eq!(open_inputs(&key, &shard[..], &mut [0; 24]).unwrap_err(), OpenError::Key);
}

#[test]
fn nothing_readable_lies_in_sealed_files() {
    let folder = Folder::new();
    let sealed = seal_folder(&folder, &Silent).unwrap();
    for blob in sealed.set.shards.iter().flat_map(|shard| [&shard.inputs, &shard.labels]) {
        let bytes = fs::read(&blob.path).unwrap();
        for plain in [&b"png"[..], b"item_count", &[80, 81, 82, 83, 84, 85]] {
            assert!(!bytes.windows(plain.len()).any(|window| window == plain));
        }
    }
}

#[test]
fn the_destination_must_be_large_enough_and_is_written_no_further() {
    let sealed = seal_folder(&Folder::new(), &Silent).unwrap();
    let key = DataKey::unwrap(&sealed.pool, &sealed.set.keys[0].1).unwrap();
    let shard = fs::read(&sealed.set.shards[0].inputs.path).unwrap();
    let small = open_inputs(&key, &shard[..], &mut [0; 23]).unwrap_err();
    assert_eq!(small, OpenError::TooLarge { needed: 24, available: 23 });
    let mut large = [7; 30];
    open_inputs(&key, &shard[..], &mut large).unwrap();
    assert_eq!(large[24..], [7; 6]);
}

#[test]
fn the_sample_archive_holds_the_exact_inputs() {
    let folder = Folder::new();
    folder.rgb("1.png", 9, 7, |x, y| [(x * 20) as u8, (y * 30) as u8, 99]);
    let sealed = seal_folder(&folder, &Silent).unwrap();
    let items = open_all(&sealed);
    let (labels, media) = unzip(&sealed.set.sample_archive.path);
    assert_eq!(labels, "file,label\n000000.png,zero\n000001.png,one\n");
    assert_eq!(media.len(), 2 + 2, "and task.toml, classes.json");
    for (index, id) in ["0.png", "1.png"].iter().enumerate() {
        let pixels = image::load_from_memory(&media[&format!("media/{index:06}.png")]).unwrap().into_luma8();
        assert_eq!(*pixels.as_raw(), items[&(Split::Sample, (*id).to_owned())].1);
    }
    folder.edit(
        "tasks/digits/task.toml",
        "kind = \"classes\"",
        "kind = \"classes\"\nclass_names_public = false",
    );
    let sealed = seal_folder(&folder, &Silent).unwrap();
    assert_eq!(unzip(&sealed.set.sample_archive.path).0, "file,label\n000000.png,0\n000001.png,1\n");
}

#[test]
fn sounds_are_archived_as_floating_point_wav() {
    let folder = Folder::of_sounds();
    let sealed = seal_folder(&folder, &Silent).unwrap();
    let (_, media) = unzip(&sealed.set.sample_archive.path);
    let wav = hound::WavReader::new(&media["media/000000.wav"][..]).unwrap();
    let bytes: Vec<u8> = wav.into_samples::<f32>().flat_map(|sample| sample.unwrap().to_le_bytes()).collect();
    assert_eq!(bytes, open_all(&sealed)[&(Split::Sample, "0.wav".to_owned())].1);
}

fn unzip(path: &Path) -> (String, BTreeMap<String, Vec<u8>>) {
    let mut archive = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    let mut files = BTreeMap::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        files.insert(entry.name().unwrap().into_owned(), bytes);
    }
    (String::from_utf8(files.remove("labels.csv").unwrap()).unwrap(), files)
}

#[test]
fn an_identity_is_kept_private_and_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool.key");
    let pool = PoolIdentity::generate();
    pool.save(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(PoolIdentity::generate().save(&path).is_err());
    let same = PoolIdentity::load(&path).unwrap();
    assert_eq!(same.recipient(), pool.recipient());
    assert_eq!(same.open(&seal_to_pool(&pool.recipient(), b"state").unwrap()).unwrap(), b"state");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = PoolIdentity::load(&path).unwrap_err();
    assert!(refused.to_string().contains("chmod 600"));
    let text = fs::read_to_string(&path).unwrap();
    let secret = text.lines().last().unwrap();
    assert!(secret.starts_with("AGE-SECRET-KEY-") && !format!("{pool:?}").contains(secret));
}
