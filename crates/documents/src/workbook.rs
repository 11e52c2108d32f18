//! Tables as a workbook for spreadsheets (Office Open XML, `.xlsx`).
//!
//! Whoever makes one says what stands in a cell and of which kind it is; how a kind is kept and shown is decided
//! here: spans are parts of a day, shares are fractions, instants are civil times of the workbook's zone, so that
//! a spreadsheet adds, sorts and plots them. A text is never a formula.

use domain::{Day, Timestamp, Zone};
use rust_xlsxwriter as xlsx;

use crate::DocumentError;

/// Rows of one sheet at most: what a program holds in memory while it writes, far below the format's own end.
pub const ROWS_MAX: usize = 50_000;

/// Signs of the widest column.
const WIDEST: usize = 48;

/// A workbook.
#[derive(Clone, Debug)]
pub struct Workbook {
    /// Its title, among its properties.
    pub title: String,
    /// When it was made, likewise.
    pub made: Timestamp,
    /// Zone of the civil times in it.
    pub zone: Zone,
    /// Its sheets, the first one open.
    pub sheets: Vec<Sheet>,
}

/// One table.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Name on its tab: 31 characters at most, none of `[]:*?/\`.
    pub name: String,
    /// What stands above the table, as name and value.
    pub about: Vec<(String, Cell)>,
    /// Heads of the columns.
    pub columns: Vec<String>,
    /// Rows, each with a cell for every column.
    pub rows: Vec<Vec<Cell>>,
    /// Rows at the end that are sums of the others.
    pub sums: usize,
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A text.
    Text(String),
    /// A number of things.
    Count(u64),
    /// A span of milliseconds.
    Millis(u64),
    /// A share in thousandths.
    Permille(u16),
    /// An instant, shown with day and minute.
    Instant(Timestamp),
    /// The civil day that an instant lies in.
    DayOf(Timestamp),
}

/// The formats of one workbook.
struct Formats {
    head: xlsx::Format,
    plain: [xlsx::Format; 6],
    bold: [xlsx::Format; 6],
}

impl Formats {
    fn new() -> Self {
        let kinds = ["@", "#,##0", "[h]:mm:ss", "0.0%", "yyyy-mm-dd hh:mm", "yyyy-mm-dd"];
        let plain = kinds.map(|kind| xlsx::Format::new().set_num_format(kind));
        let bold = plain.clone().map(xlsx::Format::set_bold);
        let head = xlsx::Format::new().set_bold().set_text_wrap();
        Self { head: head.set_border_bottom(xlsx::FormatBorder::Thin), plain, bold }
    }
}

/// The workbook's bytes; the same workbook gives the same.
///
/// # Errors
/// When a sheet has more than [`ROWS_MAX`] rows, or the writer refuses it.
pub fn workbook(workbook: &Workbook) -> Result<Vec<u8>, DocumentError> {
    write(workbook).map_err(|error| DocumentError::Workbook(error.to_string()))
}

fn write(workbook: &Workbook) -> Result<Vec<u8>, xlsx::XlsxError> {
    let mut file = xlsx::Workbook::new();
    let made = xlsx::ExcelDateTime::from_timestamp(workbook.made.micros().div_euclid(1_000_000))?;
    file.set_properties(
        &xlsx::DocProperties::new().set_title(&workbook.title).set_creation_datetime(&made),
    );
    let formats = Formats::new();
    for sheet in &workbook.sheets {
        if sheet.rows.len() > ROWS_MAX {
            return Err(xlsx::XlsxError::RowColumnLimitError);
        }
        let target = file.add_worksheet();
        target.set_name(&sheet.name)?;
        let mut row = 0;
        for (name, value) in &sheet.about {
            target.write_string_with_format(row, 0, name, &formats.bold[0])?;
            put(target, row, 1, value, &formats.plain, &workbook.zone)?;
            row += 1;
        }
        let head = if row == 0 { 0 } else { row + 1 };
        for (column, name) in (0..).zip(&sheet.columns) {
            target.write_string_with_format(head, column, name, &formats.head)?;
            target.set_column_width(column, width(sheet, usize::from(column)))?;
        }
        let body = sheet.rows.len().saturating_sub(sheet.sums);
        for (at, cells) in sheet.rows.iter().enumerate() {
            let formats = if at < body { &formats.plain } else { &formats.bold };
            row = head + 1 + u32::try_from(at).unwrap_or(u32::MAX);
            for (column, cell) in (0..).zip(cells) {
                put(target, row, column, cell, formats, &workbook.zone)?;
            }
        }
        target.set_freeze_panes(head + 1, 1)?;
        let last = u16::try_from(sheet.columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
        if body > 0 {
            let end = head + u32::try_from(body).unwrap_or(u32::MAX);
            target.autofilter(head, 0, end, last)?;
        }
        // Printed on the width of a sheet of paper, with the heads on each.
        target.set_landscape().set_print_fit_to_pages(1, 0);
        target.set_repeat_rows(head, head)?;
    }
    file.save_to_buffer()
}

fn put(
    sheet: &mut xlsx::Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    formats: &[xlsx::Format; 6],
    zone: &Zone,
) -> Result<(), xlsx::XlsxError> {
    let (number, format) = match cell {
        Cell::Empty => return Ok(()),
        Cell::Text(text) => {
            let text: String = text.chars().take(TEXT_MAX).collect();
            return sheet.write_string_with_format(row, column, text, &formats[0]).map(drop);
        }
        // Below 2^53, which no count or span of ours reaches.
        Cell::Count(count) => (*count as f64, &formats[1]),
        Cell::Millis(ms) => (*ms as f64 / 86_400_000.0, &formats[2]),
        Cell::Permille(share) => (f64::from(*share) / 1_000.0, &formats[3]),
        Cell::Instant(at) => (serial(zone, *at), &formats[4]),
        Cell::DayOf(at) => (serial(zone, *at).floor(), &formats[5]),
    };
    sheet.write_number_with_format(row, column, number, format).map(drop)
}

/// Characters that a cell of a spreadsheet holds.
const TEXT_MAX: usize = 32_767;

/// What clocks of the zone show, in days since 1899-12-30, as spreadsheets count.
fn serial(zone: &Zone, at: Timestamp) -> f64 {
    let (day, minute) = zone.minute_at(at);
    let second = at.micros().rem_euclid(60_000_000) as f64 / 1e6;
    let days = "1899-12-30".parse::<Day>().map_or(0, |first| day.since(first));
    days as f64 + (f64::from(minute) * 60.0 + second) / 86_400.0
}

/// The width of a column, in signs.
fn width(sheet: &Sheet, column: usize) -> f64 {
    // A head may stand on two lines.
    let head = sheet.columns.get(column).map_or(0, |head| head.chars().count().div_ceil(2));
    let about = sheet.about.iter().filter(|_| column == 0).map(|(name, _)| name.chars().count());
    let cells = sheet.rows.iter().filter_map(|row| row.get(column)).map(|cell| match cell {
        Cell::Empty => 0,
        Cell::Text(text) => text.chars().count(),
        Cell::Count(count) => count.to_string().len() + 2,
        Cell::Millis(_) => 9,
        Cell::Permille(_) => 7,
        Cell::Instant(_) => 16,
        Cell::DayOf(_) => 10,
    });
    let widest = cells.chain(about).max().unwrap_or(0).max(head).clamp(8, WIDEST);
    widest as f64 + 1.5
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(rows: usize) -> Workbook {
        let row = || vec![Cell::Text("=1+1".to_owned()), Cell::Millis(90_000)];
        Workbook {
            title: "Figures".to_owned(),
            made: "2026-11-27T12:00:00Z".parse().unwrap(),
            zone: Zone::get("Europe/Paris").unwrap(),
            sheets: vec![Sheet {
                name: "All".to_owned(),
                about: vec![],
                columns: vec!["Name".to_owned(), "Talk".to_owned()],
                rows: (0..rows).map(|_| row()).collect(),
                sums: 0,
            }],
        }
    }

    #[test]
    fn the_same_workbook_gives_the_same_bytes() {
        let bytes = workbook(&sample(2)).unwrap();
        assert!(bytes.starts_with(b"PK") && bytes == workbook(&sample(2)).unwrap());
    }

    #[test]
    fn more_rows_than_a_sheet_takes_are_refused() {
        workbook(&sample(0)).unwrap();
        assert!(matches!(workbook(&sample(ROWS_MAX + 1)), Err(DocumentError::Workbook(_))));
    }

    #[test]
    fn spreadsheets_count_days_from_the_end_of_1899() {
        for (zone, at, wanted) in [
            ("UTC", "1900-03-01T00:00:00Z", 61.0),
            ("UTC", "2026-11-27T12:00:00Z", 46_353.5),
            ("Europe/Paris", "2026-11-27T23:00:00Z", 46_354.0),
        ] {
            assert_eq!(serial(&Zone::get(zone).unwrap(), at.parse().unwrap()), wanted, "{at}");
        }
    }
}
