//! The parts that a page of a review is made of. Every output form writes the same parts.

use portvakt_core::diag::Lang;

/// A piece of text in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Plain words. They are escaped.
    Words(String),
    /// A sentence of a finding. Grave accents in it mark code.
    Says(String),
    /// An id or a digest, shown as code.
    Code(String),
    /// The program's own words, in bold.
    Strong(String),
}

/// The content of one cell of a table, or of one line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell(pub Vec<Piece>);

impl Cell {
    /// Adds plain words.
    #[must_use]
    pub fn words(mut self, words: impl Into<String>) -> Self {
        self.0.push(Piece::Words(words.into()));
        self
    }

    /// Adds a finding's sentence.
    #[must_use]
    pub fn says(mut self, sentence: impl Into<String>) -> Self {
        self.0.push(Piece::Says(sentence.into()));
        self
    }

    /// Adds an id or a digest.
    #[must_use]
    pub fn code(mut self, words: impl Into<String>) -> Self {
        self.0.push(Piece::Code(words.into()));
        self
    }

    /// Adds bold words.
    #[must_use]
    pub fn strong(mut self, words: impl Into<String>) -> Self {
        self.0.push(Piece::Strong(words.into()));
        self
    }
}

/// A part of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// One paragraph.
    Line(Cell),
    /// Rows under a title and headings.
    Table {
        /// The title of the table.
        title: String,
        /// The headings, one for each column.
        heads: Vec<String>,
        /// The rows. Each row has as many cells as there are headings.
        rows: Vec<Vec<Cell>>,
    },
    /// Items under a title.
    List {
        /// The title of the list.
        title: String,
        /// The items, in the order in which they are shown.
        items: Vec<Cell>,
    },
}

impl Block {
    /// Returns the number of rows or items.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Line(_) => 0,
            Self::Table { rows, .. } => rows.len(),
            Self::List { items, .. } => items.len(),
        }
    }

    /// Returns whether there are no rows or items.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A review in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewPage {
    /// The language of the page.
    pub lang: Lang,
    /// The blocks in order. The most important ones come first.
    pub blocks: Vec<Block>,
}
