//! Tests the everyday work of a user administrator as they do it: at a terminal, in bokmål, with a clone of a real
//! repository and a real key, under `evidence: signature`. Each task is a script of shown and typed text, with a limit
//! on the keystrokes. The text of the screen is the guide in `docs/nb`.
//! `UPDATE_DOCS=1 cargo test --test program everyday` writes it there.

mod again;
mod anew;
mod back;
mod begin;
mod bench;
mod beyond;
mod change;
mod end;
mod extend;
mod give;
mod keys;
mod known;
mod made_again;
mod mended;
mod mover;
mod newcomer;
mod pages;
mod printed;
mod renamed;
mod requests;
mod reviews;
mod revoke;
mod see;
mod shown;
mod sign;
pub mod terminal;
mod unattended;
mod why;
