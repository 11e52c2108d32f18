//! A table of text as people's programs write it: UTF-8 with or without a mark, `,` or `;` between cells.

use api::admin::imports::ImportFault;
use csv::{ReaderBuilder, Trim};
use domain::{Fault, Words, words};

use crate::http::error::{ApiError, Result};

/// Most rows of one table.
const ROWS_MAX: usize = 10_000;

/// Most faults that are told at once.
const FAULTS_MAX: usize = 500;

/// A column that a table may have.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub name: &'static str,
    pub needed: bool,
}

/// A column that every row needs.
pub const fn needed(name: &'static str) -> Column {
    Column { name, needed: true }
}

/// A column that may be left out.
pub const fn free(name: &'static str) -> Column {
    Column { name, needed: false }
}

/// A table that was read.
#[derive(Debug)]
pub struct Table {
    pub separator: char,
    /// Places of the columns in a row, as the kind of import lists them.
    places: Vec<(&'static str, usize)>,
    pub rows: Vec<Cells>,
}

/// The cells of one row.
#[derive(Clone, Debug)]
pub struct Cells {
    /// Line in the table, the header being 1.
    pub row: u32,
    cells: Vec<String>,
}

/// Everything that is wrong, by row.
#[derive(Debug, Default)]
pub struct RowFaults(pub Vec<ImportFault>);

impl RowFaults {
    /// Adds a fault of one cell, or of the whole row when `column` is empty.
    pub fn add(
        &mut self,
        (row, column, value): (u32, &str, &str),
        code: &str,
        message: impl Into<Words>,
        next: impl Into<Words>,
    ) {
        self.put(row, column, value, Fault::new(column, code, message, next));
    }

    /// Adds a fault that was found elsewhere.
    pub fn put(&mut self, row: u32, column: &str, value: &str, fault: Fault) {
        if self.0.len() < FAULTS_MAX {
            self.0.push(ImportFault {
                row,
                column: column.to_owned(),
                value: value.chars().take(80).collect(),
                fault: fault.into(),
            });
        }
    }
}

impl Table {
    /// Reads a table; what is wrong with its form goes to `faults`.
    ///
    /// # Errors
    /// When it is no table at all: not UTF-8, or empty.
    pub fn read(bytes: &[u8], columns: &[Column], faults: &mut RowFaults) -> Result<Self> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let line = 1 + bytes[..error.valid_up_to()].iter().filter(|b| **b == b'\n').count();
            ApiError::malformed(
                words!("The file is not UTF-8: line {} has other bytes.", line),
                "Save it as CSV with the encoding UTF-8.",
            )
            .because("import_not_utf8")
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let head = text.lines().next().unwrap_or_default();
        if head.trim().is_empty() {
            return Err(ApiError::malformed(
                "The file has no header.",
                "Write the names of the columns into its first line.",
            )
            .because("import_empty"));
        }
        let separator = match head.matches(';').count() > head.matches(',').count() {
            true => ';',
            false => ',',
        };
        let mut reader = ReaderBuilder::new()
            .delimiter(separator as u8)
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .from_reader(text.as_bytes());
        let mut table = Self { separator, places: Vec::new(), rows: Vec::new() };
        let mut width = 0;
        let (mut passed, mut line) = (0, 1_u32);
        for record in reader.records() {
            // Text that was read as UTF-8 has no other fault for a reader that takes rows of any length.
            let record = record.map_err(|error| ApiError::internal(&error))?;
            // The reader passes over empty lines before a row, and so does its line.
            let begins = record.position().map_or(0, |at| usize::try_from(at.byte()).unwrap_or(0));
            let rest = text.get(begins..).unwrap_or_default();
            let begins = begins + (rest.len() - rest.trim_start_matches(['\r', '\n']).len());
            let between = text.get(passed..begins).unwrap_or_default();
            line += u32::try_from(between.matches('\n').count()).unwrap_or(0);
            passed = begins;
            let row = line;
            let cells: Vec<String> = record.iter().map(plain).collect();
            if table.places.is_empty() && width == 0 {
                width = cells.len();
                table.places = places(&cells, columns, faults);
                continue;
            }
            if cells.iter().all(String::is_empty) {
                continue;
            }
            if table.rows.len() == ROWS_MAX {
                faults.add(
                    (row, "", ""),
                    "import_too_long",
                    words!("The table has more than {} rows.", ROWS_MAX),
                    "Divide it into several files.",
                );
                break;
            }
            if cells.len() != width {
                faults.add(
                    (row, "", ""),
                    "import_row_width",
                    words!("The row has {} cells, the header {}.", cells.len(), width),
                    "Put a text with the separator in it between quotes.",
                );
                continue;
            }
            table.rows.push(Cells { row, cells });
        }
        for column in columns.iter().filter(|column| column.needed) {
            let Some((_, place)) = table.places.iter().find(|(name, _)| *name == column.name)
            else {
                continue;
            };
            for cells in table.rows.iter().filter(|cells| cells.cells[*place].is_empty()) {
                faults.add(
                    (cells.row, column.name, ""),
                    "import_cell_empty",
                    words!("There is no {} in this row.", column.name),
                    "Fill it in, or remove the row.",
                );
            }
        }
        Ok(table)
    }

    /// A cell; empty where the table has no such column.
    pub fn cell<'a>(&self, cells: &'a Cells, name: &str) -> &'a str {
        let place = self.places.iter().find(|(known, _)| *known == name);
        place.and_then(|(_, place)| cells.cells.get(*place)).map_or("", String::as_str)
    }
}

/// A cell as it was meant: programs write an apostrophe before what a spreadsheet would take for a formula.
fn plain(cell: &str) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest.to_owned(),
        _ => cell.to_owned(),
    }
}

/// Where each column stands; names are the same in any case, with spaces or underscores.
fn places(
    header: &[String],
    columns: &[Column],
    faults: &mut RowFaults,
) -> Vec<(&'static str, usize)> {
    let accepted: Vec<&str> = columns.iter().map(|column| column.name).collect();
    let accepted = accepted.join(", ");
    let mut places: Vec<(&'static str, usize)> = Vec::new();
    for (place, given) in header.iter().enumerate() {
        let name = given.to_lowercase().replace([' ', '-'], "_");
        let known = columns.iter().find(|column| column.name == name);
        match known {
            Some(column) if places.iter().any(|(other, _)| *other == column.name) => faults.add(
                (1, column.name, given),
                "import_column_twice",
                words!("The column {} is there twice.", column.name),
                "Remove one of them.",
            ),
            Some(column) => places.push((column.name, place)),
            None => faults.add(
                (1, given, given),
                "import_column_unknown",
                words!(
                    "`{}` is no column of this import.",
                    given.chars().take(40).collect::<String>()
                ),
                words!("Name it one of {}, or remove it.", accepted),
            ),
        }
    }
    for column in columns.iter().filter(|column| column.needed) {
        if places.iter().all(|(name, _)| *name != column.name) {
            faults.add(
                (1, column.name, ""),
                "import_column_missing",
                words!("The column {} is missing.", column.name),
                words!("Add it to the header; the columns are {}.", accepted),
            );
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [needed("name"), needed("zone"), free("note")];

    type Rows = Vec<Vec<String>>;

    /// Faults as row, column and code.
    type Told = Vec<(u32, String, String)>;

    fn read(text: &[u8]) -> (Rows, Told) {
        let mut faults = RowFaults::default();
        let table = Table::read(text, &COLUMNS, &mut faults).unwrap();
        let rows = table
            .rows
            .iter()
            .map(|cells| COLUMNS.iter().map(|c| table.cell(cells, c.name).to_owned()).collect());
        let told = faults.0.iter().map(|f| (f.row, f.column.clone(), f.fault.code.clone()));
        (rows.collect(), told.collect())
    }

    #[test]
    fn marks_separators_quotes_and_line_ends_are_read_as_programs_write_them() {
        let want =
            vec![vec!["Hôtel; \"A\"".to_owned(), "Europe/Paris".to_owned(), "+33".to_owned()]];
        for text in [
            "name,zone,note\n\"Hôtel; \"\"A\"\"\",Europe/Paris,+33\n",
            "\u{feff}name;zone;note\r\n\"Hôtel; \"\"A\"\"\";Europe/Paris;'+33\r\n",
            "Note ; ZONE; Name\r\n +33;Europe/Paris ;\"Hôtel; \"\"A\"\"\"\r\n;;\r\n",
        ] {
            assert_eq!(read(text.as_bytes()), (want.clone(), vec![]), "{text:?}");
        }
    }

    #[test]
    fn every_fault_of_the_form_is_told_with_its_place() {
        let (rows, faults) = read(b"name,colour,name\nA,red,B\nC\n\n,x,y\n");
        assert_eq!(rows.len(), 2);
        let want = [
            (1, "colour", "import_column_unknown"),
            (1, "name", "import_column_twice"),
            (1, "zone", "import_column_missing"),
            (3, "", "import_row_width"),
            (5, "name", "import_cell_empty"),
        ];
        let want = want.map(|(row, column, code)| (row, column.to_owned(), code.to_owned()));
        assert_eq!(faults, want);
        for none in [b"".as_slice(), b"\n\n", b"na\xffme\n"] {
            let refused = Table::read(none, &COLUMNS, &mut RowFaults::default());
            assert!(refused.is_err(), "{none:?}");
        }
    }
}
