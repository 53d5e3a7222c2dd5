//! Which number a stored sample becomes: `(x * scale - mean) / std`, per channel.
//!
//! The arithmetic is done in float64 and rounded once to the tensor's element type, so that the result does not depend on
//! the order in which a framework would have multiplied. For `x/255` this is the float32 nearest to the quotient, which is
//! also what NumPy's float32 division gives.

use egret_contract::Adapter;

use super::Mismatch;
use super::layout::Extent;
use crate::DType;

/// The map of one channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    /// Multiplies first.
    pub scale: f64,
    /// Is subtracted next.
    pub mean: f64,
    /// Divides last; not zero.
    pub std: f64,
}

impl Affine {
    /// `x` as the model gets it, before rounding.
    pub fn of(self, x: f64) -> f64 {
        (x * self.scale - self.mean) / self.std
    }

    /// Whether it changes nothing.
    pub fn is_identity(self) -> bool {
        self == Self { scale: 1.0, mean: 0.0, std: 1.0 }
    }
}

/// The defaults by element type, then what the team declares over them.
///
/// Pictures and frames: floats get `x/255`; `int8` gets `x − 128`, the convention of quantised TFLite models; other integers get
/// the samples as they are. Sounds: samples as they are, −1 to 1. Spectrograms: as they are.
pub fn resolve(extent: &Extent, dtype: DType, spec: &Adapter) -> Result<Vec<Affine>, Mismatch> {
    let pixels = match *extent {
        Extent::Picture { channels, .. } => Some(channels as usize),
        Extent::Clip { .. } => Some(3),
        Extent::Sound(_) | Extent::Spectrum(..) => None,
    };
    let (channels, scale, mean) = match pixels {
        Some(channels) if dtype.is_float() => (channels, 1.0 / 255.0, 0.0),
        Some(channels) if dtype == DType::I8 => (channels, 1.0, 128.0),
        Some(channels) => (channels, 1.0, 0.0),
        None => (1, 1.0, 0.0),
    };
    let scale = spec.scale.unwrap_or(scale);
    let means = per_channel("mean", &spec.mean, channels, mean)?;
    let stds = per_channel("std", &spec.std, channels, 1.0)?;
    if !scale.is_finite() || scale == 0.0 || stds.contains(&0.0) {
        return Err(Mismatch::new(
            format!("scale {scale}, std {stds:?}: neither may be zero or infinite"),
            "leave scale and std empty, or declare numbers that keep the samples apart",
        ));
    }
    Ok(means.into_iter().zip(stds).map(|(mean, std)| Affine { scale, mean, std }).collect())
}

fn per_channel(what: &str, declared: &[f64], channels: usize, default: f64) -> Result<Vec<f64>, Mismatch> {
    let values = match declared {
        [] => vec![default; channels],
        [one] => vec![*one; channels],
        many if many.len() == channels => many.to_vec(),
        many => {
            return Err(Mismatch::new(
                format!("{what} has {} values, expected 1 or {channels}", many.len()),
                format!("declare one {what} for all channels, or one for each of the {channels}"),
            ));
        }
    };
    if values.iter().all(|value| value.is_finite()) {
        Ok(values)
    } else {
        Err(Mismatch::new(
            format!("{what} {values:?} is not finite"),
            format!("declare finite numbers for {what}"),
        ))
    }
}

/// As people write it: `x/255`, `(x/255 - [0.485,0.456,0.406]) / [0.229,0.224,0.225]`.
pub fn text(channels: &[Affine]) -> String {
    let list = |pick: fn(&Affine) -> f64| {
        let values: Vec<f64> = channels.iter().map(pick).collect();
        if values.windows(2).all(|pair| pair[0].to_bits() == pair[1].to_bits()) {
            values.first().map_or_else(String::new, f64::to_string)
        } else {
            format!("[{}]", values.iter().map(f64::to_string).collect::<Vec<_>>().join(","))
        }
    };
    let (scale, mean, std) = (list(|c| c.scale), list(|c| c.mean), list(|c| c.std));
    let scaled = if scale == "1" {
        "x".to_owned()
    } else if scale == (1.0 / 255.0).to_string() {
        "x/255".to_owned()
    } else {
        format!("x*{scale}")
    };
    match (mean.as_str(), std.as_str()) {
        ("0", "1") if scaled == "x" => "x as it is".to_owned(),
        ("0", "1") => scaled,
        (mean, "1") => format!("{scaled} - {mean}"),
        ("0", std) => format!("{scaled} / {std}"),
        (mean, std) => format!("({scaled} - {mean}) / {std}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RGB: Extent = Extent::Picture { channels: 3, size: Some((2, 2)) };

    #[test]
    fn floats_are_divided_by_255_as_numpy_divides() {
        let affine = resolve(&RGB, DType::F32, &Adapter::default()).unwrap()[0];
        for x in 0..=255_u8 {
            assert_eq!((affine.of(f64::from(x)) as f32).to_bits(), (f32::from(x) / 255.0).to_bits(), "{x}");
        }
    }

    #[test]
    fn int8_is_centred() {
        let affine = resolve(&RGB, DType::I8, &Adapter::default()).unwrap()[0];
        assert_eq!(
            [affine.of(0.0), affine.of(255.0)].map(f64::to_bits),
            [-128.0_f64, 127.0].map(f64::to_bits)
        );
    }

    #[test]
    fn one_value_serves_all_channels_and_a_wrong_count_is_refused() {
        let spec = Adapter { mean: vec![0.5], std: vec![0.1, 0.2, 0.3], ..Adapter::default() };
        let channels = resolve(&RGB, DType::F32, &spec).unwrap();
        assert_eq!(channels.iter().map(|c| c.mean).collect::<Vec<_>>(), [0.5; 3]);
        assert_eq!(text(&channels), "(x/255 - 0.5) / [0.1,0.2,0.3]");

        let spec = Adapter { mean: vec![0.5, 0.5], ..Adapter::default() };
        let mismatch = resolve(&RGB, DType::F32, &spec).unwrap_err();
        assert_eq!(mismatch.detail, "mean has 2 values, expected 1 or 3");
    }

    #[test]
    fn zero_and_infinity_are_refused() {
        for spec in [
            Adapter { scale: Some(0.0), ..Adapter::default() },
            Adapter { scale: Some(f64::INFINITY), ..Adapter::default() },
            Adapter { std: vec![0.0], ..Adapter::default() },
            Adapter { mean: vec![f64::NAN], ..Adapter::default() },
        ] {
            assert!(resolve(&RGB, DType::F32, &spec).is_err(), "{spec:?}");
        }
    }

    #[test]
    fn the_text_leaves_out_what_does_nothing() {
        let one = |scale, mean, std| text(&[Affine { scale, mean, std }]);
        assert_eq!(one(1.0, 0.0, 1.0), "x as it is");
        assert_eq!(one(1.0 / 255.0, 0.0, 1.0), "x/255");
        assert_eq!(one(2.0, 0.0, 1.0), "x*2");
        assert_eq!(one(1.0, 128.0, 1.0), "x - 128");
        assert_eq!(one(1.0, 0.0, 2.0), "x / 2");
    }
}
