//! Writes the page for a terminal. The cells of a row are written one below the other, because eight columns fit no
//! terminal.

use portvakt_core::diag::inert::plain;

use super::block::{Block, Cell, Piece, ReviewPage};

/// Writes the page as plain text.
#[must_use]
pub fn human(page: &ReviewPage) -> String {
    let mut parts = Vec::new();
    for block in &page.blocks {
        parts.push(match block {
            Block::Line(cell) => format!("{}\n", line(cell)),
            Block::List { title, items } => {
                let items: String = items.iter().map(|item| format!("  - {}\n", line(item))).collect();
                format!("{title}:\n{items}")
            }
            Block::Table { title, heads, rows } => {
                let mut text = format!("{title}:\n");
                for row in rows {
                    for (at, (head, cell)) in heads.iter().zip(row).enumerate() {
                        let cell = line(cell);
                        text.push_str(&if at == 0 {
                            format!("  {cell}\n")
                        } else {
                            format!("      {head}: {cell}\n")
                        });
                    }
                }
                text
            }
        });
    }
    parts.join("\n")
}

fn line(cell: &Cell) -> String {
    let words = |piece: &Piece| match piece {
        Piece::Words(words) | Piece::Says(words) | Piece::Code(words) | Piece::Strong(words) => plain(words),
    };
    cell.0.iter().map(words).collect::<String>().trim().to_owned()
}
