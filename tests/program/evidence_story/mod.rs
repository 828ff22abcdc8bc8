//! Stories about who really approved a change. There are more than fifty kinds of honest and dishonest change in a real
//! repository, with real keys or a forge on loopback. `check` judges each change before the merge, and the daemon's
//! pass judges it after the merge. `docs/evidence.md` lists the stories in a table, and each row names its story.

mod bench;
mod forge;
mod honest;
mod ids;
mod pages;
mod people;
mod pipeline;
mod platform;
mod put_back;
mod removals;
mod replay;
mod sentences;
mod settings;
mod signatures;
mod tree;
mod verdict;

use crate::forge::{server, world};
