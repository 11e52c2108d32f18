//! Workbooks as a library of another make reads them (`openpyxl`).

use std::{io::Write, process::Stdio};

use serde_json::Value;

/// Prints the sheets of a workbook as JSON: days and instants as ISO text, spans in seconds.
const READ: &str = "
import datetime, io, json, sys
from openpyxl import load_workbook
def plain(value):
    if isinstance(value, datetime.timedelta):
        return {'span_s': value.total_seconds()}
    if isinstance(value, datetime.time):
        return {'span_s': value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6}
    if isinstance(value, (datetime.datetime, datetime.date)):
        return {'at': value.isoformat()}
    return value
book = load_workbook(io.BytesIO(sys.stdin.buffer.read()))
print(json.dumps({
    'title': book.properties.title,
    'sheets': [{
        'name': sheet.title,
        'rows': [[plain(cell) for cell in row] for row in sheet.iter_rows(values_only=True)],
        'formats': [[cell.number_format for cell in row] for row in sheet.iter_rows()],
        'types': [[cell.data_type for cell in row] for row in sheet.iter_rows()],
        'frozen': sheet.freeze_panes,
        'filter': sheet.auto_filter.ref,
    } for sheet in book.worksheets],
}))
";

/// What stands in a workbook; `None` where the Python that reads it is not.
pub fn read(bytes: &[u8]) -> Option<Value> {
    let Some(python) = std::env::var_os("PERMANENCE_XLSX_PYTHON") else {
        eprintln!("skipped: `cargo xtask test` has openpyxl read this");
        return None;
    };
    let mut child = std::process::Command::new(python)
        .args(["-c", READ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success(), "openpyxl refuses it");
    Some(serde_json::from_slice(&done.stdout).unwrap())
}

/// The column with this head, in the row that begins with `first`.
#[track_caller]
pub fn at<'v>(sheet: &'v Value, first: &str, head: &str) -> &'v Value {
    let rows = sheet["rows"].as_array().unwrap();
    let heads = rows.iter().find(|row| row.as_array().unwrap().iter().any(|cell| cell == head));
    let heads = heads.unwrap_or_else(|| panic!("no column `{head}` in {sheet}"));
    let column = heads.as_array().unwrap().iter().position(|cell| cell == head).unwrap();
    let row = rows.iter().find(|row| row.as_array().unwrap().iter().any(|cell| cell == first));
    &row.unwrap_or_else(|| panic!("no row `{first}` in {sheet}"))[column]
}
