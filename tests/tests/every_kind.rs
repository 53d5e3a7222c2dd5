//! One task of every kind of answer, from files in a folder to a score that can be worked out by hand.
//!
//! Items are gray squares of one level (or silent sounds of some length); a model sees the level, from 0 to 1, as `mean`.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use egret_onnx::{
    DType,
    build::{Attribute, Graph, Tensor},
};
use egret_tests::{Database, Site, path, write_competition};
use image::{GrayImage, Luma};
use serde_json::Value;

/// A task, a model for it, and what that scores.
struct Kind {
    name: &'static str,
    answer: &'static str,
    metric: &'static str,
    /// Files of its folder beside the manifest.
    tables: &'static [(&'static str, &'static str)],
    /// Instead of squares.
    input: Option<&'static str>,
    model: fn() -> Graph,
    expected: f64,
}

const SQUARES: &str = "kind = \"image\"\nwidth = 4\nheight = 4\nchannels = 1\nfit = \"stretch\"";
const PAIR: &str = "kind = \"composite\"\n[[input.part]]\nname = \"left\"\nkind = \"image\"\nwidth = 4\nheight = 4\n\
                    channels = 1\nfit = \"stretch\"\n[[input.part]]\nname = \"right\"\nkind = \"image\"\nwidth = 4\n\
                    height = 4\nchannels = 1\nfit = \"stretch\"";
const SOUND: &str = "kind = \"audio\"\nsample_rate_hz = 8000\nsample_count_max = 800";

const KINDS: [Kind; 9] = [
    Kind {
        name: "values",
        answer: "kind = \"values\"\nnames = [\"level\"]",
        metric: "mae",
        tables: &[(
            "labels.csv",
            "file,level,split\n10.png,10,sample\n90.png,90,public\n200.png,200,public\n",
        )],
        input: None,
        model: || {
            // Two too much.
            mean()
                .constant("scale", &Tensor::f32(&[], &[255.0]))
                .constant("more", &Tensor::f32(&[], &[2.0]))
                .node("Mul", &["mean", "scale"], &["scaled"])
                .node("Add", &["scaled", "more"], &["values"])
                .output("values", DType::F32, &[-1, 1])
        },
        expected: 2.0,
    },
    Kind {
        name: "composite",
        answer: "kind = \"values\"\nnames = [\"difference\"]",
        metric: "mae",
        tables: &[(
            "labels.csv",
            "left,right,difference,split\n10.png,90.png,-80,sample\n90.png,200.png,-110,public\n200.png,20.png,181,public\n",
        )],
        input: Some(PAIR),
        model: || {
            let side = |graph: Graph, name: &str| {
                let (pooled, flat) = (format!("{name} pooled"), format!("{name} flat"));
                graph
                    .input(name, DType::F32, &[-1, 1, 4, 4])
                    .node("GlobalAveragePool", &[name], &[&pooled])
                    .node("Flatten", &[&pooled], &[&flat])
            };
            side(side(Graph::default(), "left"), "right")
                .constant("scale", &Tensor::f32(&[], &[255.0]))
                .node("Sub", &["left flat", "right flat"], &["difference"])
                .node("Mul", &["difference", "scale"], &["values"])
                .output("values", DType::F32, &[-1, 1])
        },
        // Right of the first pair, one less than the second.
        expected: 0.5,
    },
    Kind {
        name: "multilabel",
        // What ranks is made of the metric: 1 − the loss.
        answer: "kind = \"multilabel\"\nclasses = [\"dark\", \"light\"]\n[composite]\n[[composite.parts]]\n\
                 metric = \"hamming_loss\"\n[[certificates]]\nname = \"A\"\nthreshold = 0.87\n[[certificates]]\n\
                 name = \"B\"\nthreshold = 0.5",
        metric: "hamming_loss",
        tables: &[(
            "labels.csv",
            "file,label,split\n10.png,dark,sample\n20.png,dark,public\n90.png,dark|light,public\n\
             160.png,light,public\n200.png,light,public\n",
        )],
        input: None,
        model: || {
            // Dark below 128, light above 128: the second should be light as well.
            mean()
                .constant("weights", &Tensor::f32(&[1, 2], &[-40.0, 40.0]))
                .constant("bias", &Tensor::f32(&[2], &[20.0, -20.0]))
                .node("Gemm", &["mean", "weights", "bias"], &["logits"])
                .node("Sigmoid", &["logits"], &["scores"])
                .output("scores", DType::F32, &[-1, 2])
        },
        expected: 7.0 / 8.0,
    },
    Kind {
        name: "boxes",
        answer: "kind = \"boxes\"\nclasses = [\"a\", \"b\"]",
        metric: "AP50",
        tables: &[(
            "labels.csv",
            // The pictures are 8 × 6.
            "file,label,x,y,w,h,split\n10.png,b,2,1.5,4,3,sample\n90.png,b,2,1.5,4,3,public\n200.png,b,2,1.5,4,3,public\n\
             200.png,a,0,0,2,1.5,public\n",
        )],
        input: None,
        model: || {
            // In pixels of the model's 4 × 4: the middle, and for `a` a corner that holds nothing.
            let rows = [1.0, 1.0, 3.0, 3.0, 0.9, 1.0, 3.0, 3.0, 4.0, 4.0, 0.8, 0.0];
            constant(&[1, 2, 6], &rows).output("answer", DType::F32, &[-1, 2, 6])
        },
        // All of `b`, nothing of `a`.
        expected: 0.5,
    },
    Kind {
        name: "mask",
        answer: "kind = \"mask\"\nclasses = [\"dark\", \"light\"]",
        metric: "pixel_accuracy",
        tables: &[(
            "labels.csv",
            "file,mask,split\n10.png,masks/dark.png,sample\n90.png,masks/dark.png,public\n200.png,masks/light.png,public\n\
             210.png,masks/half.png,public\n",
        )],
        input: None,
        model: || {
            squares()
                .constant("middle", &Tensor::f32(&[], &[0.5]))
                .node("Sub", &["middle", "squares"], &["dark"])
                .node("Sub", &["squares", "middle"], &["light"])
                .node_with("Concat", &["dark", "light"], &["scores"], &[("axis", Attribute::Int(1))])
                .output("scores", DType::F32, &[-1, 2, 4, 4])
        },
        // Half of the last picture is called dark.
        expected: 5.0 / 6.0,
    },
    Kind {
        name: "transcript",
        answer: "kind = \"transcript\"\nvocabulary = [\"heron\", \"egret\", \"stork\"]",
        metric: "wer",
        tables: &[(
            "labels.csv",
            "file,text,split\n10.png,heron,sample\n90.png,egret,public\n200.png,stork,public\n210.png,heron,public\n",
        )],
        input: None,
        model: || {
            mean()
                .constant("scale", &Tensor::f32(&[], &[2.4]))
                .node("Mul", &["mean", "scale"], &["scaled"])
                .node("Round", &["scaled"], &["round"])
                .node_with("Cast", &["round"], &["tokens"], &[("to", Attribute::Int(7))])
                .output("tokens", DType::I64, &[-1, 1])
        },
        expected: 1.0 / 3.0,
    },
    Kind {
        name: "verification",
        answer: "kind = \"embedding\"\nsearch = \"verification\"",
        metric: "eer.interp",
        tables: &[
            (
                "labels.csv",
                "file,split\n10.png,sample\n20.png,sample\n200.png,sample\n90.png,public\n100.png,public\n160.png,public\n210.png,public\n",
            ),
            (
                "trials.csv",
                "first,second,target\n10.png,20.png,1\n10.png,200.png,0\n90.png,100.png,1\n160.png,210.png,1\n\
                 90.png,160.png,0\n100.png,160.png,0\n",
            ),
        ],
        input: None,
        model: embedding,
        // Both pairs of the same are nearer than any other pair.
        expected: 0.0,
    },
    Kind {
        name: "retrieval",
        answer: "kind = \"embedding\"\nsearch = \"retrieval\"\ntop_count = 3",
        metric: "map",
        tables: &[(
            "labels.csv",
            "file,role,identity,split\n10.png,query,1,sample\n20.png,gallery,1,sample\n50.png,query,4,public\n\
             200.png,query,2,public\n60.png,gallery,4,public\n210.png,gallery,3,public\n120.png,gallery,2,public\n",
        )],
        input: None,
        model: embedding,
        // The first query finds its like first, the second one second.
        expected: 0.75,
    },
    Kind {
        name: "segments",
        answer: "kind = \"segments\"\nclasses = [\"a\"]",
        metric: "map@tiou0.5",
        tables: &[(
            "labels.csv",
            "file,label,start_s,end_s,split\n100.wav,a,0,0.01,sample\n200.wav,a,0.01,0.02,public\n400.wav,a,0.01,0.025,public\n\
             800.wav,a,0.05,0.06,public\n",
        )],
        input: Some(SOUND),
        model: || {
            // From 0.01 to 0.02 seconds, the surer the shorter the sound; the longest one's event is elsewhere.
            Graph::default()
                .input("sound", DType::F32, &[-1, 800])
                .constant("less", &Tensor::f32(&[1, 1, 4], &[0.0, 0.0, -1.0, 0.0]))
                .constant("rows", &Tensor::f32(&[1, 1, 4], &[0.01, 0.02, 0.9, 0.0]))
                .constant("places", &Tensor::i64(&[1], &[2]))
                .node_with("ReduceMean", &["sound"], &["mean"], &[("axes", Attribute::Ints(vec![1]))])
                .node("Unsqueeze", &["mean", "places"], &["wide"])
                .node("Mul", &["wide", "less"], &["surer"])
                .node("Add", &["surer", "rows"], &["answer"])
                .output("answer", DType::F32, &[-1, 1, 4])
        },
        expected: 2.0 / 3.0,
    },
];

/// The squares as they are fed, 0 to 1.
fn squares() -> Graph {
    Graph::default().input("squares", DType::F32, &[-1, 1, 4, 4])
}

/// Their level: float32 `[n, 1]`.
fn mean() -> Graph {
    squares().node("GlobalAveragePool", &["squares"], &["pooled"]).node("Flatten", &["pooled"], &["mean"])
}

/// The same rows for every item: float32 `[n, …]` from `[1, …]` of three dimensions.
fn constant(dims: &[i64], rows: &[f32]) -> Graph {
    mean()
        .constant("zero", &Tensor::f32(&[], &[0.0]))
        .constant("rows", &Tensor::f32(dims, rows))
        .constant("places", &Tensor::i64(&[1], &[2]))
        .node("Mul", &["mean", "zero"], &["nothing"])
        .node("Unsqueeze", &["nothing", "places"], &["wide"])
        .node("Add", &["wide", "rows"], &["answer"])
}

/// A vector that turns with the level.
fn embedding() -> Graph {
    mean()
        .constant("weights", &Tensor::f32(&[1, 2], &[1.0, -1.0]))
        .constant("bias", &Tensor::f32(&[2], &[0.0, 1.0]))
        .node("Gemm", &["mean", "weights", "bias"], &["vector"])
        .output("vector", DType::F32, &[-1, 2])
}

#[test]
fn what_a_model_answers_is_scored_by_its_kind() -> Result<()> {
    let site = Site::start(Database::Sqlite, 1)?;
    let package = site.scratch().join("package");
    for kind in &KINDS {
        write_task(&package.join("tasks").join(kind.name), kind)?;
    }
    write_competition(&package, "kinds")?;
    site.operator.ok(&["competition", "publish", path(&package)?])?;
    let team = site.team("kinds", "gulls", "Gulls")?;
    for kind in &KINDS {
        let model = site.scratch().join(format!("{}.onnx", kind.name));
        fs::write(&model, (kind.model)().file())?;
        let task = format!("kinds/{}", kind.name);
        let told = team.json(&["submit", path(&model)?, "--task", &task, "--watch"])?;
        let score =
            told["release"]["metrics"][0]["value"].as_f64().with_context(|| format!("{task}: {told}"))?;
        assert!((score - kind.expected).abs() <= 1e-4, "{task}: {score} instead of {}", kind.expected);
        // A check at home finds what the server's check found, to the last digit.
        let home = team.json(&["check", path(&model)?, "--task", &task])?;
        let (home, there) = (&home[0]["check"]["metrics"][0]["value"], &told["check"]["metrics"][0]["value"]);
        assert!(home == there && *there != Value::Null, "{task}: {home} at home, {there} there");
    }
    let board = team.json(&["leaderboard", "kinds/multilabel"])?;
    let columns: Vec<_> =
        board["metrics"].as_array().into_iter().flatten().map(|column| &column["id"]).collect();
    assert_eq!(columns, ["composite", "hamming_loss"], "{board}");
    assert_eq!(board["entries"][0]["certificate"], "A", "{board}");
    Ok(())
}

fn write_task(folder: &Path, kind: &Kind) -> Result<()> {
    let media = folder.join("media");
    fs::create_dir_all(media.join("masks"))?;
    let (name, metric, answer) = (kind.name, kind.metric, kind.answer);
    let input = kind.input.unwrap_or(SQUARES);
    fs::write(
        folder.join("task.toml"),
        format!("title = \"{name}\"\nmetrics = [\"{metric}\"]\n[input]\n{input}\n[answer]\n{answer}\n"),
    )?;
    let mut named = String::new();
    for (table, rows) in kind.tables {
        fs::write(folder.join(table), rows)?;
        named += rows;
    }
    for word in named.split([',', '\n']) {
        match word.rsplit_once('.') {
            Some((number, "png")) if !number.contains('/') => {
                let level: u8 = number.parse()?;
                GrayImage::from_pixel(8, 6, Luma([level])).save(media.join(word))?;
            }
            Some((mask, "png")) => {
                let light = |x| match mask {
                    "masks/dark" => false,
                    "masks/light" => true,
                    _ => x < 4,
                };
                GrayImage::from_fn(8, 6, |x, _| Luma([u8::from(light(x))])).save(media.join(word))?;
            }
            Some((number, "wav")) => {
                let spec = hound::WavSpec {
                    channels: 1,
                    sample_rate: 8000,
                    bits_per_sample: 16,
                    sample_format: hound::SampleFormat::Int,
                };
                let mut writer = hound::WavWriter::create(media.join(word), spec)?;
                for _ in 0..number.parse::<u32>()? {
                    writer.write_sample(1000_i16)?;
                }
                writer.finalize()?;
            }
            _ => {}
        }
    }
    if fs::read_dir(media.join("masks"))?.next().is_none() {
        fs::remove_dir(media.join("masks"))?;
    }
    Ok(())
}
