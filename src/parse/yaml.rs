//! Bytes to tree: the only file that knows the YAML library. YAML is hostile input; whatever has more than one
//! reading is refused: tags, anchors, aliases, several documents, `yes` and `no` as booleans, 64 KiB, depth 8
//! (design.md section 4). What the library says is put into words for people who keep lists of access.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::budget::BudgetBreach;
use serde_yaml::options::{DuplicateKeyPolicy, MergeKeyPolicy, NonFiniteFloatPolicy};
use serde_yaml::{Error, Options, Spanned, Tagged};

use super::node::Node;
use super::person::in_order;
use super::span::Span;
use crate::diag::{Code, Finding, Place};
use crate::model::FilePath;

/// The largest file that is read, in bytes.
pub const LARGEST: usize = 64 * 1024;

const DEEPEST: usize = 8;

/// The text of a file.
///
/// # Errors
/// When the file is larger than [`LARGEST`] or not UTF-8 text.
pub fn text<'a>(path: &FilePath, bytes: &'a [u8]) -> Result<&'a str, Vec<Finding>> {
    if bytes.len() > LARGEST {
        let message = format!("The file is {} KiB; at most 64 KiB are read.", bytes.len().div_ceil(1024));
        let way_out = "Look whether something else was saved under this name, and put the right file back.";
        return Err(vec![Finding::new(Code::FileTooLarge, message, way_out).at(Place::file(path))]);
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let shown = String::from_utf8_lossy(bytes);
        let wrong = error.valid_up_to();
        let message = "The file is not UTF-8 text; the first character that cannot be read is marked.";
        let way_out = "Open the file in an editor and save it again with the encoding UTF-8.";
        vec![
            Finding::new(Code::NotText, message, way_out).at(Span::new(wrong, wrong + 1).place(path, &shown)),
        ]
    })
}

/// The tree of a file's text.
///
/// # Errors
/// When it is not one plain YAML document.
pub(crate) fn read<'a>(path: &FilePath, text: &'a str) -> Result<Node<'a>, Vec<Finding>> {
    // The library reads core tags (`!!str`) silently; most files hold no `!` and need no second look.
    if text.contains('!')
        && let Ok(Tags(tags)) = serde_yaml::from_str_with_options(text, options())
        && !tags.is_empty()
    {
        let (message, way_out) = TAG;
        let finding = |span: Span| {
            Finding::new(Code::NotYaml, message, way_out).at(before(text, span).place(path, text))
        };
        return Err(in_order(tags.into_iter().map(finding).collect()));
    }
    serde_yaml::from_str_with_options(text, options()).map_err(|error| vec![told(path, text, &error)])
}

fn options() -> Options {
    serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_depth: DEEPEST,
            flow_nesting_limit: 4 * DEEPEST,
            max_aliases: 0,
            max_anchors: 0,
            max_documents: 1,
        },
        emit_comments: false,
        // Both are found in the tree, where every one of them can be reported.
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        merge_keys: MergeKeyPolicy::AsOrdinary,
        strict_booleans: true,
        // Scalars are taken as they are written; what number they would make is never asked.
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        with_snippet: false,
    }
}

/// The word before a value, on its line: its tag or its anchor. The library points at the value.
fn before(text: &str, value: Span) -> Span {
    let until = text.get(..value.start as usize).unwrap_or_default().trim_end();
    let start = until.rfind([' ', '\t', '\n', '[', '{', ',']).map_or(0, |at| at + 1);
    if until.get(start..).is_some_and(|word| word.starts_with(['!', '&'])) {
        Span::new(start, until.len())
    } else {
        value
    }
}

/// What the library found, at its place, in words for people.
fn told(path: &FilePath, text: &str, error: &Error) -> Finding {
    let span = error.location().map_or_else(
        || Span::new(text.len(), text.len()),
        |at| {
            let found = at.span();
            match (found.byte_offset(), found.byte_len()) {
                (Some(start), Some(len)) => {
                    let start = usize::try_from(start).unwrap_or(usize::MAX);
                    Span::new(start, start.saturating_add(usize::try_from(len).unwrap_or_default()))
                }
                _ => at_line(text, at.line(), at.column()),
            }
        },
    );
    let span = match error.without_snippet() {
        Error::Budget { breach: BudgetBreach::Anchors { .. }, .. } => before(text, span),
        // A tab is reported at the value before it.
        Error::Message { msg, .. } | Error::ExternalMessage { msg, .. } if msg.contains("found a tab") => {
            text.get(span.start as usize..)
                .and_then(|rest| rest.find('\t'))
                .map_or(span, |at| Span::new(span.start as usize + at, span.start as usize + at + 1))
        }
        _ => span,
    };
    let (message, way_out) = words(error);
    Finding::new(Code::NotYaml, message, way_out).at(span.place(path, text))
}

fn at_line(text: &str, line: u64, column: u64) -> Span {
    let skip = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
    let start: usize = text.split_inclusive('\n').take(skip).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    let nth = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
    let within = rest.char_indices().nth(nth).map_or(rest.len(), |(at, _)| at);
    Span::new(start + within, start + within + 1)
}

const QUOTES: (&str, &str) = (
    "A value cannot begin with this character.",
    "Put the value in quotation marks, or delete the character.",
);

/// What is wrong and what to do, without the library's own words.
fn words(error: &Error) -> (&'static str, &'static str) {
    match error.without_snippet() {
        Error::Budget { breach, .. } => match breach {
            BudgetBreach::Anchors { .. } | BudgetBreach::Aliases { .. } => ALIAS,
            BudgetBreach::Documents { .. } => DOCUMENTS,
            BudgetBreach::Depth { .. } => DEEP,
            _ => ("The file holds more than any file of the tree can.", OTHER),
        },
        Error::MultipleDocuments { .. } => DOCUMENTS,
        Error::UnknownAnchor { .. } | Error::AliasError { .. } => ALIAS,
        Error::RecursiveReferencesRequireWeakTypes { .. } => ALIAS,
        Error::UnsupportedTag { .. }
        | Error::InvalidScalar { .. }
        | Error::InvalidBinaryBase64 { .. }
        | Error::TaggedScalarCannotDeserializeIntoString { .. } => TAG,
        Error::Unexpected { .. } | Error::NullIntoString { .. } => (
            "What stands before the colon is not a plain word.",
            "Write a key, a colon and a value: `unit: 100082`.",
        ),
        Error::Message { msg, .. } | Error::ExternalMessage { msg, .. } => syntax(msg),
        _ => UNREAD,
    }
}

const OTHER: &str = "Compare with a file that is in order, above all the indentation and the colons.";
const ALIAS: (&str, &str) = (
    "An anchor (`&`) or an alias (`*`); neither is allowed here.",
    "Write the value out in each place; a value that begins with `&` or `*` stands in quotation marks.",
);
const TAG: (&str, &str) = (
    "A value with a YAML tag, which begins with `!`; tags are not allowed here.",
    "Take the tag away; a value that begins with `!` stands in quotation marks.",
);
const DOCUMENTS: (&str, &str) = (
    "A second document begins here (`---`); a file is one document.",
    "Delete the line, or put what follows into a file of its own.",
);

/// Words for what the scanner says, by the first part of its message that tells the cases apart.
fn syntax(message: &str) -> (&'static str, &'static str) {
    SCANNER.iter().find(|(part, _)| message.contains(part)).map_or(UNREAD, |(_, words)| *words)
}

const UNREAD: (&str, &str) = ("The line cannot be read.", OTHER);
const DEEP: (&str, &str) = (
    "Lists or mappings stand more than eight levels deep inside each other.",
    "Compare with a file that is in order: no file of the tree is that deep.",
);
const INDENT: (&str, &str) = (
    "The line is indented differently from the lines it belongs to.",
    "Begin the line exactly under the key or the hyphen before it.",
);
const BRACKET: (&str, &str) = (
    "A bracket is opened and not closed, or something stands in it that does not belong there.",
    "Close it, separate what stands in it by commas, or put the value in quotation marks.",
);

const SCANNER: &[(&str, (&str, &str))] = &[
    ("recursion limit", DEEP),
    ("anchor", ALIAS),
    (" tag", TAG),
    ("handle", TAG),
    ("tab", ("A tab character where only spaces can stand.", "Indent with spaces: two for each level.")),
    (
        "unclosed quote",
        ("A quotation mark is opened here and never closed.", "Close it, at the end of the value."),
    ),
    (
        "trailing content",
        (
            "Something stands behind the closing quotation mark.",
            "Let the value end with it; a quotation mark inside a value is written twice inside single ones.",
        ),
    ),
    (
        "quoted scalar",
        (
            "A backslash inside quotation marks, or lines that do not belong together.",
            "Write the value on one line, in single quotation marks.",
        ),
    ),
    ("bracket", BRACKET),
    ("flow", BRACKET),
    (
        "mapping values are not allowed",
        (
            "A colon where none can stand: two keys on one line, or a line indented too far.",
            "Begin each key on a line of its own, under the key before it; a value with a colon stands in quotation \
         marks.",
        ),
    ),
    ("simple key", ("A line without a colon.", "Write a key, a colon and a value: `unit: 100082`.")),
    ("unexpected character", QUOTES),
    ("cannot start with", QUOTES),
    ("comment", ("A `#` directly behind a value.", "Put a space before it.")),
    ("whitespace", ("A space is missing.", "Put a space behind the colon or the hyphen.")),
    ("document end", DOCUMENTS),
    ("directive", ("A line that begins with `%`.", "Delete it: YAML directives are not used here.")),
    ("indent", INDENT),
    ("did not find expected", INDENT),
    ("not allowed in this context", INDENT),
    ("end of plain scalar", INDENT),
];

/// Where values with tags stand.
struct Tags(Vec<Span>);

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value: Tagged(Inside(mut spans), tag), defined, .. } =
            Spanned::<Tagged<Inside>>::deserialize(deserializer)?;
        if tag.is_some() {
            let start =
                usize::try_from(defined.span().byte_offset().unwrap_or_default()).unwrap_or(usize::MAX);
            spans.push(Span::new(start, start.saturating_add(1)));
        }
        Ok(Self(spans))
    }
}

struct Inside(Vec<Span>);

impl<'de> Deserialize<'de> for Inside {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Look;

        macro_rules! nothing {
            ($($name:ident $kind:ty),*) => {
                $(fn $name<E>(self, _: $kind) -> Result<Inside, E> { Ok(Inside(Vec::new())) })*
            };
        }

        impl<'de> Visitor<'de> for Look {
            type Value = Inside;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a value")
            }

            nothing! { visit_bool bool, visit_i64 i64, visit_u64 u64, visit_f64 f64, visit_str &str }

            fn visit_unit<E>(self) -> Result<Inside, E> {
                Ok(Inside(Vec::new()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Inside, A::Error> {
                let mut spans = Vec::new();
                while let Some(Tags(more)) = seq.next_element()? {
                    spans.extend(more);
                }
                Ok(Inside(spans))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Inside, A::Error> {
                let mut spans = Vec::new();
                while let Some(Tags(more)) = map.next_key()? {
                    spans.extend(more);
                    let Tags(more) = map.next_value()?;
                    spans.extend(more);
                }
                Ok(Inside(spans))
            }
        }

        deserializer.deserialize_any(Look)
    }
}
