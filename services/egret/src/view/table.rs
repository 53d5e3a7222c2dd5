use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};

/// A table: columns by name, numbers to the right. Widths count what a terminal shows, so that Chinese lines up.
pub(crate) struct Rows {
    table: Table,
    right: Vec<bool>,
}

impl Rows {
    /// Columns in order; one whose name starts with `>` is aligned to the right.
    pub fn new<'a>(columns: impl IntoIterator<Item = &'a str>) -> Self {
        let (mut names, mut right) = (Vec::new(), Vec::new());
        for column in columns {
            right.push(column.starts_with('>'));
            names.push(column.trim_start_matches('>').to_uppercase());
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        let header = names.iter().zip(&right).map(|(name, right)| cell(name, *right));
        table.set_header(header.collect::<Vec<_>>());
        Self { table, right }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cells = cells.into_iter().zip(&self.right).map(|(text, right)| cell(&text, *right));
        self.table.add_row(cells.collect::<Vec<_>>());
    }

    /// The table, or `instead` if it has no row.
    pub fn or(self, instead: &str) -> String {
        if self.table.is_empty() { format!("{instead}\n") } else { text(&self.table) }
    }
}

/// A list of names and values, one per line.
pub(crate) fn facts<'a>(pairs: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    for (name, value) in pairs {
        if !value.is_empty() {
            table.add_row(vec![cell(name, false), cell(&value, false)]);
        }
    }
    text(&table)
}

/// Control characters are dropped: titles come from strangers, and terminals obey them.
fn cell(text: &str, right: bool) -> Cell {
    let printable: String = text.chars().filter(|c| !c.is_control() || *c == '\n').collect();
    let alignment = if right { CellAlignment::Right } else { CellAlignment::Left };
    Cell::new(printable).set_alignment(alignment)
}

fn text(table: &Table) -> String {
    let lines = table.lines().map(|line| {
        let line = line.strip_prefix(' ').unwrap_or(&line).trim_end();
        format!("{line}\n")
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_and_numbers_line_up() {
        let mut rows = Rows::new([">rank", "team", ">score"]);
        rows.row(["1".into(), "白鹭".into(), "0.9".into()]);
        rows.row(["10".into(), "Gulls".into(), "0.85".into()]);
        let text = rows.or("none");
        assert_eq!(text, "RANK  TEAM   SCORE\n   1  白鹭     0.9\n  10  Gulls   0.85\n");
    }

    #[test]
    fn strangers_do_not_command_the_terminal() {
        let mut rows = Rows::new(["team"]);
        rows.row(["\u{1b}[2Jx".into()]);
        assert_eq!(rows.or("none"), "TEAM\n[2Jx\n");
        assert_eq!(Rows::new(["team"]).or("No team."), "No team.\n");
    }

    #[test]
    fn facts_leave_out_what_is_empty() {
        assert_eq!(
            facts([("a", "1".into()), ("b", String::new()), ("long", "2".into())]),
            "a     1\nlong  2\n"
        );
    }
}
