use egret_contract::{AudioInput, Fit, Longer, PartKind, VideoInput};
use egret_datasets::Source;
use image::{ImageFormat, Rgb};

use crate::images::encode;
use crate::sounds::{contract as audio, samples};
use crate::{Files, has_ffmpeg, import, refused};

fn contract(frame_count: u32, width: u32, height: u32) -> PartKind {
    PartKind::Video(VideoInput { frame_count, width, height, fit: Fit::Stretch })
}

/// Makes a file by ffmpeg.
fn make(files: &Files, name: &str, arguments: &str) -> Source {
    let path = files.path(name);
    let made = std::process::Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y"])
        .args(arguments.split(' '))
        .arg(&path)
        .status()
        .unwrap();
    assert!(made.success());
    Source::File(path)
}

/// Frames of one gray each: frame i is 10·i + 20, losslessly.
const COUNTING: &str =
    "-f lavfi -i color=black:s=64x48:r=10:d=1,format=gray,geq=lum=10*N+20 -c:v ffv1 -pix_fmt gray";

/// What each frame shows.
fn grays(frames: &[u8], pixels: usize) -> Vec<u8> {
    frames
        .chunks_exact(pixels * 3)
        .map(|frame| {
            assert!(frame.iter().all(|value| *value == frame[0]));
            frame[0]
        })
        .collect()
}

#[test]
fn frames_are_chosen_by_the_stated_rule() {
    if !has_ffmpeg() {
        return;
    }
    let files = Files::new();
    let ten = make(&files, "a.mkv", COUNTING);
    for (count, expected) in [
        (1, vec![70]),
        (3, vec![30, 70, 100]),
        (10, (0..10).map(|i| 10 * i + 20).collect()),
        (20, (0..20).map(|i| 10 * (i / 2) + 20).collect()),
    ] {
        let (_, frames) = import(ten.clone(), contract(count, 6, 5)).unwrap();
        assert_eq!(grays(&frames, 30), expected, "{count} of 10");
    }
}

#[test]
fn a_frame_counts_once_whatever_the_times_say() {
    if !has_ffmpeg() {
        return;
    }
    let files = Files::new();
    // The gaps between frames grow; a constant rate would repeat the last ones.
    let varying = COUNTING.replace("geq", "setpts=N*N/10/TB,geq");
    let source = make(&files, "a.mkv", &format!("{varying} -fps_mode passthrough"));
    let (_, frames) = import(source, contract(10, 4, 4)).unwrap();
    assert_eq!(grays(&frames, 16), (0..10).map(|i| 10 * i + 20).collect::<Vec<u8>>());
}

#[test]
fn common_containers_and_codecs_are_read() {
    if !has_ffmpeg() {
        return;
    }
    let files = Files::new();
    let colours = "-f lavfi -i color=0x3060c0:s=64x48:r=10:d=0.5";
    for (name, codec) in [
        ("a.mp4", "-c:v libx264 -pix_fmt yuv420p"),
        ("a.mov", "-c:v mpeg4 -q:v 2"),
        ("a.webm", "-c:v libvpx-vp9"),
        ("a.avi", "-c:v mjpeg -q:v 2"),
        ("a.mkv", "-c:v libx264 -pix_fmt yuv444p"),
        ("a.ts", "-c:v mpeg2video -q:v 2"),
    ] {
        let (_, frames) =
            import(make(&files, name, &format!("{colours} {codec}")), contract(2, 64, 48)).unwrap();
        for pixel in frames.chunks_exact(3) {
            let far = pixel.iter().zip([0x30, 0x60, 0xc0u8]).map(|(a, b)| a.abs_diff(b)).max();
            assert!(far <= Some(6), "{name}: {pixel:?}");
        }
    }
}

#[test]
fn rotation_is_applied() {
    if !has_ffmpeg() {
        return;
    }
    let files = Files::new();
    let half =
        "-f lavfi -i color=black:s=64x32:r=10:d=0.2,drawbox=w=32:h=32:c=white:t=fill -c:v mpeg4 -q:v 1";
    make(&files, "a.mp4", half);
    let path = files.path("a.mp4");
    let turned = make(&files, "b.mp4", &format!("-i {} -c copy -metadata:s:v rotate=90", path.display()));
    let PartKind::Video(video) = contract(1, 32, 64) else { unreachable!() };
    let (_, frame) = import(turned, PartKind::Video(video)).unwrap();
    let bright = |x: usize, y: usize| frame[(y * 32 + x) * 3] > 128;
    let (top, bottom) = (bright(16, 10), bright(16, 54));
    assert_ne!(top, bottom, "the halves lie above each other");
}

#[test]
fn sound_of_a_video_is_its_first_track() {
    if !has_ffmpeg() {
        return;
    }
    let files = Files::new();
    let both =
        "-f lavfi -i color=black:s=16x16:r=10:d=1 -f lavfi -i sine=f=500:r=16000:d=1 -c:v mpeg4 -shortest";
    for (name, codec, most) in
        [("a.mp4", "aac", 0.03), ("a.mkv", "pcm_s16le", 1e-3), ("a.webm", "libopus", 0.03)]
    {
        let both = if name == "a.webm" { both.replace("mpeg4", "libvpx") } else { both.to_owned() };
        let source = make(&files, name, &format!("{both} -c:a {codec}"));
        let cut = AudioInput { longer: Longer::Cut, ..audio(16_000, 12_000) };
        let found = samples(source.clone(), cut);
        assert_eq!(found.len(), 12_000);
        let tone = |i: usize| 0.125 * (std::f64::consts::TAU * 500.0 * i as f64 / 16_000.0).sin();
        let far = (2000..10_000).map(|i| (f64::from(found[i]) - tone(i)).abs()).fold(0.0, f64::max);
        assert!(far < most, "{name}: {far}");
        assert_eq!(import(source, contract(1, 4, 4)).unwrap().1, [0; 48]);
    }
}

#[test]
fn what_is_no_video_is_refused() {
    let files = Files::new();
    refused(files.write("a", b""), contract(1, 4, 4), "the file is empty");
    refused(Source::File(files.path("none")), contract(1, 4, 4), "the file cannot be read");
    std::fs::File::create(files.path("large")).unwrap().set_len((4 << 30) + 1).unwrap();
    refused(Source::File(files.path("large")), contract(1, 4, 4), "at most 4096 MiB are read");
    if !has_ffmpeg() {
        return;
    }
    std::fs::File::create(files.path("large")).unwrap().set_len(4 << 30).unwrap();
    refused(Source::File(files.path("large")), contract(1, 4, 4), "the file cannot be decoded");
    refused(files.write("a", b"no video at all"), contract(1, 4, 4), "the file cannot be decoded");
    let sound = make(&files, "a.mp4", "-f lavfi -i sine=d=0.1 -c:a aac");
    refused(sound, contract(1, 4, 4), "the file has no pictures in it");
    let silent = make(&files, "b.mp4", "-f lavfi -i color=s=16x16:d=0.2 -c:v mpeg4");
    refused(silent, PartKind::Audio(audio(8000, 8000)), "the file has no sound in it");
    for (name, problem) in
        [("c.mp4", "the file has no pictures in it"), ("c.avi", "the file has no frames or samples in it")]
    {
        let empty = make(&files, name, "-f lavfi -i color=s=16x16:d=0.2 -c:v mpeg4 -frames:v 0");
        refused(empty, contract(1, 4, 4), problem);
    }
    make(&files, "d.mp4", "-f lavfi -i testsrc=s=64x64:d=2 -c:v mpeg4");
    let whole = std::fs::read(files.path("d.mp4")).unwrap();
    refused(files.write("d.mp4", &whole[..whole.len() / 2]), contract(4, 4, 4), "the file cannot be decoded");
    // A list of other files, as an attacker would send it.
    let list = format!("#EXTM3U\n#EXTINF:1,\nfile://{}\n#EXT-X-ENDLIST\n", files.path("b.mp4").display());
    refused(files.write("e.m3u8", list.as_bytes()), contract(1, 4, 4), "the file cannot be decoded");
}

#[test]
fn a_folder_of_frames_is_a_video() {
    let files = Files::new();
    for number in [0u8, 1, 2, 9, 10, 11] {
        let frame = image::RgbImage::from_pixel(4, 4, Rgb([number; 3]));
        files.write(&format!("clip/frame{number}.png"), &encode(frame, ImageFormat::Png));
    }
    files.write("clip/.DS_Store", b"not a frame");
    let clip = Source::Folder(files.path("clip"));
    let (_, frames) = import(clip.clone(), contract(6, 4, 4)).unwrap();
    assert_eq!(grays(&frames, 16), [0, 1, 2, 9, 10, 11], "numbers by value");
    let (_, frames) = import(clip.clone(), contract(2, 3, 5)).unwrap();
    assert_eq!(grays(&frames, 15), [1, 10]);
    files.write("clip/frame3.txt", b"no picture");
    refused(clip, contract(7, 4, 4), "frame3.txt: the file is not a picture that can be read");
    std::fs::create_dir(files.path("empty")).unwrap();
    refused(Source::Folder(files.path("empty")), contract(1, 4, 4), "the folder has no frames");
    refused(Source::Folder(files.path("none")), contract(1, 4, 4), "the folder cannot be read");
}
