//! Turns values into parts of a page of HTML. A browser treats everything that a file or a person wrote as text only.

use serde_json::Value;

/// One row of a table of facts. The name and the value are HTML already.
pub(super) fn fact(name: &str, value: &str) -> String {
    format!("<tr><th>{name}</th><td><code>{value}</code></td></tr>\n")
}

/// A value as the text of a cell.
pub(super) fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => escaped(text),
        other => escaped(&other.to_string()),
    }
}

/// A text in a form that a browser treats as text only.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
