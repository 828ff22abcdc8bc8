//! Writes the page as one comment on a forge, at most [`LARGEST`] bytes. Forges refuse more than 65,536 characters,
//! and a table that is cut in the middle is broken.
//!
//! Everything that comes from a file goes through [`inert`]. Only the program's own words have markup.

use portvakt_core::diag::inert::{code, inert, join, prose};
use portvakt_core::diag::{Finding, LARGEST_COMMENT, Lang, Text, text};

use super::block::{Block, Cell, Piece, ReviewPage};
use super::page::finding_cell;

/// The largest size of a comment in bytes.
pub const LARGEST: usize = LARGEST_COMMENT;

/// The most rows of one table or list. There are fewer rows if the comment would be too large.
const ROWS: usize = 200;

/// The most characters of one piece of a cell.
const PIECE: usize = 600;

/// Writes the page as a comment.
#[must_use]
pub fn markdown(page: &ReviewPage) -> String {
    let mut most: Vec<usize> = page.blocks.iter().map(|block| block.len().min(ROWS)).collect();
    loop {
        let parts: Vec<String> =
            page.blocks.iter().zip(&most).map(|(block, most)| written(block, *most, page.lang)).collect();
        let text = parts.join("\n");
        if text.len() <= LARGEST {
            return text;
        }
        // The longest part is shortened first.
        let largest =
            parts.iter().zip(&mut most).filter(|(_, most)| **most > 0).max_by_key(|(part, _)| part.len());
        let Some((_, most)) = largest else { return text };
        *most = *most * 3 / 4;
    }
}

/// Writes findings alone, if there is nothing to review because the command stopped.
#[must_use]
pub fn findings(findings: &[Finding], lang: Lang) -> String {
    let title = text!(en: "The change could not be judged.", nb: "Endringen kunne ikke vurderes.");
    let first = Block::Line(Cell::default().strong(title.get(lang)));
    let items = findings.iter().map(|finding| finding_cell(finding, lang)).collect();
    let title = text!(en: "Why", nb: "Hvorfor").get(lang).to_owned();
    markdown(&ReviewPage { lang, blocks: vec![first, Block::List { title, items }] })
}

/// Writes only what changed policies decide differently, for a comment that is not a review.
#[must_use]
pub fn decided(sentences: &[Text], lang: Lang) -> String {
    let items = sentences.iter().map(|told| Cell::default().says(told.get(lang))).collect();
    let title = text!(
        en: "What the changed policies permit",
        nb: "Hva de endrede tilgangsreglene tillater"
    );
    let title = title.get(lang).to_owned();
    markdown(&ReviewPage { lang, blocks: vec![Block::List { title, items }] })
}

fn written(block: &Block, most: usize, lang: Lang) -> String {
    match block {
        Block::Line(cell) => format!("{}\n", line(cell)),
        Block::Table { title, heads, rows } => {
            let heads: Vec<String> = heads.iter().map(|head| inert(head)).collect();
            let rule = vec!["---"; heads.len()].join("|");
            let mut text = format!("### {}\n\n| {} |\n|{rule}|\n", inert(title), heads.join(" | "));
            for row in rows.iter().take(most) {
                let cells: Vec<String> = row.iter().map(line).collect();
                text.push_str(&format!("| {} |\n", cells.join(" | ")));
            }
            text.push_str(&more(rows.len(), most, lang, "\n"));
            text
        }
        Block::List { title, items } => {
            let mut text = format!("### {}\n\n", inert(title));
            for item in items.iter().take(most) {
                text.push_str(&format!("- {}\n", line(item)));
            }
            text.push_str(&more(items.len(), most, lang, "- "));
            text
        }
    }
}

/// Says how many rows are left out.
fn more(all: usize, shown: usize, lang: Lang, before: &str) -> String {
    if all <= shown {
        return String::new();
    }
    let left = all - shown;
    let told = text!(
        en: "and {left} more, not shown here: see the whole with `portvakt plan --base`",
        nb: "og {left} til, som ikke vises her: se alt med `portvakt plan --base`"
    );
    format!("{before}{}\n", prose(told.get(lang)))
}

fn line(cell: &Cell) -> String {
    let mut out = String::new();
    let mut after_bare = false;
    for piece in &cell.0 {
        let (words, text) = match piece {
            Piece::Words(words) => (cut(words), inert(&cut(words))),
            Piece::Says(words) => (cut(words), prose(&cut(words))),
            Piece::Code(words) => (cut(words), code(&cut(words))),
            Piece::Strong(words) => (words.clone(), format!("**{}**", inert(words))),
        };
        // Spaces at the ends separate the pieces. They do not belong to the words.
        let gap = |is: bool| if is { " " } else { "" };
        let loose = matches!(piece, Piece::Words(_) | Piece::Says(_));
        out.push_str(gap(loose && words.starts_with(' ')));
        // An id that cannot stand in a code span is shown without one. It is somebody else's text next to the
        // program's own words.
        let bare = |piece: &Piece, text: &str| matches!(piece, Piece::Code(_)) && !text.starts_with('`');
        if after_bare || bare(piece, &text) || text.starts_with('`') {
            join(&mut out, &text);
        } else {
            out.push_str(&text);
        }
        after_bare = bare(piece, &text);
        out.push_str(gap(loose && words.len() > 1 && words.ends_with(' ')));
    }
    out.trim().to_owned()
}

fn cut(words: &str) -> String {
    match words.char_indices().nth(PIECE) {
        Some((at, _)) => format!("{}…", words.get(..at).unwrap_or_default()),
        None => words.to_owned(),
    }
}
