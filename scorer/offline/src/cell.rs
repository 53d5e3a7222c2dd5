//! A value of a table as what a suite wants of it, with errors that say where it stands.

use std::borrow::Cow;

use serde_json::Value;

use crate::TableError;

/// Where a value stands.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'a> {
    Setting(&'a str),
    /// Rows are counted from 0.
    Row {
        row: usize,
        column: &'a str,
    },
}

/// A cell, a part of one, or a setting.
#[derive(Debug, Clone, Copy)]
pub struct Cell<'a> {
    value: &'a Value,
    place: Place<'a>,
    /// The part's name, where it has one.
    part: Option<&'a str>,
}

impl<'a> Cell<'a> {
    pub(crate) fn new(value: &'a Value, place: Place<'a>) -> Self {
        Self { value, place, part: None }
    }

    /// Where it stands. Rows are told from 1, as people count.
    #[must_use]
    pub fn place(&self) -> String {
        let place = match self.place {
            Place::Setting(name) => format!("setting `{name}`"),
            Place::Row { row, column } => format!("row {}, column `{column}`", row + 1),
        };
        place + &self.part.map(|part| format!(", `{part}`")).unwrap_or_default()
    }

    /// An error at this place.
    #[must_use]
    pub fn error(&self, what: impl Into<String>, remedy: impl Into<String>) -> TableError {
        TableError { place: self.place(), what: what.into(), remedy: remedy.into() }
    }

    fn is_not(&self, wanted: &str) -> TableError {
        let mut found = self.value.to_string();
        if found.len() > 40 {
            found = found.chars().take(40).chain(['…']).collect();
        }
        self.error(format!("{found} is not {wanted}"), format!("write {wanted}"))
    }

    /// Nothing is given.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.value.is_null()
    }

    /// It is a list.
    #[must_use]
    pub fn is_list(&self) -> bool {
        self.value.is_array()
    }

    /// It is a text, be there a number in it.
    #[must_use]
    pub fn is_text(&self) -> bool {
        self.value.is_string()
    }

    /// A number, also one in quotes; `NaN` and `Infinity` are written in quotes.
    ///
    /// # Errors
    /// It is none.
    pub fn number(&self) -> Result<f64, TableError> {
        let number = match self.value {
            Value::String(text) => text.trim().parse().ok(),
            value => value.as_f64(),
        };
        number.ok_or_else(|| self.is_not("a number"))
    }

    /// A whole number from 0, also one in quotes.
    ///
    /// # Errors
    /// It is none, or larger than the type.
    pub fn whole<T: TryFrom<u64>>(&self) -> Result<T, TableError> {
        let number = match self.value {
            Value::String(text) => text.trim().parse().ok(),
            // A CSV or data frame with gaps writes 3.0 for 3.
            Value::Number(number) => number.as_u64().or_else(|| whole_of(number.as_f64()?)),
            _ => None,
        };
        let fits = number.and_then(|number| T::try_from(number).ok());
        fits.ok_or_else(|| self.is_not("a whole number in range"))
    }

    /// Yes or no: true, false, 1 or 0, also in quotes.
    ///
    /// # Errors
    /// It is none of these.
    pub fn flag(&self) -> Result<bool, TableError> {
        match &*self.name()? {
            "1" | "true" | "True" => Ok(true),
            "0" | "false" | "False" => Ok(false),
            _ => Err(self.is_not("1, 0, true or false")),
        }
    }

    /// A text.
    ///
    /// # Errors
    /// It is none.
    pub fn text(&self) -> Result<&'a str, TableError> {
        self.value.as_str().ok_or_else(|| self.is_not("a text"))
    }

    /// A name: a text, or a number or flag as it is written. A whole number has one spelling, 3 as 3.0.
    ///
    /// # Errors
    /// It is a list, an object or nothing.
    pub fn name(&self) -> Result<Cow<'a, str>, TableError> {
        match self.value {
            Value::String(text) => Ok(Cow::Borrowed(text)),
            Value::Bool(flag) => Ok(Cow::Owned(flag.to_string())),
            Value::Number(number) => {
                let whole = number.as_f64().and_then(whole_of);
                Ok(Cow::Owned(whole.map_or_else(|| number.to_string(), |whole| whole.to_string())))
            }
            _ => Err(self.is_not("a name")),
        }
    }

    /// The entries of a list.
    ///
    /// # Errors
    /// It is none.
    pub fn list(&self) -> Result<impl ExactSizeIterator<Item = Cell<'a>> + use<'a>, TableError> {
        let entries = self.value.as_array().ok_or_else(|| self.is_not("a list"))?;
        let whole = *self;
        Ok(entries.iter().map(move |value| Cell { value, ..whole }))
    }

    /// Each entry of a list read.
    ///
    /// # Errors
    /// It is no list, or the first that `read` gives.
    pub fn each<T, E: From<TableError>>(
        &self,
        read: impl FnMut(Cell<'a>) -> Result<T, E>,
    ) -> Result<Vec<T>, E> {
        self.list()?.map(read).collect()
    }

    /// A list of so many entries.
    ///
    /// # Errors
    /// It is none, or has another number of entries.
    pub fn row<const N: usize>(&self) -> Result<[Cell<'a>; N], TableError> {
        let entries: Vec<Cell<'a>> = self.list()?.collect();
        entries.try_into().map_err(|_| self.is_not(&format!("a list of {N}")))
    }

    /// A list of numbers.
    ///
    /// # Errors
    /// It is none.
    pub fn numbers(&self) -> Result<Vec<f64>, TableError> {
        self.each(|cell| cell.number())
    }

    /// A list of so many numbers.
    ///
    /// # Errors
    /// It is none.
    pub fn vector<const N: usize>(&self) -> Result<[f64; N], TableError> {
        let numbers = self.numbers()?;
        numbers.try_into().map_err(|_| self.is_not(&format!("a list of {N} numbers")))
    }

    /// The named part of an object; nothing where it is left out.
    ///
    /// # Errors
    /// It is no object.
    pub fn part(&self, name: &'a str) -> Result<Cell<'a>, TableError> {
        let parts = self.value.as_object().ok_or_else(|| self.is_not("an object"))?;
        let value = parts.get(name).unwrap_or(&Value::Null);
        Ok(Cell { value, place: self.place, part: Some(name) })
    }

    /// The names and values of an object.
    ///
    /// # Errors
    /// It is none.
    pub fn parts(&self) -> Result<impl Iterator<Item = (&'a str, Cell<'a>)> + use<'a>, TableError> {
        let parts = self.value.as_object().ok_or_else(|| self.is_not("an object"))?;
        let place = self.place;
        Ok(parts.iter().map(move |(name, value)| (name.as_str(), Cell { value, place, part: Some(name) })))
    }
}

/// A number that is whole and exact.
fn whole_of(number: f64) -> Option<u64> {
    (number >= 0.0 && number <= (1_u64 << 53) as f64 && number.fract() == 0.0).then_some(number as u64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn cell(value: &Value) -> Cell<'_> {
        Cell::new(value, Place::Row { row: 2, column: "dets" })
    }

    #[test]
    fn numbers_may_stand_in_quotes_and_whole_ones_with_a_point() {
        for (value, want) in [(json!("0.5"), 0.5), (json!(3), 3.0), (json!(" -1e3"), -1e3)] {
            assert_eq!(cell(&value).number().unwrap().to_bits(), f64::to_bits(want));
        }
        assert!(cell(&json!("NaN")).number().unwrap().is_nan());
        assert_eq!(cell(&json!("-Infinity")).number(), Ok(f64::NEG_INFINITY));
        assert_eq!((cell(&json!(3.0)).whole::<u32>(), cell(&json!("7")).whole::<u32>()), (Ok(3), Ok(7)));
        assert_eq!(cell(&json!(u32::MAX)).whole::<u32>(), Ok(u32::MAX));
        for value in [json!(-1), json!(0.5), json!(1_u64 << 32), json!(true), json!("x"), json!(null)] {
            assert!(cell(&value).whole::<u32>().is_err(), "{value}");
        }
        assert_eq!(
            (cell(&json!(3.0)).name().unwrap(), cell(&json!(3)).name().unwrap()),
            ("3".into(), "3".into())
        );
        assert_eq!((cell(&json!("True")).flag(), cell(&json!(0)).flag()), (Ok(true), Ok(false)));
    }

    #[test]
    fn errors_say_row_column_and_part() {
        let value = json!({"bbox": [1, 2, "x", 4], "score": "high"});
        let told = |error: TableError| error.to_string();
        assert_eq!(
            told(cell(&value).part("bbox").unwrap().vector::<4>().unwrap_err()),
            "row 3, column `dets`, `bbox`: \"x\" is not a number; write a number"
        );
        let error = told(cell(&value).part("label").unwrap().name().unwrap_err());
        assert_eq!(error, "row 3, column `dets`, `label`: null is not a name; write a name");
        let error = told(cell(&json!([1, 2])).vector::<3>().unwrap_err());
        assert_eq!(
            error,
            "row 3, column `dets`: [1,2] is not a list of 3 numbers; write a list of 3 numbers"
        );
        let long = json!("é".repeat(50));
        assert_eq!(cell(&long).number().unwrap_err().what.chars().count(), 41 + " is not a number".len());
    }
}
