//! From float64 to the tensor's element type: rounded once; integers half away from zero, and they saturate.

use egret_onnx::InputData;
use half::f16;

/// An element type that items can be fed as.
pub trait Element: Copy + 'static {
    /// Rounds.
    fn of(value: f64) -> Self;
    /// Lends a buffer to a run.
    fn lend(buffer: &[Self]) -> InputData<'_>;
}

macro_rules! element {
    ($type:ty, $variant:ident, $of:expr) => {
        impl Element for $type {
            fn of(value: f64) -> Self {
                let of: fn(f64) -> Self = $of;
                of(value)
            }
            fn lend(buffer: &[Self]) -> InputData<'_> {
                InputData::$variant(buffer)
            }
        }
    };
}

element!(f64, F64, |value| value);
element!(f32, F32, |value| value as f32);
element!(f16, F16, f16::from_f64);
element!(u8, U8, |value| value.round() as u8);
element!(i8, I8, |value| value.round() as i8);
element!(i16, I16, |value| value.round() as i16);
element!(i32, I32, |value| value.round() as i32);
element!(i64, I64, |value| value.round() as i64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_round_half_away_from_zero_and_saturate() {
        assert_eq!([i8::of(-128.0), i8::of(2.5), i8::of(-2.5), i8::of(1e9)], [-128, 3, -3, 127]);
        assert_eq!(u8::of(-3.0), 0);
        assert_eq!(i16::of(1e9), i16::MAX);
    }
}
